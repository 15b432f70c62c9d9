#include "abi/stream_tools.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <thread>

namespace backplane::conformance {

Gate::~Gate() {
  if (!is_open_) subject_.streams().event_signal(event_.get(), BP_OK);
}

void Gate::hold(bp_stream_t* stream) { wait(subject_, event_.get(), stream); }

void Gate::open(bp_status_t status) {
  is_open_ = true;
  subject_.check(subject_.streams().event_signal(event_.get(), status), "event_signal");
}

void must_return_before(Gate& gate, const std::string& what, const std::function<void()>& calls) {
  std::future<void> done = std::async(std::launch::async, calls);
  const bool is_done = done.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
  if (is_done) return done.get();
  gate.open();
  done.wait();
  fail(what + " did not return while the gate was shut");
}

OutlivesWork::~OutlivesWork() {
  if (std::uncaught_exceptions() > 0) subject_.settle();
}

Lane lane(Subject& subject, uint64_t size, uint64_t salt) {
  Lane made = {subject.stream(), subject.buffer(size), subject.pattern(size, salt)};
  subject.write(made.stream.get(), made.buffer.get(), 0, made.bytes);
  subject.finish(made.stream.get());
  return made;
}

void read_later(Subject& subject, bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                PendingRead* read) {
  read->stays = std::make_unique<OutlivesWork>(subject);
  subject.check(
      subject.memory().read(stream, source, offset, read->target.data(), read->target.size()),
      "read");
}

void record(Subject& subject, bp_event_t* event, bp_stream_t* stream) {
  subject.check(subject.streams().event_record(event, stream), "event_record");
}

void wait(Subject& subject, bp_event_t* event, bp_stream_t* stream) {
  subject.check(subject.streams().event_wait(event, stream), "event_wait");
}

void require_not_ready(Subject& subject, bp_event_t* event, const std::string& what) {
  for (int round = 0; round < 50; ++round) {
    require_status(subject.streams().event_query(event), BP_STATUS_NOT_READY, what);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void require_reached(Subject& subject, bp_event_t* event, bp_status_t wanted,
                     const std::string& what) {
  require_status(subject.streams().event_synchronize(event, 20 * kSecondNs), wanted, what);
  require_status(subject.streams().event_query(event), wanted, what + ", asked again");
}

}  // namespace backplane::conformance
