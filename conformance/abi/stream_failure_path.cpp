// Where a failure goes, and where it ends: through work that was given before it came.
#include <array>
#include <atomic>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

// All that a host event may carry, DEVICE_LOST apart: that one is the whole device's.
constexpr bp_status_t kFailures[] = {BP_STATUS_INVALID_ARGUMENT, BP_STATUS_UNSUPPORTED,
                                     BP_STATUS_OUT_OF_MEMORY,    BP_STATUS_CORRUPT,
                                     BP_STATUS_INTERNAL,         BP_STATUS_CANCELLED};

void require_failed(Subject& subject, bp_stream_t* stream, bp_status_t wanted,
                    const std::string& what) {
  require_status(subject.streams().stream_synchronize(stream, 20 * kSecondNs), wanted, what);
}

void every_failure_arrives(Subject& subject) {
  need_streams(subject);
  for (bp_status_t failure : kFailures) {
    const Owned<bp_stream_t> stream = subject.stream();
    const Owned<bp_stream_t> follower = subject.stream();
    const Owned<bp_event_t> mark = subject.event();
    Gate gate(subject);
    gate.hold(stream.get());
    record(subject, mark.get(), stream.get());
    wait(subject, mark.get(), follower.get());
    gate.open(failure);
    require_failed(subject, stream.get(), failure, "a stream whose host event failed");
    require_reached(subject, mark.get(), failure, "an event on it");
    require_failed(subject, follower.get(), failure, "a stream that waited for that event");
  }
}

// gate -> first -> (second, third); fourth has nothing to do with them.
void passes_through_queued_work(Subject& subject) {
  need_streams(subject);
  std::array<Owned<bp_stream_t>, 3> streams = {subject.stream(), subject.stream(),
                                               subject.stream()};
  std::array<Owned<bp_event_t>, 3> marks = {subject.event(), subject.event(), subject.event()};
  const Owned<bp_stream_t> bystander = subject.stream();
  Gate gate(subject);
  gate.hold(streams[0].get());
  record(subject, marks[0].get(), streams[0].get());
  for (size_t i = 1; i < streams.size(); ++i) {
    wait(subject, marks[0].get(), streams[i].get());
    record(subject, marks[i].get(), streams[i].get());
  }
  require_not_ready(subject, marks[2].get(), "an event behind a chain that is held");
  gate.open(BP_STATUS_CORRUPT);
  for (size_t i = 0; i < streams.size(); ++i) {
    require_reached(subject, marks[i].get(), BP_STATUS_CORRUPT,
                    "an event that was recorded before the failure came");
    require_failed(subject, streams[i].get(), BP_STATUS_CORRUPT,
                   "a stream that waited before the failure came");
  }
  require_failed(subject, bystander.get(), BP_OK, "a stream that waited for nobody");
}

// Two failures meet in a stream that waits for both, the earlier wait first.
void first_wait_decides(Subject& subject) {
  need_streams(subject);
  for (bool is_second_first : {false, true}) {
    const Owned<bp_stream_t> stream = subject.stream();
    std::array<Gate, 2> gates = {Gate(subject), Gate(subject)};
    for (Gate& gate : gates) gate.hold(stream.get());
    const auto open = [&](size_t which) {
      gates[which].open(which == 0 ? BP_STATUS_INTERNAL : BP_STATUS_CANCELLED);
    };
    open(is_second_first ? 1 : 0);
    open(is_second_first ? 0 : 1);
    const bp_status_t came = subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs);
    require(came == BP_STATUS_INTERNAL || (is_second_first && came == BP_STATUS_CANCELLED),
            "a stream that waited for an INTERNAL and then for a CANCELLED event did not fail with "
            "the first failure");
    require_failed(subject, stream.get(), came, "the same stream, asked again");
  }
}

