// Several threads at one stream, event or kernel.
#include <atomic>
#include <chrono>
#include <thread>

#include "abi/cases.hpp"
#include "abi/stream_tools.hpp"

namespace backplane::conformance {
namespace {

constexpr uint64_t kRoom = 4096;

// Runs bodies(0 .. count - 1) at once; the first that ends its case early ends the whole.
void at_once(size_t count, const std::function<void(size_t)>& body) {
  std::vector<std::string> failures(count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i)
    threads.emplace_back([&body, &failures, i] {
      try {
        body(i);
      } catch (const CaseEnd& end) {
        failures[i] = end.text;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : failures) require(text.empty(), text);
}

// While one thread waits, a second uses everything that [any-thread] lets it use.
void waiting_holds_no_lock(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_event_t> mark = subject.event();
  std::atomic<bool> is_waiting{false};
  std::vector<std::thread> waiters;
  Gate gate(subject);
  gate.hold(a.stream.get());
  record(subject, mark.get(), a.stream.get());
  waiters.emplace_back([&] {
    is_waiting = true;
    subject.streams().stream_synchronize(a.stream.get(), 20 * kSecondNs);
  });
  waiters.emplace_back([&] { subject.streams().event_synchronize(mark.get(), 20 * kSecondNs); });
  while (!is_waiting) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::string text;
  try {
    must_return_before(gate, "a call beside a thread that waits", [&] {
      require_status(subject.streams().event_query(mark.get()), BP_STATUS_NOT_READY, "event_query");
      const Owned<bp_event_t> event = subject.event();
      require_status(subject.streams().event_query(event.get()), BP_OK, "event_query");
      record(subject, event.get(), a.stream.get());
      subject.write(a.stream.get(), a.buffer.get(), 0, a.bytes);
      bp_buffer_t* made = nullptr;
      subject.check(
          subject.memory().buffer_create(subject.device(), BP_MEMORY_DEVICE, kRoom, &made),
          "buffer_create");
      subject.memory().buffer_destroy(made);
    });
    gate.open();
  } catch (const CaseEnd& end) {
    text = end.text;
    subject.streams().event_signal(gate.event(), BP_OK);
  }
  for (std::thread& waiter : waiters) waiter.join();
  require(text.empty(), text);
}

void many_threads_wait(Subject& subject) {
  need_streams(subject);
  const Lane a = lane(subject, kRoom);
  const Owned<bp_event_t> mark = subject.event();
  PendingRead read = {std::string(kRoom, '\0')};
  Gate gate(subject);
  gate.hold(a.stream.get());
  read_later(subject, a.stream.get(), a.buffer.get(), 0, &read);
  record(subject, mark.get(), a.stream.get());
  std::atomic<bool> is_open{false};
  at_once(9, [&](size_t thread) {
    if (thread == 8) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      is_open = true;
      gate.open();
      return;
    }
    const bp_status_t status =
        thread % 2 == 0 ? subject.streams().stream_synchronize(a.stream.get(), 20 * kSecondNs)
                        : subject.streams().event_synchronize(mark.get(), 20 * kSecondNs);
    require(is_open, "one of eight threads that wait for a stream was let go before its work ran");
    require_status(status, BP_OK, "one of eight threads that wait for a stream");
    require_equal(read.target, a.bytes, "a read's target, as one of eight waiting threads sees it");
  });
}

void two_signals_at_once(Subject& subject) {
  need_streams(subject);
  for (int round = 0; round < 200; ++round) {
    const Owned<bp_event_t> event = subject.gate();
    std::atomic<int> ready{0};
    std::atomic<bp_status_t> won{-1};
    std::atomic<int> taken{0};
    at_once(2, [&](size_t thread) {
      const bp_status_t wish = thread == 0 ? BP_OK : BP_STATUS_CANCELLED;
      for (++ready; ready < 2;) std::this_thread::yield();
      const bp_status_t status = subject.streams().event_signal(event.get(), wish);
      if (status == BP_OK) {
        ++taken;
        won = wish;
      } else {
        require_status(status, BP_STATUS_INVALID_ARGUMENT, "the second of two signals at once");
      }
    });
    require(taken == 1, std::to_string(taken) + " of two signals at once were taken, not one");
    require_reached(subject, event.get(), won, "an event that two threads signalled at once");
  }
}

void asked_while_recorded(Subject& subject) {
  need_streams(subject);
  const Owned<bp_stream_t> recorder = subject.stream();
  const Owned<bp_stream_t> follower = subject.stream();
  const Owned<bp_event_t> event = subject.event();
  std::atomic<bool> is_over{false};
  at_once(3, [&](size_t thread) {
    if (thread == 0) {
      for (int i = 0; i < 1000; ++i) record(subject, event.get(), recorder.get());
      is_over = true;
    } else if (thread == 1) {
      while (!is_over) {
        const bp_status_t status = subject.streams().event_query(event.get());
        if (status != BP_STATUS_NOT_READY)
          require_status(status, BP_OK, "event_query while the event is recorded again and again");
      }
    } else {
      for (int i = 0; i < 200; ++i) {
        wait(subject, event.get(), follower.get());
        if (i % 20 == 19) subject.finish(follower.get());
      }
    }
  });
  require_reached(subject, event.get(), BP_OK, "an event after 1,000 records");
  subject.finish(follower.get());
  subject.finish(recorder.get());
}

const AbiCase kCases[] = {
    {"stream/waiting-holds-no-lock", "BP-STREAM-20",
     "while threads wait for a stream and an event, others may ask, record, write and create",
     waiting_holds_no_lock},
    {"stream/many-threads-wait", "BP-STREAM-2,BP-STREAM-5",
     "eight threads wait for one stream and its event, and all are let go when it is done",
     many_threads_wait},
    {"stream/two-signals-at-once", "BP-STREAM-6,BP-STREAM-23",
     "of two threads that signal one event, one is taken and one refused", two_signals_at_once},
    {"stream/asked-while-recorded", "BP-STREAM-17,BP-STREAM-5",
     "queries and waits beside a thread that records see the old mark or the new one",
     asked_while_recorded},
};

}  // namespace

std::vector<AbiCase> stream_thread_cases() { return {std::begin(kCases), std::end(kCases)}; }

}  // namespace backplane::conformance
