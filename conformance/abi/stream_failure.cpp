// A stream that fails: for good, told to everybody who waits, and harming nobody else. Failures
// come from a host event that is signalled with one.
#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;
constexpr bp_status_t kFailures[] = {BP_STATUS_INTERNAL, BP_STATUS_OUT_OF_MEMORY,
                                     BP_STATUS_CANCELLED};

// A stream that has failed with `status`.
Owned<bp_stream_t> failed_stream(Subject& subject, bp_status_t status) {
  Owned<bp_stream_t> stream = subject.stream();
  Gate gate(subject);
  gate.hold(stream.get());
  gate.open(status);
  require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs), status,
                 "stream_synchronize of a stream that waited for a failed event");
  return stream;
}

void waiting_for_a_failure_fails(Subject& subject) {
  need_streams(subject);
  for (bp_status_t status : kFailures) failed_stream(subject, status);
}

void a_failure_stays(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = failed_stream(subject, BP_STATUS_INTERNAL);
  for (int round = 0; round < 3; ++round)
    require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs),
                   BP_STATUS_INTERNAL, "stream_synchronize of a failed stream, again");
}

void the_first_failure_counts(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = failed_stream(subject, BP_STATUS_INTERNAL);
  Gate second(subject);
  second.hold(stream.get());
  second.open(BP_STATUS_CANCELLED);
  require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs),
                 BP_STATUS_INTERNAL, "a stream that failed with INTERNAL before it was CANCELLED");
}

void later_events_carry_it(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = failed_stream(subject, BP_STATUS_INTERNAL);
  const Owned<bp_event_t> event = subject.event();
  record(subject, event.get(), stream.get());
  require_reached(subject, event.get(), BP_STATUS_INTERNAL, "an event recorded on a failed stream");
}

void earlier_events_do_not(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_event_t> before = subject.event();
  record(subject, before.get(), stream.get());
  Gate gate(subject);
  gate.hold(stream.get());
  gate.open(BP_STATUS_INTERNAL);
  require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs),
                 BP_STATUS_INTERNAL, "stream_synchronize");
  require_reached(subject, before.get(), BP_OK, "an event recorded before the failure");
}

void failures_travel(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> first = failed_stream(subject, BP_STATUS_INTERNAL);
  const Owned<bp_stream_t> second = subject.stream();
  const Owned<bp_stream_t> third = subject.stream();
  const Owned<bp_event_t> from_first = subject.event();
  const Owned<bp_event_t> from_second = subject.event();
  record(subject, from_first.get(), first.get());
  wait(subject, from_first.get(), second.get());
  record(subject, from_second.get(), second.get());
  wait(subject, from_second.get(), third.get());
  for (bp_stream_t* stream : {second.get(), third.get()})
    require_status(subject.streams().stream_synchronize(stream, 20 * kSecondNs), BP_STATUS_INTERNAL,
                   "a stream that waits for a failed one");
}

void calls_are_still_taken(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = failed_stream(subject, BP_STATUS_INTERNAL);
  const Owned<bp_buffer_t> buffer = subject.buffer(kRoom);
  std::string bytes(kRoom, 'x');
  const auto given = [&](bp_status_t status, const char* call) {
    require(status == BP_OK || status == BP_STATUS_INTERNAL,
            std::string(call) + " on a stream that failed with INTERNAL returned another failure");
  };
  const auto& memory = subject.memory();
  given(memory.write(stream.get(), buffer.get(), 0, bytes.data(), kRoom), "write");
  given(memory.read(stream.get(), buffer.get(), 0, bytes.data(), kRoom), "read");
  given(memory.copy(stream.get(), buffer.get(), 0, buffer.get(), 2048, 1024), "copy");
  Gate gate(subject);
  gate.hold(stream.get());
  gate.open();
  const Owned<bp_event_t> event = subject.event();
  record(subject, event.get(), stream.get());
  require_reached(subject, event.get(), BP_STATUS_INTERNAL, "an event after more work");
}

void nothing_waits_for_ever(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_event_t> end = subject.event();
  Gate gate(subject);
  gate.hold(a.stream.get());
  PendingRead read = {std::string(kRoom, '\0')};
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
  record(subject, end.get(), a.stream.get());
  gate.open(BP_STATUS_CANCELLED);
  require_reached(subject, end.get(), BP_STATUS_CANCELLED, "an event behind a failure");
}

