// Events: marks on streams, waits for them, and events that the host signals.
#include <algorithm>
#include <chrono>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

void never_recorded_is_reached(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_event_t> event = subject.event();
  require_reached(subject, event.get(), BP_OK, "an event that was never recorded");
  wait(subject, event.get(), stream.get());
  subject.finish(stream.get());
}

void unsignalled_is_not_reached(Subject& subject) {
  need_streams(subject);
  Gate gate(subject);
  require_not_ready(subject, gate.event(), "a host event that nobody signalled");
  gate.open();
  require_reached(subject, gate.event(), BP_OK, "a host event that was signalled");
}

void reached_when_the_work_is(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  for (int round = 0; round < 100; ++round) {
    const Owned<bp_event_t> event = subject.event();
    PendingRead read = {std::string(kRoom, '\0')};
    read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
    record(subject, event.get(), a.stream.get());
    require_reached(subject, event.get(), BP_OK, "an event after a read");
    require_equal(read.target, a.bytes, "a read's target once the event after it was reached");
  }
}

void asking_gets_there(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_event_t> event = subject.event();
  PendingRead read = {std::string(kRoom, '\0')};
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
  record(subject, event.get(), a.stream.get());
  const auto begin = std::chrono::steady_clock::now();
  bp_status_t status = BP_STATUS_NOT_READY;
  while (status == BP_STATUS_NOT_READY) {
    status = subject.streams().event_query(event.get());
    require(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20),
            "an event was asked for 20 s and never reached");
  }
  require_status(status, BP_OK, "event_query, asked again and again");
  require_equal(read.target, a.bytes, "a read's target once event_query said so");
}

// The producer writes behind a gate; the consumer must not see the buffer before.
void a_wait_holds_the_consumer(Subject& subject) {
  need_streams(subject);
  const Lane producer = lane(subject, kRoom, 1);
  const Owned<bp_stream_t> consumer = subject.stream();
  const Owned<bp_event_t> written = subject.event();
  const Owned<bp_event_t> consumed = subject.event();
  const std::string other = subject.pattern(kRoom, 2);
  PendingRead read = {std::string(kRoom, '\0')};
  Gate gate(subject);
  gate.hold(producer.stream.get());
  subject.write(producer.stream.get(), producer.buffer.get(), 0, other);
  record(subject, written.get(), producer.stream.get());
  wait(subject, written.get(), consumer.get());
  read_later(subject, consumer.get(), producer.buffer.get(), 0, &read);
  record(subject, consumed.get(), consumer.get());
  require_not_ready(subject, consumed.get(), "an event behind a wait for a held producer");
  require_equal(read.target, std::string(kRoom, '\0'), "a consumer's target before its producer");
  gate.open();
  require_reached(subject, consumed.get(), BP_OK, "the consumer's event");
  require_equal(read.target, other, "a consumer's target after its producer");
}

void the_mark_that_stands(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_stream_t> waiter = subject.stream();
  const Owned<bp_event_t> event = subject.event();
  record(subject, event.get(), a.stream.get());
  require_reached(subject, event.get(), BP_OK, "an event without work before it");
  wait(subject, event.get(), waiter.get());
  Gate gate(subject);
  gate.hold(a.stream.get());
  record(subject, event.get(), a.stream.get());
  require_status(subject.streams().stream_synchronize(waiter.get(), 10 * kSecondNs), BP_OK,
                 "a stream that waits for the mark before the event was recorded again");
}

void recording_again_moves_the_mark(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_stream_t> waiter = subject.stream();
  const Owned<bp_event_t> event = subject.event();
  const Owned<bp_event_t> after = subject.event();
  record(subject, event.get(), a.stream.get());
  require_reached(subject, event.get(), BP_OK, "an event, recorded once");
  Gate gate(subject);
  gate.hold(a.stream.get());
  record(subject, event.get(), a.stream.get());
  require_not_ready(subject, event.get(), "an event that was recorded again behind a gate");
  wait(subject, event.get(), waiter.get());
  record(subject, after.get(), waiter.get());
  require_not_ready(subject, after.get(), "an event behind a wait for the moved mark");
  gate.open();
  require_reached(subject, after.get(), BP_OK, "an event behind a wait for the moved mark");
}

