// Time per call: the layer measures the plugin, where it is asked to and nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "check/call.hpp"
#include "check/checked.hpp"

namespace backplane::check {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t ns_since(Clock::time_point start) {
  return static_cast<uint64_t>(std::chrono::nanoseconds(Clock::now() - start).count());
}

std::optional<CallTime> time_of(const Checked& checked, const char* function) {
  for (const CallTime& time : checked.times())
    if (std::strcmp(time.function, function) == 0) return time;
  return std::nullopt;
}

uint64_t calls_of(const Checked& checked, const char* function) {
  const std::optional<CallTime> time = time_of(checked, function);
  return time.has_value() ? time->calls : 0;
}

// One device from open to close, with `body` between.
template <class Body>
void use_device(Checked& checked, Body body) {
  bp_device_t* device = checked.device();
  body(device);
  checked.table().device_close(device);
  checked.forget_devices();
  checked.stop();
}

TEST(LayerTimes, CountTheCallsThatReachThePlugin) {
  Checked checked;
  checked.start(true);
  use_device(checked, [&](bp_device_t* device) {
    for (int i = 0; i < 3; ++i) {
      bp_buffer_t* buffer = checked.make_buffer(device);
      EXPECT_EQ(checked.memory().write(nullptr, buffer, 0, "abc", 3), BP_OK);
      checked.memory().buffer_destroy(buffer);
      EXPECT_NE(checked.memory().write(nullptr, buffer, 0, "abc", 3), BP_OK) << "of the host's";
    }
  });
  EXPECT_EQ(calls_of(checked, "device_open"), 1u);
  EXPECT_EQ(calls_of(checked, "device_close"), 1u);
  EXPECT_EQ(calls_of(checked, "buffer_create"), 3u);
  EXPECT_EQ(calls_of(checked, "buffer_destroy"), 3u);
  EXPECT_EQ(calls_of(checked, "write"), 3u);
  EXPECT_FALSE(time_of(checked, "read").has_value());
}

// What the slow function itself saw of the clock.
uint64_t longest_sleep_ns = 0;

bp_status_t slow_write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                       const void* source, uint64_t size) {
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(size));
  longest_sleep_ns = std::max(longest_sleep_ns, ns_since(start));
  return fake::honest_memory().write(stream, target, offset, source, size);
}

TEST(LayerTimes, LieBetweenThoseOfThePluginAndOfTheHost) {
  Checked checked;
  checked.plugin().memory.write = slow_write;
  checked.start(true);
  longest_sleep_ns = 0;
  uint64_t waited_ns = 0;
  use_device(checked, [&](bp_device_t* device) {
    bp_buffer_t* buffer = checked.make_buffer(device);
    const Clock::time_point start = Clock::now();
    for (const uint64_t size : {1, 5, 2}) checked.memory().write(nullptr, buffer, 0, "abcde", size);
    waited_ns = ns_since(start);
    checked.memory().buffer_destroy(buffer);
  });
  const std::optional<CallTime> write = time_of(checked, "write");
  ASSERT_TRUE(write.has_value());
  EXPECT_GE(write->longest_ns, longest_sleep_ns);
  EXPECT_GE(write->total_ns, write->longest_ns);
  EXPECT_LE(write->total_ns, waited_ns);
}

TEST(LayerTimes, OfACallThatThrowsCountToo) {
  Checked checked;
  checked.plugin().memory.host_space = [](bp_device_t*) -> bp_buffer_t* { throw 1; };
  checked.start(true);
  use_device(checked, [&](bp_device_t* device) { checked.memory().host_space(device); });
  EXPECT_EQ(calls_of(checked, "host_space"), 1u);
}

TEST(LayerTimes, ThatNobodyWantsAreNotMeasured) {
  const std::unique_ptr<fake::Tables> tables = fake::honest_tables();
  for (const bool is_wanted : {false, true}) {
    Options options;
    if (is_wanted) options.times = [](const std::vector<CallTime>&) {};
    State state(tables->plugin, options, 0);
    Call(state, Function::kUnload).run([] {});
    EXPECT_EQ(state.times.by_total().size(), is_wanted ? 1u : 0u);
  }
}

}  // namespace
}  // namespace backplane::check
