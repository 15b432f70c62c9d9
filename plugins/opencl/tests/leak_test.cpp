// Open, use everything, close: what a thousand rounds leave behind.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "plugin_test.hpp"

namespace backplane::opencl::tests {
namespace {

class Leak : public PluginTest {
 protected:
  // Work of every kind, which is still going on when its streams end.
  void use(bp_device_t* on) {
    auto first = stream(on, BP_STREAM_FLAG_TIMED);
    auto second = stream(on);
    const auto timed = event(on, BP_EVENT_FLAG_TIMED);
    const auto gate = event(on, BP_EVENT_FLAG_HOST_SIGNALED);
    const auto adds = kernel(on);
    const auto from = buffer(on);
    const auto to = buffer(on);
    const auto staging = buffer(on, BP_MEMORY_STAGING);
    std::vector<float> values(kCount, 21);
    EXPECT_EQ(streams().event_wait(gate.get(), first.get()), BP_OK);
    EXPECT_EQ(memory().write(first.get(), from.get(), 0, values.data(), kBytes), BP_OK);
    EXPECT_EQ(launch(adds.get(), first.get(), from.get(), to.get()), BP_OK);
    EXPECT_EQ(streams().event_record(timed.get(), first.get()), BP_OK);
    EXPECT_EQ(streams().event_wait(timed.get(), second.get()), BP_OK);
    EXPECT_EQ(memory().copy(second.get(), staging.get(), 0, to.get(), 0, kBytes), BP_OK);
    const auto add_one = [](void* calls, bp_status_t) { ++*static_cast<int*>(calls); };
    EXPECT_EQ(streams().host_call(second.get(), add_one, &host_calls_), BP_OK);
    EXPECT_EQ(memory().read(second.get(), to.get(), 0, values.data(), kBytes), BP_OK);
    EXPECT_EQ(streams().event_signal(gate.get(), BP_OK), BP_OK);
    second.reset();
    EXPECT_EQ(values[0], 42.0f);
    EXPECT_EQ(launch(adds.get(), first.get(), from.get(), to.get()), BP_OK);
    first.reset();  // before its buffers
  }

  int host_calls_ = 0;
};

TEST_F(Leak, NothingIsLeftOfManyOpens) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr int kRounds = 100;  // 1,000 take a minute
#else
  constexpr int kRounds = 1000;
#endif
  const std::string kept = std::string(std::getenv("XDG_CACHE_HOME")) + "/kept";
  const std::string before = live_objects();
  const uint64_t bytes_before = host_.live_bytes();
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    bp_device_t* opened = open(kept);
    use(opened);
    plugin_->device_close(opened);
    ASSERT_EQ(live_objects(), before) << "after round " << round;
    ASSERT_EQ(host_.live_bytes(), bytes_before) << "after round " << round;
  }
  EXPECT_EQ(host_calls_, kRounds);
}

TEST_F(Leak, NothingIsLeftOfAThousandUsesOfOneOpen) {
  use(device_);
  const std::string before = live_objects();
  const uint64_t bytes_before = host_.live_bytes();
  for (int round = 0; round < 1000 && !HasFailure(); ++round) {
    use(device_);
    ASSERT_EQ(live_objects(), before) << "after round " << round;
    ASSERT_EQ(host_.live_bytes(), bytes_before) << "after round " << round;
  }
}

// The end of a stream waits for callbacks, too: they hold what was captured.
TEST_F(Leak, NothingIsLeftOfAStreamWhoseDriverCallsBackLate) {
  auto given_to = stream(device_);
  const auto to = buffer(device_);
  const uint64_t bytes_before = host_.live_bytes();
  const std::vector<float> values(kCount);
  the_layer().stall();
  ASSERT_EQ(memory().write(given_to.get(), to.get(), 0, values.data(), kBytes), BP_OK);
  EXPECT_GT(host_.live_bytes(), bytes_before);
  std::thread driver([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    the_layer().heal();
  });
  given_to.reset();
  EXPECT_LE(host_.live_bytes(), bytes_before);
  driver.join();
}

// What each has waited for hangs on the other, and nobody asks what became of it.
TEST_F(Leak, NothingIsLeftOfStreamsThatWaitedForEachOther) {
  auto first = stream(device_);
  auto second = stream(device_);
  const auto gate = event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  const auto of_first = event(device_);
  const auto of_second = event(device_);
  EXPECT_EQ(streams().event_wait(gate.get(), first.get()), BP_OK);
  EXPECT_EQ(streams().event_record(of_first.get(), first.get()), BP_OK);
  EXPECT_EQ(streams().event_wait(of_first.get(), second.get()), BP_OK);
  EXPECT_EQ(streams().event_record(of_second.get(), second.get()), BP_OK);
  EXPECT_EQ(streams().event_wait(of_second.get(), first.get()), BP_OK);
  EXPECT_EQ(streams().event_signal(gate.get(), BP_OK), BP_OK);
}

}  // namespace
}  // namespace backplane::opencl::tests
