// Events of the asynchronous device: marks, signals, waits on both sides.
#include "event.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "test_stream.hpp"

namespace backplane::cpu::testing {
namespace {

class Events : public ::testing::Test {
 protected:
  void SetUp() override { std::memset(bytes_of(buffer_), '.', 8); }
  void TearDown() override { kMemoryApi.buffer_destroy(buffer_); }

  void write(const TestStream& stream, const char* text) const {
    EXPECT_EQ(kMemoryApi.write(stream.get(), buffer_, 0, text, std::strlen(text)), BP_OK);
  }
  std::string contents() const { return {bytes_of(buffer_), 4}; }

  OpenDevice device_{kAsynchronousDevice};
  bp_buffer_t* buffer_ = device_.buffer(8);
};

// proves BP-STREAM-19
TEST_F(Events, CountAsReachedBeforeTheyAreRecorded) {
  const TestStream stream(device_);
  const TestEvent event(device_);
  EXPECT_EQ(event.query(), BP_OK);
  EXPECT_EQ(event.synchronize(0), BP_OK);
  EXPECT_EQ(event.wait(stream), BP_OK);
  EXPECT_EQ(stream.synchronize(), BP_OK);
}

// proves BP-STREAM-4
// proves BP-STREAM-5
TEST_F(Events, HoldAnotherStreamBackUntilTheirMarkIsReached) {
  const TestStream first(device_);
  const TestStream second(device_);
  const TestEvent event(device_);
  const Gate gate(device_, first);
  write(first, "made");
  ASSERT_EQ(event.record(first), BP_OK);
  ASSERT_EQ(event.wait(second), BP_OK);
  char seen[5] = "????";
  ASSERT_EQ(kMemoryApi.read(second.get(), buffer_, 0, seen, 4), BP_OK);
  EXPECT_EQ(event.query(), BP_STATUS_NOT_READY);
  EXPECT_EQ(second.synchronize(0), BP_STATUS_TIMEOUT);
  gate.open();
  ASSERT_EQ(second.synchronize(), BP_OK);
  EXPECT_STREQ(seen, "made");
  EXPECT_EQ(event.query(), BP_OK);
}

// proves BP-STREAM-17
TEST_F(Events, MoveTheirMarkWhenRecordedAgainAndWaitersKeepTheOldOne) {
  const TestStream first(device_);
  const TestStream second(device_);
  const TestStream waiter(device_);
  const TestEvent event(device_);
  const Gate first_gate(device_, first);
  const Gate second_gate(device_, second);
  ASSERT_EQ(event.record(first), BP_OK);
  ASSERT_EQ(event.wait(waiter), BP_OK);
  ASSERT_EQ(event.record(second), BP_OK);
  first_gate.open();
  EXPECT_EQ(waiter.synchronize(), BP_OK);  // although the second gate is shut
  EXPECT_EQ(event.query(), BP_STATUS_NOT_READY);
  second_gate.open();
  EXPECT_EQ(event.synchronize(), BP_OK);
}

// proves BP-STREAM-3
TEST_F(Events, MayBeDestroyedWhileWorkWaitsForThem) {
  const TestStream first(device_);
  const TestStream second(device_);
  TestEvent event(device_);
  const Gate gate(device_, first);
  write(first, "made");
  ASSERT_EQ(event.record(first), BP_OK);
  ASSERT_EQ(event.wait(second), BP_OK);
  event.destroy();
  char seen[5] = "????";
  ASSERT_EQ(kMemoryApi.read(second.get(), buffer_, 0, seen, 4), BP_OK);
  EXPECT_EQ(second.synchronize(0), BP_STATUS_TIMEOUT);
  gate.open();
  ASSERT_EQ(second.synchronize(), BP_OK);
  EXPECT_STREQ(seen, "made");
}

// proves BP-STREAM-16
TEST_F(Events, AreCancelledWhenDestroyedBeforeTheHostSignalled) {
  const TestStream stream(device_);
  {
    const Gate gate(device_, stream);
    write(stream, "lost");
  }
  EXPECT_EQ(stream.synchronize(), BP_STATUS_CANCELLED);
  EXPECT_EQ(TestHost::take_text(), "the host signalled an event with CANCELLED");
  EXPECT_EQ(contents(), "....");
}

// proves BP-STREAM-9
TEST_F(Events, CarryAFailureFromStreamToStream) {
  const TestStream first(device_);
  const TestStream second(device_);
  const TestStream third(device_);
  const TestEvent one(device_);
  const TestEvent two(device_);
  const Gate gate(device_, first);
  ASSERT_EQ(one.record(first), BP_OK);
  ASSERT_EQ(one.wait(second), BP_OK);
  write(second, "lost");
  ASSERT_EQ(two.record(second), BP_OK);
  ASSERT_EQ(two.wait(third), BP_OK);
  gate.open(BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(third.synchronize(), BP_STATUS_UNSUPPORTED);
  EXPECT_NE(TestHost::take_text(), "");
  EXPECT_EQ(two.synchronize(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(second.synchronize(), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(contents(), "....");
}

// proves BP-STREAM-6
TEST_F(Events, AreReachedByASignalFromAnyThreadAndFromAHostCall) {
  const TestStream first(device_);
  const TestStream second(device_);
  const Gate gate(device_, second);
  const auto signal = [](void* event, bp_status_t) {
    EXPECT_EQ(streams().event_signal(static_cast<bp_event_t*>(event), BP_OK), BP_OK);
  };
  ASSERT_EQ(streams().host_call(first.get(), signal, gate.get()), BP_OK);
  EXPECT_EQ(second.synchronize(), BP_OK);
  EXPECT_EQ(gate.query(), BP_OK);
  EXPECT_EQ(first.synchronize(),
            BP_OK);  // its call of event_signal has returned: the event may end
}

// proves BP-STREAM-23
TEST_F(Events, AreSignalledOnceByTheHostWithOkOrAFailure) {
  const TestStream stream(device_);
  const TestEvent recorded(device_);
  EXPECT_EQ(recorded.signal(), BP_STATUS_INVALID_ARGUMENT);
  const TestEvent event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_EQ(event.query(), BP_STATUS_NOT_READY);
  EXPECT_EQ(event.signal(BP_STATUS_NOT_READY), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(event.signal(BP_STATUS_TIMEOUT), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(event.query(), BP_STATUS_NOT_READY);
  EXPECT_EQ(event.signal(), BP_OK);
  EXPECT_EQ(event.signal(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(TestHost::take_text(), "");
  EXPECT_EQ(event.query(), BP_OK);
}

TEST_F(Events, TakeAStatusOfALaterVersionAsInternal) {
  const TestEvent event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_EQ(event.signal(77), BP_OK);
  EXPECT_EQ(event.query(), BP_STATUS_INTERNAL);
}

// proves BP-STREAM-18
TEST_F(Events, AreNotRecordedWhereTheyCannotBe) {
  const TestStream untimed(device_);
  const TestEvent timed(device_, BP_EVENT_FLAG_TIMED);
  const TestEvent signalled(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_EQ(timed.record(untimed), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(signalled.record(untimed), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(TestHost::take_text(), "");
}

TEST_F(Events, HaveNoOtherFlags) {
  bp_event_t* made = nullptr;
  EXPECT_EQ(streams().event_create(device_.get(), 4, &made), BP_STATUS_UNSUPPORTED);
  EXPECT_EQ(made, nullptr);
}

// proves BP-STREAM-21
TEST_F(Events, SayTimeoutNotBeforeItsTime) {
  const TestEvent event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  EXPECT_EQ(event.synchronize(0), BP_STATUS_TIMEOUT);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(event.synchronize(20'000'000), BP_STATUS_TIMEOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  std::thread signaller([&] { EXPECT_EQ(event.signal(), BP_OK); });
  EXPECT_EQ(event.synchronize((uint64_t{1} << 62) + 1), BP_OK);
  signaller.join();
}

// proves BP-STREAM-22
TEST_F(Events, TellTheTimeBetweenThem) {
  const TestStream stream(device_, BP_STREAM_FLAG_TIMED);
  const TestEvent start(device_, BP_EVENT_FLAG_TIMED);
  const TestEvent end(device_, BP_EVENT_FLAG_TIMED);
  const TestEvent untimed(device_);
  uint64_t elapsed = 7;
  EXPECT_EQ(streams().event_elapsed(start.get(), end.get(), &elapsed), BP_STATUS_NOT_READY);
  ASSERT_EQ(start.record(stream), BP_OK);
  ASSERT_EQ(start.synchronize(), BP_OK);
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const auto at_least = std::chrono::steady_clock::now() - begin;
  const Gate gate(device_, stream);
  ASSERT_EQ(end.record(stream), BP_OK);
  EXPECT_EQ(streams().event_elapsed(start.get(), end.get(), &elapsed), BP_STATUS_NOT_READY);
  EXPECT_EQ(elapsed, 7u);
  gate.open();
  ASSERT_EQ(end.synchronize(), BP_OK);
  EXPECT_EQ(streams().event_elapsed(end.get(), start.get(), &elapsed), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(streams().event_elapsed(start.get(), untimed.get(), &elapsed),
            BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(elapsed, 7u);
  ASSERT_EQ(streams().event_elapsed(start.get(), end.get(), &elapsed), BP_OK);
  EXPECT_GE(std::chrono::nanoseconds(elapsed), at_least);
}

TEST_F(Events, AreDestroyedAsNothingWhenThereIsNone) {
  streams().event_destroy(nullptr);
  streams().stream_destroy(nullptr);
  kMemoryApi.buffer_destroy(nullptr);
  kKernelApi.kernel_destroy(nullptr);
  device_close(nullptr);
}

}  // namespace
}  // namespace backplane::cpu::testing
