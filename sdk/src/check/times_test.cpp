#include "check/times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace backplane::check {
namespace {

using std::chrono::nanoseconds;
using ::testing::IsEmpty;

TEST(Times, ComeTheLongestInAllFirst) {
  Times times;
  EXPECT_THAT(times.by_total(), IsEmpty());
  times.add(Function::kWrite, nanoseconds(7));
  times.add(Function::kLaunch, nanoseconds(5));
  times.add(Function::kLaunch, nanoseconds(1));
  times.add(Function::kLaunch, nanoseconds(3));
  const std::vector<CallTime> all = times.by_total();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_STREQ(all[0].function, "launch");
  EXPECT_EQ(all[0].calls, 3u);
  EXPECT_EQ(all[0].total_ns, 9u);
  EXPECT_EQ(all[0].longest_ns, 5u);
  EXPECT_STREQ(all[1].function, "write");
  EXPECT_EQ(all[1].calls, 1u);
}

TEST(Times, OfSeveralThreadsAreAllCounted) {
  Times times;
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kCalls = 20000;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&times, thread] {
      for (uint64_t i = 0; i < kCalls; ++i)
        times.add(Function::kLaunch, nanoseconds(kThreads * i + thread));
    });
  for (std::thread& thread : threads) thread.join();
  const std::vector<CallTime> all = times.by_total();
  ASSERT_EQ(all.size(), 1u);
  constexpr uint64_t kAll = kThreads * kCalls;
  EXPECT_EQ(all[0].calls, kAll);
  EXPECT_EQ(all[0].total_ns, kAll * (kAll - 1) / 2);  // each number below kAll once
  EXPECT_EQ(all[0].longest_ns, kAll - 1);
}

TEST(Times, AreWrittenWithThreeDigits) {
  EXPECT_EQ(text_of({"launch", 10000, 12'345'678, 402'000}),
            "launch  10,000 calls  12.3 ms  longest 402 us");
  EXPECT_EQ(text_of({"device_open", 1, 999, 999}), "device_open  1 call  999 ns  longest 999 ns");
  EXPECT_EQ(text_of({"write", 1234567, 999'600, 1000}),
            "write  1,234,567 calls  1.00 ms  longest 1.00 us");
  EXPECT_EQ(text_of({"read", 100, 7'200'000'000'000, 9'996}),
            "read  100 calls  7200 s  longest 10.0 us");
}

}  // namespace
}  // namespace backplane::check
