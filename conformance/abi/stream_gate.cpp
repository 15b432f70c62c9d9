// Who is held by which gate and which mark: several gates, several waiters, events that move.
#include <algorithm>
#include <array>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

// A stream that, once nothing holds it, reads known bytes and reaches `done`.
struct Follower {
  Lane own;
  Owned<bp_event_t> done;
  PendingRead read = {std::string(kRoom, '\0')};

  Follower(Subject& subject, uint64_t salt)
      : own(lane(subject, kRoom, salt)), done(subject.event()) {}
  bp_stream_t* stream() const { return own.stream.get(); }
  void give(Subject& subject) {
    read_later(subject, stream(), own.buffer.get(), 0, &read);
    record(subject, done.get(), stream());
  }
  void require_held(Subject& subject, const std::string& what) const {
    require_not_ready(subject, done.get(), what);
    require_equal(read.target, std::string(kRoom, '\0'), what + ", and its read's target");
  }
  void require_done(Subject& subject, const std::string& what) const {
    require_reached(subject, done.get(), BP_OK, what);
    require_equal(read.target, own.bytes, what + ", and its read's target");
  }
};

void two_gates_in_a_row(Subject& subject) {
  need_streams(subject);
  for (bool is_second_first : {false, true}) {
    Follower follower(subject, 1);
    std::array<Gate, 2> gates = {Gate(subject), Gate(subject)};
    for (Gate& gate : gates) gate.hold(follower.stream());
    follower.give(subject);
    gates[is_second_first ? 1 : 0].open();
    follower.require_held(subject, "a stream behind two gates, one of them open");
    gates[is_second_first ? 0 : 1].open();
    follower.require_done(subject, "a stream behind two gates, both open");
  }
}

void each_gate_holds_its_own(Subject& subject) {
  need_streams(subject);
  std::array<size_t, 4> order = {0, 1, 2, 3};
  do {
    std::array<Follower, 4> followers = {Follower(subject, 1), Follower(subject, 2),
                                         Follower(subject, 3), Follower(subject, 4)};
    std::array<Gate, 4> gates = {Gate(subject), Gate(subject), Gate(subject), Gate(subject)};
    for (size_t i = 0; i < gates.size(); ++i) {
      gates[i].hold(followers[i].stream());
      followers[i].give(subject);
    }
    for (size_t opened = 0; opened < order.size(); ++opened) {
      gates[order[opened]].open();
      for (size_t shut = opened + 1; shut < order.size(); ++shut)
        require_status(
            subject.streams().stream_synchronize(followers[order[shut]].stream(), kMillisecondNs),
            BP_STATUS_TIMEOUT, "a stream whose own gate is shut, beside one that was opened");
    }
    for (const Follower& follower : followers)
      follower.require_done(subject, "one of four streams whose gates were opened in turn");
  } while (std::next_permutation(order.begin() + 1, order.end()));
}

void one_mark_many_waiters(Subject& subject) {
  need_streams(subject);
  const Lane producer = lane(subject, kRoom, 9);
  const Owned<bp_event_t> mark = subject.event();
  std::array<Follower, 4> followers = {Follower(subject, 1), Follower(subject, 2),
                                       Follower(subject, 3), Follower(subject, 4)};
  Gate gate(subject);
  gate.hold(producer.stream.get());
  record(subject, mark.get(), producer.stream.get());
  for (Follower& follower : followers) {
    wait(subject, mark.get(), follower.stream());
    follower.give(subject);
  }
  for (const Follower& follower : followers)
    follower.require_held(subject, "one of four streams that wait for one mark");
  gate.open();
  for (const Follower& follower : followers)
    follower.require_done(subject, "one of four streams, once their mark was reached");
}

void own_mark_holds_nothing(Subject& subject) {
  need_streams(subject);
  Follower follower(subject, 1);
  const Owned<bp_event_t> mark = subject.event();
  Gate gate(subject);
  gate.hold(follower.stream());
  record(subject, mark.get(), follower.stream());
  wait(subject, mark.get(), follower.stream());
  follower.give(subject);
  follower.require_held(subject, "a stream that waits for its own mark, behind a gate");
  gate.open();
  follower.require_done(subject, "a stream that waits for its own mark");
}

void wait_before_record(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> recorder = subject.stream();
  Follower follower(subject, 1);
  const Owned<bp_event_t> event = subject.event();
  wait(subject, event.get(), follower.stream());
  follower.give(subject);
  Gate gate(subject);
  must_return_before(gate, "a stream that waited before the event was recorded", [&] {
    gate.hold(recorder.get());
    record(subject, event.get(), recorder.get());
    subject.finish(follower.stream());
  });
  follower.require_done(subject, "a stream that waited before the event was recorded");
}

