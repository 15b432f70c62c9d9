// Time limits at the ends of their range, and what event_elapsed measures.
#include <algorithm>
#include <chrono>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

// Large enough that a sum with the time of day may overflow; the last three are for ever.
constexpr uint64_t kLongTimes[] = {uint64_t{1} << 61,      (uint64_t{1} << 62) - 1,
                                   uint64_t{INT64_MAX},    uint64_t{INT64_MAX} + 1,
                                   UINT64_MAX - kSecondNs, kForEverNs};

// Waits by `waits` until a gate, opened by another thread, lets `stream` go.
void require_waited(Subject& subject, bp_stream_t* stream, const std::string& what,
                    const std::function<bp_status_t()>& waits) {
  Gate gate(subject);
  gate.hold(stream);
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    gate.open();
  });
  const bp_status_t status = waits();
  opener.join();
  require_status(status, BP_OK, what);
}

void long_times_are_kept(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  for (uint64_t timeout : kLongTimes) {
    const std::string what = " that may wait " + std::to_string(timeout) + " ns";
    require_waited(subject, stream.get(), "a stream_synchronize" + what,
                   [&] { return subject.streams().stream_synchronize(stream.get(), timeout); });
    require_waited(subject, stream.get(), "an event_synchronize" + what, [&] {
      const Owned<bp_event_t> event = subject.event();
      record(subject, event.get(), stream.get());
      return subject.streams().event_synchronize(event.get(), timeout);
    });
  }
}

struct Timing {
  Owned<bp_event_t> start, end;

  explicit Timing(Subject& subject)
      : start(subject.event(BP_EVENT_FLAG_TIMED)), end(subject.event(BP_EVENT_FLAG_TIMED)) {}
  static uint64_t between(Subject& subject, const Owned<bp_event_t>& from,
                          const Owned<bp_event_t>& to) {
    uint64_t elapsed = 0;
    subject.check(subject.streams().event_elapsed(from.get(), to.get(), &elapsed), "event_elapsed");
    return elapsed;
  }
  uint64_t elapsed(Subject& subject) const { return between(subject, start, end); }
};

void give_copies(Subject& subject, bp_stream_t* stream, const Timing& timing, uint64_t size,
                 int count, const bp_buffer_t* from, bp_buffer_t* to) {
  record(subject, timing.start.get(), stream);
  for (int i = 0; i < count; ++i)
    subject.check(subject.memory().copy(stream, to, 0, from, 0, size), "copy");
  record(subject, timing.end.get(), stream);
}

void need_elapsed(Subject& subject) {
  need_streams(subject);
  if (subject.streams().event_elapsed == nullptr)
    unsupported("the plugin does without event_elapsed");
}

void more_work_takes_longer(Subject& subject) {
  need_elapsed(subject);
  const uint64_t large = std::min<uint64_t>(8 << 20, subject.info().max_buffer_size);
  const Owned<bp_stream_t> stream = subject.stream(BP_STREAM_FLAG_TIMED);
  const Owned<bp_buffer_t> from = subject.buffer(large);
  const Owned<bp_buffer_t> to = subject.buffer(large);
  uint64_t little_ns = 0;
  uint64_t much_ns = 0;
  // A busy machine may stop the little work for longer than the much takes, but not ten times.
  for (int round = 0; round < 10 && much_ns <= little_ns; ++round) {
    const Timing little(subject);
    const Timing much(subject);
    give_copies(subject, stream.get(), little, 64, 1, from.get(), to.get());
    give_copies(subject, stream.get(), much, large, 16, from.get(), to.get());
    subject.finish(stream.get());
    little_ns = little.elapsed(subject);
    much_ns = much.elapsed(subject);
    const uint64_t all_ns = Timing::between(subject, little.start, much.end);
    require(all_ns >= little_ns && all_ns >= much_ns,
            "event_elapsed over two pieces of work says " + std::to_string(all_ns) +
                " ns, less than over one of them");
    require(much.elapsed(subject) == much_ns, "event_elapsed, asked again, says something else");
  }
  require(much_ns > little_ns, "event_elapsed over 16 large copies says " +
                                   std::to_string(much_ns) + " ns, over one of 64 bytes " +
                                   std::to_string(little_ns));
}

const AbiCase kCases[] = {
    {"stream/long-times-are-kept", "BP-STREAM-15,BP-STREAM-21",
     "a time limit near the end of its range is long, and above 2^62 for ever",
     long_times_are_kept},
    {"stream/elapsed-grows-with-the-work", "BP-STREAM-22",
     "event_elapsed is more for more work, at least a part for the whole, and stays",
     more_work_takes_longer},
};

}  // namespace

std::vector<AbiCase> stream_time_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