void what_cannot_be_recorded(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  Gate gate(subject);
  require_status(subject.streams().event_record(gate.event(), stream.get()),
                 BP_STATUS_INVALID_ARGUMENT, "event_record of a host-signalled event");
  const Owned<bp_event_t> timed = subject.event(BP_EVENT_FLAG_TIMED);
  require_status(subject.streams().event_record(timed.get(), stream.get()),
                 BP_STATUS_INVALID_ARGUMENT, "event_record of a timed event on an untimed stream");
}

void destroyed_while_waited_for(Subject& subject) {
  need_streams(subject);
  for (int round = 0; round < 20; ++round) {
    const Lane producer = lane(subject, kRoom, 1);
    const Owned<bp_stream_t> consumer = subject.stream();
    Owned<bp_event_t> written = subject.event();
    const std::string other = subject.pattern(kRoom, 2);
    PendingRead read = {std::string(kRoom, '\0')};
    Gate gate(subject);
    gate.hold(producer.stream.get());
    subject.write(producer.stream.get(), producer.buffer.get(), 0, other);
    record(subject, written.get(), producer.stream.get());
    wait(subject, written.get(), consumer.get());
    written.reset();
    read_later(subject, consumer.get(), producer.buffer.get(), 0, &read);
    gate.open();
    subject.finish(consumer.get());
    require_equal(read.target, other, "a consumer whose event was destroyed while it waited");
    subject.finish(producer.stream.get());
  }
}

void destroyed_unsignalled(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  Owned<bp_event_t> event = subject.gate();
  wait(subject, event.get(), stream.get());
  event.reset();
  require_status(subject.streams().stream_synchronize(stream.get(), 20 * kSecondNs),
                 BP_STATUS_CANCELLED, "a stream whose host event was destroyed unsignalled");
}

void wrong_signals(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> stream = subject.stream();
  const Owned<bp_event_t> recorded = subject.event();
  Gate gate(subject);
  const auto signal = subject.streams().event_signal;
  for (bp_status_t status : {BP_STATUS_NOT_READY, BP_STATUS_TIMEOUT})
    require_status(signal(gate.event(), status), BP_STATUS_INVALID_ARGUMENT,
                   "event_signal with a status that is no end");
  require_not_ready(subject, gate.event(), "a host event after refused signals");
  gate.open();
  require_status(signal(gate.event(), BP_OK), BP_STATUS_INVALID_ARGUMENT,
                 "event_signal, a second time");
  require_status(signal(recorded.get(), BP_OK), BP_STATUS_INVALID_ARGUMENT,
                 "event_signal of an event that is recorded");
}

void signalled_from_another_thread(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  Gate gate(subject);
  PendingRead read = {std::string(kRoom, '\0')};
  gate.hold(a.stream.get());
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
  std::thread signaller([&gate] { gate.open(); });
  subject.finish(a.stream.get());
  signaller.join();
  require_equal(read.target, a.bytes, "a read held by a gate that another thread opened");
}

void waiting_keeps_its_time(Subject& subject) {
  need_streams(subject);
  Gate gate(subject);
  for (uint64_t timeout : {uint64_t{0}, 2 * kMillisecondNs, 30 * kMillisecondNs}) {
    const auto before = std::chrono::steady_clock::now();
    require_status(subject.streams().event_synchronize(gate.event(), timeout), BP_STATUS_TIMEOUT,
                   "event_synchronize of an event that is not reached");
    const auto waited = std::chrono::steady_clock::now() - before;
    require(waited >= std::chrono::nanoseconds(timeout),
            "event_synchronize gave up before its " + std::to_string(timeout) + " ns");
  }
}

