// host_call, where the plugin has it.
#include <atomic>
#include <chrono>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

void need_host_call(Subject& subject) {
  need_streams(subject);
  if (subject.streams().host_call == nullptr) unsupported("the plugin does without host_call");
}

// What a host call saw.
struct Witness {
  std::atomic<int> calls{0};
  std::atomic<bp_status_t> status{-1};
  const std::string* watched = nullptr;  // bytes that must be there when it is called
  std::string seen;
};

void note(void* argument, bp_status_t status) {
  auto* witness = static_cast<Witness*>(argument);
  ++witness->calls;
  witness->status = status;
  if (witness->watched != nullptr) witness->seen = *witness->watched;
}

void give(Subject& subject, bp_stream_t* stream, Witness* witness) {
  subject.check(subject.streams().host_call(stream, note, witness), "host_call");
}

void called_once_after_the_work(Subject& subject) {
  need_host_call(subject);
  const Lane a = lane(subject, kRoom);
  for (int round = 0; round < 100; ++round) {
    PendingRead read = {std::string(kRoom, '\0')};
    Witness witness;
    const OutlivesWork witness_stays(subject);
    witness.watched = &read.target;
    read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
    give(subject, a.stream.get(), &witness);
    subject.finish(a.stream.get());
    require(witness.calls == 1, "a host call was made " + std::to_string(witness.calls) + " times");
    require_status(witness.status, BP_OK, "the status of a host call");
    require_equal(witness.seen, a.bytes, "bytes read before a host call, as it saw them");
  }
}

void held_by_a_gate(Subject& subject) {
  need_host_call(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  Witness witness;
  const OutlivesWork witness_stays(subject);
  Gate gate(subject);
  gate.hold(stream.get());
  give(subject, stream.get(), &witness);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  require(witness.calls == 0, "a host call was made behind a shut gate");
  gate.open();
  subject.finish(stream.get());
  require(witness.calls == 1, "a host call was not made");
}

struct Slow {
  std::atomic<bool> has_returned{false};
};

void later_work_waits(Subject& subject) {
  need_host_call(subject);
  const Lane a = lane(subject, kRoom);
  Slow slow;
  bool was_first = true;
  struct Pair {
    Slow* slow;
    bool* was_first;
  } pair = {&slow, &was_first};
  const OutlivesWork pair_stays(subject);
  subject.check(subject.streams().host_call(
                    a.stream.get(),
                    [](void* argument, bp_status_t) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(50));
                      static_cast<Slow*>(argument)->has_returned = true;
                    },
                    &slow),
                "host_call");
  subject.check(subject.streams().host_call(
                    a.stream.get(),
                    [](void* argument, bp_status_t) {
                      auto* both = static_cast<Pair*>(argument);
                      *both->was_first = both->slow->has_returned;
                    },
                    &pair),
                "host_call");
  const Owned<bp_event_t> event = subject.event();
  record(subject, event.get(), a.stream.get());
  require_reached(subject, event.get(), BP_OK, "an event after a slow host call");
  require(slow.has_returned, "an event after a host call was reached before the call returned");
  require(was_first, "a host call was made before the one before it had returned");
}

void told_of_the_failure(Subject& subject) {
  need_host_call(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  Witness before;
  Witness after;
  const OutlivesWork witnesses_stay(subject);
  give(subject, stream.get(), &before);
  Gate gate(subject);
  gate.hold(stream.get());
  gate.open(BP_STATUS_CANCELLED);
  give(subject, stream.get(), &after);
  require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs),
                 BP_STATUS_CANCELLED, "stream_synchronize");
  require(before.calls == 1 && after.calls == 1,
          "host calls around a failure were made " + std::to_string(before.calls) + " and " +
              std::to_string(after.calls) + " times, not once each");
  require_status(before.status, BP_OK, "the status of a host call before the failure");
  require_status(after.status, BP_STATUS_CANCELLED, "the status of a host call after the failure");
}

struct Signaller {
  const bp_stream_api_t* streams;
  bp_event_t* event;
};

void may_signal(Subject& subject) {
  need_host_call(subject);
  const Lane a = lane(subject, kRoom, 1);
  const Lane b = lane(subject, kRoom, 2);
  PendingRead read = {std::string(kRoom, '\0')};
  const Owned<bp_event_t> event = subject.gate();
  Signaller signaller = {&subject.streams(), event.get()};
  const OutlivesWork signaller_stays(subject);
  wait(subject, event.get(), b.stream.get());
  read_later(subject, b.stream.get(), b.buffer.get(), 0, &read);
  subject.check(subject.streams().host_call(
                    a.stream.get(),
                    [](void* argument, bp_status_t) {
                      const auto* with = static_cast<Signaller*>(argument);
                      with->streams->event_query(with->event);
                      with->streams->event_signal(with->event, BP_OK);
                    },
                    &signaller),
                "host_call");
  subject.finish(b.stream.get());
  subject.finish(a.stream.get());
  require_equal(read.target, b.bytes, "a stream released by another stream's host call");
}

void destroy_waits_for_calls(Subject& subject) {
  need_host_call(subject);
  Slow slow;
  Owned<bp_stream_t> stream = subject.stream();
  subject.check(subject.streams().host_call(
                    stream.get(),
                    [](void* argument, bp_status_t) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(50));
                      static_cast<Slow*>(argument)->has_returned = true;
                    },
                    &slow),
                "host_call");
  stream.reset();
  require(slow.has_returned, "stream_destroy returned before a host call had");
}

const AbiCase kCases[] = {
    {"stream/host-call-once-after-the-work", "BP-STREAM-7",
     "a host call is made exactly once, after the work before it", called_once_after_the_work},
    {"stream/host-call-held-by-a-gate", "BP-STREAM-7,BP-STREAM-4",
     "a host call is not made before the stream gets there", held_by_a_gate},
    {"stream/later-work-waits-for-a-host-call", "BP-STREAM-24",
     "work and calls after a host call wait until it has returned", later_work_waits},
    {"stream/host-call-told-of-the-failure", "BP-STREAM-7",
     "host calls are made on a failed stream too, once, with its failure", told_of_the_failure},
    {"stream/host-call-may-signal", "BP-STREAM-6", "a host call may query and signal an event",
     may_signal},
    {"stream/destroy-waits-for-host-calls", "BP-STREAM-14", "stream_destroy waits for host calls",
     destroy_waits_for_calls},
};

}  // namespace

std::vector<AbiCase> stream_host_call_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