void other_streams_go_on(Subject& subject) {
  need_streams(subject);
  const Lane sound = lane(subject, kRoom);
  const Owned<bp_stream_t> failed = failed_stream(subject, BP_STATUS_INTERNAL);
  const std::string other = subject.pattern(kRoom, 3);
  subject.write(sound.stream.get(), sound.buffer.get(), 0, other);
  require_equal(subject.read(sound.stream.get(), sound.buffer.get(), 0, kRoom), other,
                "a stream beside a failed one");
  const Lane fresh = lane(subject, kRoom, 4);
  require_equal(subject.read(fresh.stream.get(), fresh.buffer.get(), 0, kRoom), fresh.bytes,
                "a stream made after another failed");
}

void later_work_stays_inside(Subject& subject) {
  need_streams(subject);
  const Lane neighbours = lane(subject, 3 * kRoom);
  const Owned<bp_stream_t> failed = failed_stream(subject, BP_STATUS_INTERNAL);
  const std::string other(kRoom, 'z');
  const bp_status_t status =
      subject.memory().write(failed.get(), neighbours.buffer.get(), kRoom, other.data(), kRoom);
  require(status == BP_OK || status == BP_STATUS_INTERNAL, "write on a failed stream");
  require_status(subject.streams().stream_synchronize(failed.get(), 20 * kSecondNs),
                 BP_STATUS_INTERNAL, "stream_synchronize");
  const std::string now =
      subject.read(neighbours.stream.get(), neighbours.buffer.get(), 0, 3 * kRoom);
  require_equal(now.substr(0, kRoom), neighbours.bytes.substr(0, kRoom), "bytes before a write");
  require_equal(now.substr(2 * kRoom), neighbours.bytes.substr(2 * kRoom), "bytes after a write");
}

void a_refused_call_fails_no_stream(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  char byte = 0;
  require_status(subject.memory().write(a.stream.get(), a.buffer.get(), kRoom, &byte, 1),
                 BP_STATUS_INVALID_ARGUMENT, "write out of range");
  require_status(subject.memory().copy(a.stream.get(), a.buffer.get(), 0, a.buffer.get(), 1, 100),
                 BP_STATUS_INVALID_ARGUMENT, "copy over itself");
  require_equal(subject.read(a.stream.get(), a.buffer.get(), 0, kRoom), a.bytes,
                "a stream after refused calls");
}

void a_failed_stream_can_be_destroyed(Subject& subject) {
  need_streams(subject);
  for (int round = 0; round < 50; ++round) {
    const Lane a = lane(subject, kRoom);
    Owned<bp_stream_t> stream = failed_stream(subject, BP_STATUS_CANCELLED);
    PendingRead read = {std::string(kRoom, '\0')};
    const bp_status_t status =
        subject.memory().read(stream.get(), a.buffer.get(), 0, read.target.data(), kRoom);
    require(status == BP_OK || status == BP_STATUS_CANCELLED, "read on a failed stream");
    stream.reset();
  }
}

const AbiCase kCases[] = {
    {"stream/waiting-for-a-failure-fails", "BP-STREAM-9",
     "a stream that waits for a host event signalled with a failure fails with it",
     waiting_for_a_failure_fails},
    {"stream/a-failure-stays", "BP-STREAM-1", "a failed stream stays failed", a_failure_stays},
    {"stream/the-first-failure-counts", "BP-STREAM-1",
     "a second failure does not replace the first", the_first_failure_counts},
    {"stream/later-events-carry-the-failure", "BP-STREAM-8",
     "an event recorded on a failed stream carries its failure", later_events_carry_it},
    {"stream/earlier-events-do-not", "BP-STREAM-8",
     "an event recorded before the failure is reached without it", earlier_events_do_not},
    {"stream/failures-travel", "BP-STREAM-9",
     "streams that wait for a failed one, directly or not, fail with it", failures_travel},
    {"stream/calls-are-still-taken", "BP-BASE-6,BP-STREAM-8",
     "calls on a failed stream return BP_OK or its failure; waits and records are taken",
     calls_are_still_taken},
    {"stream/nothing-waits-for-ever", "BP-STREAM-8",
     "an event behind work that will never run is reached, with the failure",
     nothing_waits_for_ever},
    {"stream/other-streams-go-on", "BP-STREAM-1",
     "a failed stream harms no other, and a new one can be made", other_streams_go_on},
    {"stream/later-work-stays-inside", "BP-STREAM-1",
     "work given to a failed stream changes nothing outside its own range",
     later_work_stays_inside},
    {"stream/refused-call-fails-no-stream", "BP-STREAM-12",
     "a call that is refused leaves a sound stream sound", a_refused_call_fails_no_stream},
    {"stream/failed-stream-can-be-destroyed", "BP-STREAM-14",
     "a failed stream, with work given after the failure, can be destroyed",
     a_failed_stream_can_be_destroyed},
};

}  // namespace

std::vector<AbiCase> stream_failure_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