void waiting_is_woken(Subject& subject) {
  need_streams(subject);
  Gate gate(subject);
  std::thread opener([&gate] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.open();
  });
  const bp_status_t status = subject.streams().event_synchronize(gate.event(), kForEverNs);
  opener.join();
  require_status(status, BP_OK, "event_synchronize, for ever, of an event that is signalled later");
}

// a -> (b, c) -> d, each a stream of its own.
void a_diamond(Subject& subject) {
  need_streams(subject);
  for (uint64_t round = 0; round < 50; ++round) {
    const Lane a = lane(subject, kRoom, round);
    const Lane b = lane(subject, kRoom, round + 1);
    const Lane c = lane(subject, kRoom, round + 2);
    const Lane d = lane(subject, 2 * kRoom, round + 3);
    const Owned<bp_event_t> from_a = subject.event();
    const Owned<bp_event_t> from_b = subject.event();
    const Owned<bp_event_t> from_c = subject.event();
    const auto copy = subject.memory().copy;
    const std::string bytes = subject.pattern(kRoom, 1000 + round);
    subject.write(a.stream.get(), a.buffer.get(), 0, bytes);
    record(subject, from_a.get(), a.stream.get());
    wait(subject, from_a.get(), b.stream.get());
    wait(subject, from_a.get(), c.stream.get());
    subject.check(copy(b.stream.get(), b.buffer.get(), 0, a.buffer.get(), 0, kRoom), "copy");
    subject.check(copy(c.stream.get(), c.buffer.get(), 0, a.buffer.get(), 0, kRoom), "copy");
    record(subject, from_b.get(), b.stream.get());
    record(subject, from_c.get(), c.stream.get());
    wait(subject, from_b.get(), d.stream.get());
    wait(subject, from_c.get(), d.stream.get());
    subject.check(copy(d.stream.get(), d.buffer.get(), 0, b.buffer.get(), 0, kRoom), "copy");
    subject.check(copy(d.stream.get(), d.buffer.get(), kRoom, c.buffer.get(), 0, kRoom), "copy");
    require_equal(subject.read(d.stream.get(), d.buffer.get(), 0, 2 * kRoom), bytes + bytes,
                  "the end of a diamond of four streams");
  }
}

void a_chain_of_streams(Subject& subject) {
  need_streams(subject);
  std::vector<Lane> lanes;
  std::vector<Owned<bp_event_t>> events;
  for (uint64_t i = 0; i < 8; ++i) {
    lanes.push_back(lane(subject, kRoom, i));
    events.push_back(subject.event());
  }
  Gate gate(subject);
  gate.hold(lanes[0].stream.get());
  for (size_t i = 0; i < lanes.size(); ++i) {
    if (i > 0) {
      wait(subject, events[i - 1].get(), lanes[i].stream.get());
      subject.check(subject.memory().copy(lanes[i].stream.get(), lanes[i].buffer.get(), 0,
                                          lanes[i - 1].buffer.get(), 0, kRoom),
                    "copy");
    }
    record(subject, events[i].get(), lanes[i].stream.get());
  }
  require_not_ready(subject, events.back().get(), "the end of a chain whose head is held");
  gate.open();
  require_equal(subject.read(lanes.back().stream.get(), lanes.back().buffer.get(), 0, kRoom),
                lanes.front().bytes, "the end of a chain of eight streams");
}