// One follower waits for a mark that then moves to another stream, the other for where it went. The
// first gets to its wait only after the move.
void mark_that_moved(Subject& subject, bool is_first_opened_first) {
  const Owned<bp_stream_t> old_place = subject.stream();
  const Owned<bp_stream_t> new_place = subject.stream();
  std::array<Follower, 2> followers = {Follower(subject, 1), Follower(subject, 2)};
  const Owned<bp_event_t> event = subject.event();
  std::array<Gate, 2> gates = {Gate(subject), Gate(subject)};
  Gate entrance(subject);
  gates[0].hold(old_place.get());
  gates[1].hold(new_place.get());
  entrance.hold(followers[0].stream());
  record(subject, event.get(), old_place.get());
  wait(subject, event.get(), followers[0].stream());
  followers[0].give(subject);
  record(subject, event.get(), new_place.get());
  wait(subject, event.get(), followers[1].stream());
  followers[1].give(subject);
  entrance.open();
  const size_t first = is_first_opened_first ? 0 : 1;
  gates[first].open();
  followers[1 - first].require_held(subject, first == 0 ? "a wait for the mark that moved here"
                                                        : "a wait for the mark before it moved");
  gates[1 - first].open();
  for (const Follower& follower : followers)
    follower.require_done(subject, "a wait for one of an event's two marks");
}

void moved_while_waited_for(Subject& subject) {
  need_streams(subject);
  for (bool is_first : {true, false}) mark_that_moved(subject, is_first);
}

void destroyed_before_reached(Subject& subject) {
  need_streams(subject);
  Follower follower(subject, 1);
  Gate gate(subject);
  must_return_before(gate, "event_destroy of an event whose mark is not reached", [&] {
    gate.hold(follower.stream());
    for (int i = 0; i < 30; ++i) record(subject, subject.event().get(), follower.stream());
    follower.give(subject);
  });
  gate.open();
  follower.require_done(subject, "a stream whose events were destroyed before it reached them");
}

// Transfers without a byte are work all the same: an event after them is behind what holds them.
void event_after_empty_work(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_event_t> mark = subject.event();
  char none = 0;
  Gate gate(subject);
  for (int round = 0; round < 3; ++round) {
    const Owned<bp_event_t> before = subject.event();
    record(subject, before.get(), a.stream.get());
    require_reached(subject, before.get(), BP_OK, "an event, recorded on an idle stream");
  }
  gate.hold(a.stream.get());
  subject.write(a.stream.get(), a.buffer.get(), 1, "");
  subject.check(subject.memory().copy(a.stream.get(), a.buffer.get(), 0, a.buffer.get(), 8, 0),
                "copy");
  subject.check(subject.memory().read(a.stream.get(), a.buffer.get(), kRoom, &none, 0), "read");
  record(subject, mark.get(), a.stream.get());
  require_not_ready(subject, mark.get(), "an event after transfers of 0 bytes behind a gate");
  gate.open();
  require_reached(subject, mark.get(), BP_OK, "an event after transfers of 0 bytes");
}

const AbiCase kCases[] = {
    {"stream/two-gates-in-a-row", "BP-STREAM-4",
     "a stream behind two gates is held until both are open, whichever is first",
     two_gates_in_a_row},
    {"stream/each-gate-holds-its-own", "BP-STREAM-4,BP-STREAM-6",
     "four streams behind four gates: each is held by its own, in every order of opening",
     each_gate_holds_its_own},
    {"stream/one-mark-many-waiters", "BP-STREAM-4",
     "four streams wait for one mark, and none uses it up", one_mark_many_waiters},
    {"stream/own-mark-holds-nothing", "BP-STREAM-4",
     "a stream that waits for a mark of its own goes on", own_mark_holds_nothing},
    {"stream/wait-before-record", "BP-STREAM-19,BP-STREAM-4",
     "a wait for an event that is recorded only later holds nothing", wait_before_record},
    {"stream/moved-while-waited-for", "BP-STREAM-4,BP-STREAM-17",
     "an event that is recorded elsewhere holds its old waiters by the old mark alone",
     moved_while_waited_for},
    {"stream/event-destroyed-before-reached", "BP-STREAM-3",
     "event_destroy does not wait for a mark, and the stream still gets past it",
     destroyed_before_reached},
    {"stream/event-after-empty-work", "BP-MEM-12,BP-STREAM-5",
     "an event after transfers of 0 bytes is reached when they are due, and not before",
     event_after_empty_work},
};

}  // namespace

std::vector<AbiCase> stream_gate_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