void recorded_again_after_a_failure(Subject& subject) {
  need_streams(subject);
  const Owned<bp_event_t> mark = subject.event();
  {
    const Owned<bp_stream_t> failed = subject.stream();
    Gate gate(subject);
    gate.hold(failed.get());
    record(subject, mark.get(), failed.get());
    gate.open(BP_STATUS_INTERNAL);
    require_reached(subject, mark.get(), BP_STATUS_INTERNAL, "an event on a stream that failed");
  }
  require_reached(subject, mark.get(), BP_STATUS_INTERNAL, "an event whose failed stream is gone");
  const Owned<bp_stream_t> sound = subject.stream();
  const Owned<bp_stream_t> follower = subject.stream();
  record(subject, mark.get(), sound.get());
  require_reached(subject, mark.get(), BP_OK, "an event, recorded again on a sound stream");
  wait(subject, mark.get(), follower.get());
  require_failed(subject, follower.get(), BP_OK, "a stream that waits for the event's new mark");
}

// What a host call may do, done from one.
struct Asked {
  Subject& subject;
  bp_event_t* before;
  bp_event_t* after;
  bp_event_t* gate;
  std::atomic<bp_status_t> of_before{-1}, of_after{-1}, of_signal{-1};
};

void ask_from_host_call(void* argument, bp_status_t) {
  auto* asked = static_cast<Asked*>(argument);
  const bp_stream_api_t& streams = asked->subject.streams();
  bp_status_t before = BP_STATUS_NOT_READY;
  for (int i = 0; i < 1'000'000 && before == BP_STATUS_NOT_READY; ++i)
    before = streams.event_query(asked->before);
  asked->of_before = before;
  asked->of_after = streams.event_query(asked->after);
  asked->of_signal = streams.event_signal(asked->gate, BP_OK);
}

void host_call_may_ask(Subject& subject) {
  need_streams(subject);
  if (subject.streams().host_call == nullptr) unsupported("the plugin does without host_call");
  const Lane a = lane(subject, 4096);
  const Owned<bp_event_t> before = subject.event();
  const Owned<bp_event_t> after = subject.event();
  PendingRead read = {std::string(4096, '\0')};
  Gate tail(subject);
  Asked asked = {subject, before.get(), after.get(), tail.event()};
  const Owned<bp_stream_t> caller = subject.stream();
  Gate head(subject);
  head.hold(caller.get());
  record(subject, before.get(), caller.get());
  subject.check(subject.streams().host_call(caller.get(), ask_from_host_call, &asked), "host_call");
  record(subject, after.get(), caller.get());
  tail.hold(a.stream.get());
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
  head.open();
  subject.finish(caller.get());
  require_status(asked.of_before, BP_OK, "event_query in a host call, of an event before it");
  require_status(asked.of_after, BP_STATUS_NOT_READY,
                 "event_query in a host call, of an event after it");
  require_status(asked.of_signal, BP_OK, "event_signal in a host call");
  subject.finish(a.stream.get());
  require_equal(read.target, a.bytes, "a stream that a host call let go");
}

const AbiCase kCases[] = {
    {"stream/every-failure-arrives-as-it-is", "BP-STREAM-9,BP-STREAM-8",
     "six failures of a host event reach a stream, an event and a second stream unchanged",
     every_failure_arrives},
    {"stream/failure-passes-queued-work", "BP-STREAM-9,BP-STREAM-8",
     "a failure passes through waits and records that were given before it came, and no further",
     passes_through_queued_work},
    {"stream/first-wait-decides", "BP-STREAM-1",
     "a stream that waits for two failures fails with one of them, once and for good",
     first_wait_decides},
    {"stream/recording-again-ends-a-failure", "BP-STREAM-17",
     "an event that carried a failure is sound when it is recorded on a sound stream",
     recorded_again_after_a_failure},
    {"stream/host-call-may-ask", "BP-STREAM-20,BP-STREAM-6,BP-STREAM-24",
     "a host call may ask for events before and after it and signal a third", host_call_may_ask},
};

}  // namespace

std::vector<AbiCase> stream_failure_path_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
