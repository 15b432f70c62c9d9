// The asynchronous device's streams: order, capture, failure, limits.
#include "stream.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "test_stream.hpp"

namespace backplane::cpu::testing {
namespace {

using Seen = std::vector<std::pair<int, bp_status_t>>;

class Streams : public ::testing::Test {
 protected:
  void SetUp() override {
    buffer_ = device_.buffer(64);
    std::memset(bytes_of(buffer_), '.', 64);
  }
  void TearDown() override { kMemoryApi.buffer_destroy(buffer_); }

  std::string contents(size_t size) const { return {bytes_of(buffer_), size}; }
  bp_status_t write(const TestStream& stream, uint64_t offset, const std::string& text) const {
    return kMemoryApi.write(stream.get(), buffer_, offset, text.data(), text.size());
  }

  OpenDevice device_{kAsynchronousDevice};
  bp_buffer_t* buffer_ = nullptr;
};

// proves BP-STREAM-11
TEST_F(Streams, AreNeverNullOnTheAsynchronousDevice) {
  const TestEvent event(device_);
  char byte = 0;
  const bp_status_t statuses[] = {
      kMemoryApi.write(nullptr, buffer_, 0, &byte, 1),
      kMemoryApi.read(nullptr, buffer_, 0, &byte, 1),
      kMemoryApi.copy(nullptr, buffer_, 0, buffer_, 8, 1),
      kMemoryApi.fill(nullptr, buffer_, 0, 1, &byte, 1),
      streams().event_record(event.get(), nullptr),
      streams().event_wait(event.get(), nullptr),
      streams().host_call(
          nullptr, [](void*, bp_status_t) {}, nullptr),
  };
  for (const bp_status_t status : statuses) EXPECT_EQ(status, BP_STATUS_INVALID_ARGUMENT);
}

// proves BP-STREAM-13
TEST_F(Streams, HaveNoFlagsButTimed) {
  bp_stream_t* made = nullptr;
  EXPECT_EQ(streams().stream_create(device_.get(), 2, &made), BP_STATUS_UNSUPPORTED);
  EXPECT_NE(TestHost::take_text(), "");
  EXPECT_EQ(made, nullptr);
}

// proves BP-STREAM-10
TEST_F(Streams, TakeWorkBehindAShutGateAndDoItInOrderOnceItOpens) {
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  char target[9] = "........";
  ASSERT_EQ(write(stream, 0, "abcd"), BP_OK);
  ASSERT_EQ(kMemoryApi.copy(stream.get(), buffer_, 4, buffer_, 0, 4), BP_OK);
  ASSERT_EQ(kMemoryApi.fill(stream.get(), buffer_, 0, 2, "x", 1), BP_OK);
  ASSERT_EQ(kMemoryApi.read(stream.get(), buffer_, 0, target, 8), BP_OK);
  ASSERT_EQ(write(stream, 0, "late"), BP_OK);
  EXPECT_EQ(stream.synchronize(0), BP_STATUS_TIMEOUT);
  EXPECT_EQ(contents(8), "........");
  gate.open();
  ASSERT_EQ(stream.synchronize(), BP_OK);
  EXPECT_STREQ(target, "xxcdabcd");
  EXPECT_EQ(contents(8), "lateabcd");
}

// proves BP-MEM-3
// proves BP-MEM-7
TEST_F(Streams, HaveReadWhatTheyWereGivenWhenTheCallReturns) {
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  std::string source = "source";
  std::string pattern = "12";
  ASSERT_EQ(write(stream, 0, source), BP_OK);
  ASSERT_EQ(kMemoryApi.fill(stream.get(), buffer_, 6, 4, pattern.data(), 2), BP_OK);
  source.assign(6, '!');
  pattern.assign(2, '!');
  gate.open();
  ASSERT_EQ(stream.synchronize(), BP_OK);
  EXPECT_EQ(contents(10), "source1212");
}

// proves BP-STREAM-2
// proves BP-STREAM-15
TEST_F(Streams, SayTimeoutNotBeforeItsTimeAndGoOn) {
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  ASSERT_EQ(write(stream, 0, "done"), BP_OK);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(stream.synchronize(20'000'000), BP_STATUS_TIMEOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  EXPECT_EQ(contents(4), "....");
  gate.open();
  EXPECT_EQ(stream.synchronize(UINT64_MAX), BP_OK);
  EXPECT_EQ(contents(4), "done");
}

// proves BP-STREAM-14
TEST_F(Streams, AreDestroyedAfterTheirWorkAndTheirHostCalls) {
  Calls calls;
  std::thread opener;
  {
    const TestStream stream(device_);
    auto gate = std::make_unique<Gate>(device_, stream);
    ASSERT_EQ(write(stream, 0, "work"), BP_OK);
    calls.give(stream, 1);
    opener = std::thread([gate = std::move(gate)] { gate->open(); });
  }
  EXPECT_EQ(contents(4), "work");
  EXPECT_EQ(calls.seen(), (Seen{{1, BP_OK}}));
  opener.join();
}

// proves BP-STREAM-1
// proves BP-STREAM-7
// proves BP-STREAM-8
TEST_F(Streams, StayFailedAndTellEveryoneInTheSameWords) {
  Calls calls;
  const TestEvent before(device_);
  const TestEvent after(device_);
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  ASSERT_EQ(write(stream, 0, "skip"), BP_OK);
  gate.open(BP_STATUS_OUT_OF_MEMORY);
  for (int round = 0; round < 2; ++round) {
    TestHost::take_text();
    EXPECT_EQ(stream.synchronize(), BP_STATUS_OUT_OF_MEMORY);
    EXPECT_EQ(TestHost::take_text(), "the host signalled an event with OUT_OF_MEMORY");
  }
  calls.give(stream, 1);
  EXPECT_EQ(after.record(stream), BP_OK);
  EXPECT_EQ(after.synchronize(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(TestHost::take_text(), "the host signalled an event with OUT_OF_MEMORY");
  EXPECT_EQ(after.query(), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(calls.seen(), (Seen{{1, BP_STATUS_OUT_OF_MEMORY}}));
  EXPECT_EQ(contents(4), "....");
}

TEST_F(Streams, DoNotWaitForAnEventOnceTheyHaveFailed) {
  const TestStream stream(device_);
  const Gate first(device_, stream);
  const Gate never_opened(device_, stream);
  first.open(BP_STATUS_INTERNAL);
  EXPECT_EQ(stream.synchronize(), BP_STATUS_INTERNAL);
}

// proves BP-STREAM-24
TEST_F(Streams, WaitForAHostCallToReturn) {
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  std::pair<const char*, std::string> look = {bytes_of(buffer_), ""};
  const auto call = [](void* argument, bp_status_t) {
    auto& looking = *static_cast<decltype(look)*>(argument);
    std::this_thread::yield();
    looking.second.assign(looking.first, 4);
  };
  ASSERT_EQ(streams().host_call(stream.get(), call, &look), BP_OK);
  ASSERT_EQ(write(stream, 0, "next"), BP_OK);
  gate.open();
  ASSERT_EQ(stream.synchronize(), BP_OK);
  EXPECT_EQ(look.second, "....");
}

// Gives work on another thread until `limit` pieces were taken behind a shut gate; no more than
// `most` ever are.
void expect_taken(const OpenDevice& device, uint64_t limit, uint64_t most, uint64_t in_all,
                  const std::function<void(const TestStream&)>& give) {
  const TestStream stream(device);
  const Gate gate(device, stream);
  std::atomic<uint64_t> taken{0};
  std::thread giver([&] {
    for (uint64_t i = 0; i < in_all; ++i) {
      give(stream);
      ++taken;
    }
  });
  while (taken < limit) std::this_thread::yield();
  EXPECT_LE(taken, most);
  gate.open();
  giver.join();
  EXPECT_EQ(stream.synchronize(), BP_OK);
}

TEST_F(Streams, TakeAsManyPiecesAsTheDeviceSaysAndFewMore) {
  expect_taken(device_, kStreamDepth, kStreamDepth, kStreamDepth + 100,
               [&](const TestStream& stream) { EXPECT_EQ(write(stream, 0, "x"), BP_OK); });
}

TEST_F(Streams, CaptureAsManyBytesAsTheDeviceSaysAndFewMore) {
  constexpr uint64_t kPiece = kCaptureSize / 16;
  const std::string source(kPiece, 'x');
  bp_buffer_t* large = device_.buffer(kPiece);
  expect_taken(device_, 16, 16, 20, [&](const TestStream& stream) {
    EXPECT_EQ(kMemoryApi.write(stream.get(), large, 0, source.data(), kPiece), BP_OK);
  });
  kMemoryApi.buffer_destroy(large);
}

TEST_F(Streams, TakeOneWriteOfMoreThanTheyCapture) {
  const std::string source(kCaptureSize + 5, 'x');
  bp_buffer_t* large = device_.buffer(source.size());
  const TestStream stream(device_);
  EXPECT_EQ(kMemoryApi.write(stream.get(), large, 0, source.data(), source.size()), BP_OK);
  EXPECT_EQ(stream.synchronize(), BP_OK);
  EXPECT_EQ(bytes_of(large)[source.size() - 1], 'x');
  kMemoryApi.buffer_destroy(large);
}

// proves BP-STREAM-12
TEST_F(Streams, StaySoundWhenTheHostHasNoMemoryForACall) {
  const TestStream stream(device_);
  const TestEvent event(device_);
  const std::function<bp_status_t()> calls[] = {
      [&] { return write(stream, 0, "lost"); },
      [&] { return kMemoryApi.fill(stream.get(), buffer_, 0, 4, "x", 1); },
      [&] { return event.record(stream); },
      [&] {
        return streams().host_call(
            stream.get(), [](void*, bp_status_t) { ADD_FAILURE(); }, nullptr);
      },
  };
  for (const auto& call : calls) {
    device_.host.fail_allocation(0);
    EXPECT_EQ(call(), BP_STATUS_OUT_OF_MEMORY);
    EXPECT_NE(TestHost::take_text(), "");
    EXPECT_EQ(stream.synchronize(), BP_OK);
  }
  EXPECT_EQ(contents(4), "....");
  EXPECT_EQ(event.query(), BP_OK);  // never recorded
}

TEST_F(Streams, GiveBackAllTheyCapturedBeforeTheySayTheyAreDone) {
  const TestStream stream(device_);
  const int64_t before = device_.host.live_blocks();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(write(stream, 0, "abc"), BP_OK);
  ASSERT_EQ(stream.synchronize(), BP_OK);
  EXPECT_EQ(device_.host.live_blocks(), before);
}

TEST_F(Streams, MayBeSynchronizedFromSeveralThreadsAtOnce) {
  const TestStream stream(device_);
  const Gate gate(device_, stream);
  ASSERT_EQ(write(stream, 0, "done"), BP_OK);
  std::vector<std::thread> waiting;
  waiting.reserve(3);
  for (int i = 0; i < 3; ++i)
    waiting.emplace_back([&] {
      EXPECT_EQ(stream.synchronize(), BP_OK);
      EXPECT_EQ(contents(4), "done");
    });
  gate.open();
  for (std::thread& thread : waiting) thread.join();
}

}  // namespace
}  // namespace backplane::cpu::testing