void elapsed_is_device_time(Subject& subject) {
  need_streams(subject);
  if (subject.streams().event_elapsed == nullptr)
    unsupported("the plugin does without event_elapsed");
  const Owned<bp_stream_t> stream = subject.stream(BP_STREAM_FLAG_TIMED);
  const uint64_t size = std::min<uint64_t>(8 << 20, subject.info().max_buffer_size);
  const Owned<bp_buffer_t> a = subject.buffer(size);
  const Owned<bp_buffer_t> b = subject.buffer(size);
  const Owned<bp_event_t> start = subject.event(BP_EVENT_FLAG_TIMED);
  const Owned<bp_event_t> end = subject.event(BP_EVENT_FLAG_TIMED);
  uint64_t elapsed = 0;
  Gate gate(subject);
  const auto before = std::chrono::steady_clock::now();
  record(subject, start.get(), stream.get());
  gate.hold(stream.get());
  for (int i = 0; i < 4; ++i)
    subject.check(subject.memory().copy(stream.get(), b.get(), 0, a.get(), 0, size), "copy");
  record(subject, end.get(), stream.get());
  require_status(subject.streams().event_elapsed(start.get(), end.get(), &elapsed),
                 BP_STATUS_NOT_READY, "event_elapsed before the end is reached");
  gate.open();
  subject.finish(stream.get());
  const auto wall = std::chrono::steady_clock::now() - before;
  subject.check(subject.streams().event_elapsed(start.get(), end.get(), &elapsed), "event_elapsed");
  require(elapsed > 0, "event_elapsed says 0 ns for four large copies");
  require(std::chrono::nanoseconds(elapsed) <= wall,
          "event_elapsed says more than the wall clock does around it");
  require_status(subject.streams().event_elapsed(end.get(), start.get(), &elapsed),
                 BP_STATUS_INVALID_ARGUMENT, "event_elapsed with the end first");
}

const AbiCase kCases[] = {
    {"stream/never-recorded-is-reached", "BP-STREAM-19",
     "an event that was never recorded counts as reached", never_recorded_is_reached},
    {"stream/unsignalled-is-not-reached", "BP-STREAM-19,BP-STREAM-5",
     "a host event is not reached until the host signals it", unsignalled_is_not_reached},
    {"stream/reached-when-the-work-is", "BP-STREAM-5",
     "an event is reached when the work before it is done, and its bytes are there",
     reached_when_the_work_is},
    {"stream/asking-gets-there", "BP-STREAM-20", "event_query, asked again and again, gets there",
     asking_gets_there},
    {"stream/wait-holds-the-consumer", "BP-STREAM-4",
     "work behind event_wait starts after the mark", a_wait_holds_the_consumer},
    {"stream/wait-takes-the-mark-that-stands", "BP-STREAM-4",
     "a wait is for the mark that stands when it is given, not for a later one",
     the_mark_that_stands},
    {"stream/recording-again-moves-the-mark", "BP-STREAM-17",
     "an event that is recorded again is reached at its new mark", recording_again_moves_the_mark},
    {"stream/what-cannot-be-recorded", "BP-STREAM-18",
     "a host-signalled event, or a timed one on an untimed stream, cannot be recorded",
     what_cannot_be_recorded},
    {"stream/event-destroyed-while-waited-for", "BP-STREAM-3",
     "work that waits for a destroyed event still starts after its mark",
     destroyed_while_waited_for},
    {"stream/event-destroyed-unsignalled", "BP-STREAM-16",
     "destroying an unsignalled host event cancels what waits for it", destroyed_unsignalled},
    {"stream/wrong-signals-are-invalid", "BP-STREAM-23",
     "a second signal, one for a recorded event, NOT_READY and TIMEOUT are INVALID_ARGUMENT",
     wrong_signals},
    {"stream/signalled-from-another-thread", "BP-STREAM-6", "any thread may signal a host event",
     signalled_from_another_thread},
    {"stream/event-wait-keeps-its-time", "BP-STREAM-21",
     "event_synchronize is TIMEOUT, never before its time", waiting_keeps_its_time},
    {"stream/event-wait-is-woken", "BP-STREAM-6",
     "event_synchronize returns when the event is signalled", waiting_is_woken},
    {"stream/a-diamond-of-streams", "BP-STREAM-4", "two consumers of one producer meet in a third",
     a_diamond},
    {"stream/a-chain-of-streams", "BP-STREAM-4", "eight streams wait one for another",
     a_chain_of_streams},
    {"stream/elapsed-is-device-time", "BP-STREAM-22",
     "event_elapsed is above 0, not above the wall clock, and refuses what it cannot know",
     elapsed_is_device_time},
};

}  // namespace

std::vector<AbiCase> stream_event_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
