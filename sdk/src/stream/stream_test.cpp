#include "stream/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "memory/fake_device.hpp"
#include "stream/event.hpp"
#include "stream/host_call.hpp"

namespace backplane {
namespace {

using Optional = fake::Config::Optional;

struct Setting {
  fake::Work work;
  Optional host_call;
  Optional elapsed;
};

struct Bench {
  explicit Bench(const Setting& setting) : chip(config_of(setting)), device(chip.open()) {}
  ~Bench() {
    device.reset();
    EXPECT_EQ(chip.live_events(), 0);
    EXPECT_THAT(chip.violations(), testing::IsEmpty());
  }
  static fake::Config config_of(const Setting& setting) {
    fake::Config config;
    config.work = setting.work;
    config.host_call = setting.host_call;
    config.elapsed = setting.elapsed;
    return config;
  }
  std::shared_ptr<Stream> stream(bp_stream_flags_t flags = 0) {
    return *Stream::create(device, flags);
  }
  std::shared_ptr<Event> event(bp_event_flags_t flags = 0) { return *Event::create(device, flags); }

  fake::Chip chip;
  std::shared_ptr<Device> device;
};

constexpr uint64_t kSecond = 1'000'000'000;
const Setting kAsync = {fake::Work::kByThread, Optional::kThere, Optional::kThere};
const Setting kSync = {fake::Work::kSynchronous, Optional::kThere, Optional::kThere};

// ---- On every device, with the plugin's own functions and with the host's ------------------

class EveryStream : public testing::TestWithParam<Setting> {
 protected:
  Bench bench_{GetParam()};
};

TEST_P(EveryStream, ARecordedEventIsReached) {
  const auto stream = bench_.stream();
  const auto event = bench_.event();
  EXPECT_TRUE(event->query().ok()) << "never recorded counts as reached";
  ASSERT_TRUE(event->record(*stream).ok());
  EXPECT_TRUE(event->synchronize(kForever).ok());
  EXPECT_TRUE(event->query().ok());
  EXPECT_TRUE(event->wait(*stream).ok());
  EXPECT_TRUE(stream->synchronize(kForever).ok());
}

TEST_P(EveryStream, AHostCallComesOnceWithBpOk) {
  const auto stream = bench_.stream();
  struct Seen {
    std::atomic<int> count{0};
    std::atomic<bp_status_t> status{-1};
  } seen;
  const auto note = [](void* pointer, bp_status_t status) {
    auto* into = static_cast<Seen*>(pointer);
    into->status = status;
    into->count++;
  };
  ASSERT_TRUE(host_call(*stream, note, &seen).ok());
  EXPECT_TRUE(stream->synchronize(kForever).ok());
  EXPECT_EQ(seen.count, 1);
  EXPECT_EQ(seen.status, BP_OK);
  stream->end();
  EXPECT_EQ(seen.count, 1);
}

TEST_P(EveryStream, TheTimeBetweenTwoEventsCoversWhatWasBetweenThem) {
  const auto stream = bench_.stream(BP_STREAM_FLAG_TIMED);
  const auto start = bench_.event(BP_EVENT_FLAG_TIMED);
  const auto end = bench_.event(BP_EVENT_FLAG_TIMED);
  const auto nap = [](void*, bp_status_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  ASSERT_TRUE(start->record(*stream).ok());
  ASSERT_TRUE(host_call(*stream, nap, nullptr).ok());
  ASSERT_TRUE(end->record(*stream).ok());
  ASSERT_TRUE(end->synchronize(kForever).ok());
  uint64_t ns = 0;
  ASSERT_TRUE(Event::elapsed(*start, *end, &ns).ok());
  EXPECT_GE(ns, 5'000'000u);
  EXPECT_LT(ns, 60 * kSecond);
  EXPECT_EQ(Event::elapsed(*end, *start, &ns).code(), BP_STATUS_INVALID_ARGUMENT);
  ASSERT_TRUE(stream->synchronize(kForever).ok());
}

TEST_P(EveryStream, WrongRequestsAreRefused) {
  const auto stream = bench_.stream();
  const auto timed = bench_.event(BP_EVENT_FLAG_TIMED);
  const auto plain = bench_.event();
  const auto gate = bench_.event(BP_EVENT_FLAG_HOST_SIGNALED);
  uint64_t ns = 0;
  EXPECT_EQ(timed->record(*stream).code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(gate->record(*stream).code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(plain->signal(BP_OK).code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(gate->signal(BP_STATUS_TIMEOUT).code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(Event::elapsed(*plain, *plain, &ns).code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(Stream::create(bench_.device, 8).status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(Event::create(bench_.device, 8).status().code(), BP_STATUS_UNSUPPORTED);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  EXPECT_EQ(gate->signal(BP_OK).code(), BP_STATUS_INVALID_ARGUMENT) << "a second time";
}

TEST_P(EveryStream, AHostSignalledEventIsReachedByItsSignal) {
  const auto gate = bench_.event(BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_EQ(gate->query().code(), BP_STATUS_NOT_READY);
  EXPECT_EQ(gate->synchronize(1000).code(), BP_STATUS_TIMEOUT);
  std::thread opener([&gate] { EXPECT_TRUE(gate->signal(BP_OK).ok()); });
  EXPECT_TRUE(gate->synchronize(kForever).ok());
  opener.join();
  EXPECT_TRUE(gate->query().ok());
}

TEST_P(EveryStream, AFailureThatIsSignalledIsCarried) {
  const auto gate = bench_.event(BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_TRUE(gate->signal(BP_STATUS_CANCELLED).ok());
  EXPECT_EQ(gate->query().code(), BP_STATUS_CANCELLED);
  EXPECT_EQ(gate->synchronize(kForever).code(), BP_STATUS_CANCELLED);
}

TEST_P(EveryStream, EndingTwiceIsEndingOnce) {
  const auto stream = bench_.stream();
  stream->end();
  EXPECT_TRUE(stream->has_ended());
  stream->end();
  EXPECT_FALSE(stream->try_turn().has_it());
  EXPECT_FALSE(bench_.event()->record(*stream).ok());
}

constexpr Optional kThere = Optional::kThere;
constexpr Optional kNull = Optional::kNull;
constexpr Optional kRefusing = Optional::kRefusing;
INSTANTIATE_TEST_SUITE_P(Settings, EveryStream,
                         testing::Values(Setting{fake::Work::kSynchronous, kThere, kThere},
                                         Setting{fake::Work::kByHand, kThere, kThere},
                                         Setting{fake::Work::kByThread, kThere, kThere},
                                         Setting{fake::Work::kByThread, kNull, kThere},
                                         Setting{fake::Work::kByThread, kRefusing, kThere},
                                         Setting{fake::Work::kByThread, kThere, kNull},
                                         Setting{fake::Work::kByThread, kThere, kRefusing},
                                         Setting{fake::Work::kByThread, kNull, kNull},
                                         Setting{fake::Work::kByThread, kRefusing, kRefusing}));

// ---- Host calls, own and emulated ------------------------------------------------------------

class HostCall : public testing::TestWithParam<Optional> {
 protected:
  HostCall() : bench_({fake::Work::kByThread, GetParam(), Optional::kThere}) {}
  Bench bench_;
};

TEST_P(HostCall, LaterWorkWaitsForItsReturn) {
  const auto stream = bench_.stream();
  std::promise<void> may_return;
  std::promise<void> has_come;
  struct Held {
    std::promise<void>& has_come;
    std::shared_future<void> may_return;
  } held{has_come, may_return.get_future().share()};
  const auto hold = [](void* pointer, bp_status_t) {
    auto* it = static_cast<Held*>(pointer);
    it->has_come.set_value();
    it->may_return.wait();
  };
  const auto after = bench_.event();
  ASSERT_TRUE(host_call(*stream, hold, &held).ok());
  ASSERT_TRUE(after->record(*stream).ok());
  has_come.get_future().wait();
  EXPECT_EQ(after->query().code(), BP_STATUS_NOT_READY);
  EXPECT_EQ(stream->synchronize(1'000'000).code(), BP_STATUS_TIMEOUT);
  may_return.set_value();
  EXPECT_TRUE(after->synchronize(kForever).ok());
  EXPECT_TRUE(stream->synchronize(kForever).ok());
}

TEST_P(HostCall, ItComesAfterTheWorkBeforeIt) {
  const auto stream = bench_.stream();
  const auto gate = bench_.event(BP_EVENT_FLAG_HOST_SIGNALED);
  std::atomic<int> calls{0};
  const auto count = [](void* pointer, bp_status_t) { ++*static_cast<std::atomic<int>*>(pointer); };
  ASSERT_TRUE(gate->wait(*stream).ok());
  ASSERT_TRUE(host_call(*stream, count, &calls).ok());
  ASSERT_TRUE(host_call(*stream, count, &calls).ok());
  EXPECT_EQ(stream->synchronize(1'000'000).code(), BP_STATUS_TIMEOUT);
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  EXPECT_TRUE(stream->synchronize(kForever).ok());
  EXPECT_EQ(calls, 2);
}

TEST_P(HostCall, AFailedStreamStillCallsOnceAndSaysHowItFailed) {
  const auto stream = bench_.stream();
  const auto gate = bench_.event(BP_EVENT_FLAG_HOST_SIGNALED);
  std::promise<bp_status_t> came;
  const auto note = [](void* pointer, bp_status_t status) {
    static_cast<std::promise<bp_status_t>*>(pointer)->set_value(status);
  };
  ASSERT_TRUE(gate->wait(*stream).ok());
  ASSERT_TRUE(host_call(*stream, note, &came).ok());
  EXPECT_TRUE(gate->signal(BP_STATUS_CANCELLED).ok());
  EXPECT_EQ(came.get_future().get(), BP_STATUS_CANCELLED);
  EXPECT_EQ(stream->synchronize(kForever).code(), BP_STATUS_CANCELLED);
}

// proves BP-HOST-10
TEST_P(HostCall, EndingTheStreamWaitsForCallsThatAreStillToCome) {
  const auto stream = bench_.stream();
  std::atomic<int> calls{0};
  const auto slow = [](void* pointer, bp_status_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++*static_cast<std::atomic<int>*>(pointer);
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(host_call(*stream, slow, &calls).ok());
  stream->end();
  EXPECT_EQ(calls, 10);
}

INSTANTIATE_TEST_SUITE_P(OwnAndEmulated, HostCall,
                         testing::Values(Optional::kThere, Optional::kNull, Optional::kRefusing));

// ---- Asynchronous devices, and between devices -----------------------------------------------

TEST(Stream, SynchronizeReturnsTheStreamsFailureInThePluginsWords) {
  Bench bench(kAsync);
  const auto stream = bench.stream();
  bench.chip.fail_work(1);
  bp_buffer_t* buffer = nullptr;
  ASSERT_EQ(bench.device->memory().buffer_create(bench.device->handle(), 0, 16, &buffer), BP_OK);
  ASSERT_EQ(bench.device->memory().write(stream->turn().handle(), buffer, 0, "x", 1), BP_OK);
  const Status failed = stream->synchronize(kForever);
  EXPECT_EQ(failed.code(), BP_STATUS_INTERNAL);
  EXPECT_THAT(failed.text(), testing::HasSubstr("stream_synchronize: work of the stream failed"));
  bench.device->memory().buffer_destroy(buffer);
}

TEST(Stream, ItMayEndWhileAnotherThreadWaitsForIt) {
  Bench bench(kAsync);
  const auto stream = bench.stream();
  const auto gate = bench.event(BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_TRUE(gate->wait(*stream).ok());
  std::thread waiter([&stream] { EXPECT_TRUE(stream->synchronize(kForever).ok()); });
  std::thread ender([&stream] { stream->end(); });
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  waiter.join();
  ender.join();
  EXPECT_TRUE(stream->synchronize(kForever).ok()) << "nothing is left to wait for";
}

TEST(Event, RecordingAgainMovesTheMark) {
  Bench bench(kAsync);
  const auto stream = bench.stream();
  const auto event = bench.event();
  const auto gate = bench.event(BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_TRUE(event->record(*stream).ok());
  ASSERT_TRUE(event->synchronize(kForever).ok());
  ASSERT_TRUE(gate->wait(*stream).ok());
  ASSERT_TRUE(event->record(*stream).ok());
  EXPECT_EQ(event->query().code(), BP_STATUS_NOT_READY);
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  EXPECT_TRUE(event->synchronize(kForever).ok());
}

TEST(Event, DestroyingOneThatNobodySignalledCancelsWhoWaits) {
  for (const Setting& setting : {kAsync, kSync}) {
    Bench waited_for(setting);
    Bench waiting(kAsync);
    const auto stream = waiting.stream();
    auto gate = waited_for.event(BP_EVENT_FLAG_HOST_SIGNALED);
    ASSERT_TRUE(gate->wait(*stream).ok());
    gate.reset();
    EXPECT_EQ(stream->synchronize(kForever).code(), BP_STATUS_CANCELLED);
    stream->end();
  }
}

TEST(Event, AStreamOfAnotherDeviceWaitsForTheMarkThatStoodThen) {
  Bench first(kAsync);
  Bench second(kAsync);
  const auto early = first.stream();
  const auto late = second.stream();
  const auto gate = first.event(BP_EVENT_FLAG_HOST_SIGNALED);
  const auto never = first.event(BP_EVENT_FLAG_HOST_SIGNALED);
  const auto event = first.event();
  ASSERT_TRUE(gate->wait(*early).ok());
  ASSERT_TRUE(event->record(*early).ok());
  ASSERT_TRUE(event->wait(*late).ok());
  EXPECT_EQ(late->synchronize(1'000'000).code(), BP_STATUS_TIMEOUT);
  ASSERT_TRUE(never->wait(*early).ok());
  ASSERT_TRUE(event->record(*early).ok());  // moves the mark, not what `late` waits for
  EXPECT_TRUE(gate->signal(BP_OK).ok());
  EXPECT_TRUE(late->synchronize(kForever).ok());
  EXPECT_EQ(event->query().code(), BP_STATUS_NOT_READY);
  EXPECT_TRUE(never->signal(BP_OK).ok());
  late->end();
}

TEST(Event, ASynchronousDeviceWaitsOnTheSpot) {
  Bench first(kAsync);
  Bench second(kSync);
  const auto early = first.stream();
  const auto now = second.stream();
  const auto gate = first.event(BP_EVENT_FLAG_HOST_SIGNALED);
  const auto event = first.event();
  ASSERT_TRUE(gate->wait(*early).ok());
  ASSERT_TRUE(event->record(*early).ok());
  std::thread opener([&gate] { EXPECT_TRUE(gate->signal(BP_OK).ok()); });
  EXPECT_TRUE(event->wait(*now).ok());
  EXPECT_TRUE(event->query().ok());
  opener.join();
}

TEST(Event, ItIsRecordedOnStreamsOfItsOwnDeviceOnly) {
  Bench first(kAsync);
  Bench second(kAsync);
  EXPECT_EQ(first.event()->record(*second.stream()).code(), BP_STATUS_INVALID_ARGUMENT);
}

TEST(Event, TheTimeIsNotReadyBeforeBothAreReached) {
  for (Optional elapsed : {Optional::kThere, Optional::kNull}) {
    Bench bench({fake::Work::kByThread, Optional::kThere, elapsed});
    const auto stream = bench.stream(BP_STREAM_FLAG_TIMED);
    const auto start = bench.event(BP_EVENT_FLAG_TIMED);
    const auto end = bench.event(BP_EVENT_FLAG_TIMED);
    const auto gate = bench.event(BP_EVENT_FLAG_HOST_SIGNALED);
    uint64_t ns = 0;
    ASSERT_TRUE(start->record(*stream).ok());
    ASSERT_TRUE(gate->wait(*stream).ok());
    ASSERT_TRUE(end->record(*stream).ok());
    EXPECT_EQ(Event::elapsed(*start, *end, &ns).code(), BP_STATUS_NOT_READY);
    EXPECT_TRUE(gate->signal(BP_OK).ok());
    ASSERT_TRUE(end->synchronize(kForever).ok());
    EXPECT_TRUE(Event::elapsed(*start, *end, &ns).ok());
  }
}

// proves BP-HOST-11
TEST(Stream, TwoThreadsThatGiveWorkTakeTurns) {
  Bench bench(kAsync);
  const auto stream = bench.stream();
  const Stream::Turn turn = stream->turn();
  std::atomic<bool> has_turn{false};
  std::thread other([&] { has_turn = stream->try_turn().has_it(); });
  other.join();
  EXPECT_FALSE(has_turn);
}

TEST(Worker, RunsTasksInOrderAndFinishesThemAll) {
  Worker worker;
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) worker.post([&order, i] { order.push_back(i); });
  worker.finish();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  worker.post([&order] { order.push_back(100); });
  worker.finish();
  EXPECT_EQ(order.size(), 101u);
}

}  // namespace
}  // namespace backplane
