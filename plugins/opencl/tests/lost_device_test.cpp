// A device that goes away: everything that would reach it answers so, nobody waits for it, and what
// was made of it can be ended. [BP-DEVICE-1] [BP-DEVICE-2]
#include <atomic>
#include <thread>

#include "plugin_test.hpp"

namespace backplane::opencl::tests {
namespace {

using testing::HasSubstr;

constexpr int32_t kNotAvailable = -2;

// What a driver says of a device that is gone: all that would need it.
void lose_device() {
  for (const char* function : {"clEnqueue*", "clFlush", "clFinish", "clCreate*", "clBuildProgram"})
    the_layer().fail_from(function, 1, kNotAvailable);
}

class LostDevice : public PluginTest {
 protected:
  void SetUp() override {
    PluginTest::SetUp();
    if (device_ == nullptr) return;
    stream_ = stream(device_);
    marked_ = event(device_);
    adds_ = kernel(device_);
    from_ = buffer(device_);
    to_ = buffer(device_);
    staging_ = buffer(device_, BP_MEMORY_STAGING);
    ASSERT_EQ(streams().event_record(marked_.get(), stream_.get()), BP_OK);
    ASSERT_EQ(streams().stream_synchronize(stream_.get(), UINT64_MAX), BP_OK);
  }
  void TearDown() override {
    end();
    PluginTest::TearDown();
  }
  void end() {
    stream_.reset();
    marked_.reset();
    adds_.reset();
    from_.reset();
    to_.reset();
    staging_.reset();
  }
  // Gives a write that ends, and of which nobody hears: the memory that it works in may go.
  void write_unheard() {
    static const char bytes[kBytes] = {};
    the_layer().stall();
    the_layer().watch_commands(true);
    ASSERT_EQ(memory().write(stream_.get(), to_.get(), 0, bytes, kBytes), BP_OK);
    ASSERT_EQ(streams().event_record(marked_.get(), stream_.get()), BP_OK);  // flushes
    while (the_layer().watched_commands(nullptr, 0) < 2) std::this_thread::yield();
    the_layer().watch_commands(false);
  }
  bp_status_t add() { return launch(adds_.get(), stream_.get(), from_.get(), to_.get()); }

  // Every function but destroys and closes.
  void expect_all_lost() {
    const auto is_lost = [this](bp_status_t status, const char* function) {
      EXPECT_EQ(status, BP_STATUS_DEVICE_LOST) << function;
      EXPECT_THAT(host_.explained(), HasSubstr("CL_DEVICE_NOT_AVAILABLE")) << function;
    };
    expect_memory_lost(is_lost);
    expect_streams_lost(is_lost);
    bp_kernel_t* no_kernel = nullptr;
    is_lost(make_kernel(device_, "Relu", &no_kernel), "kernel_create");
    is_lost(add(), "launch");
  }
  template <class IsLost>
  void expect_memory_lost(IsLost is_lost) {
    char bytes[kBytes] = {};
    bp_buffer_t* no_buffer = nullptr;
    void* no_pointer = nullptr;
    uint64_t no_handle = 0;
    is_lost(memory().buffer_create(device_, BP_MEMORY_DEVICE, 64, &no_buffer), "buffer_create");
    is_lost(memory().write(stream_.get(), to_.get(), 0, bytes, kBytes), "write");
    is_lost(memory().read(stream_.get(), to_.get(), 0, bytes, kBytes), "read");
    is_lost(memory().copy(stream_.get(), to_.get(), 0, from_.get(), 0, kBytes), "copy");
    is_lost(memory().fill(stream_.get(), to_.get(), 0, kBytes, "a", 1), "fill");
    is_lost(memory().map(staging_.get(), &no_pointer), "map");
    is_lost(memory().buffer_export(to_.get(), BP_HANDLE_NATIVE, &no_handle), "buffer_export");
  }
  template <class IsLost>
  void expect_streams_lost(IsLost is_lost) {
    bp_stream_t* no_stream = nullptr;
    bp_event_t* no_event = nullptr;
    const auto nothing = [](void*, bp_status_t) {};
    is_lost(streams().stream_create(device_, 0, &no_stream), "stream_create");
    is_lost(streams().stream_synchronize(stream_.get(), UINT64_MAX), "stream_synchronize");
    is_lost(streams().event_create(device_, 0, &no_event), "event_create");
    is_lost(streams().event_record(marked_.get(), stream_.get()), "event_record");
    is_lost(streams().event_wait(marked_.get(), stream_.get()), "event_wait");
    is_lost(streams().event_query(marked_.get()), "event_query");
    is_lost(streams().event_synchronize(marked_.get(), UINT64_MAX), "event_synchronize");
    is_lost(streams().host_call(stream_.get(), nothing, nullptr), "host_call");
  }

  Owned<bp_stream_t> stream_{nullptr, nullptr};
  Owned<bp_event_t> marked_{nullptr, nullptr};
  Owned<bp_kernel_t> adds_{nullptr, nullptr};
  Owned<bp_buffer_t> from_{nullptr, nullptr}, to_{nullptr, nullptr}, staging_{nullptr, nullptr};
};

TEST_F(LostDevice, SaysSoAtTheFirstCallThatReachesIt) {
  lose_device();
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel: CL_DEVICE_NOT_AVAILABLE"));
}

// Once is for good, even when the driver seems to have come back.
// proves BP-DEVICE-2
TEST_F(LostDevice, SaysSoAtEveryCallFromThenOn) {
  the_layer().fail("clEnqueueNDRangeKernel", 1, kNotAvailable);
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  expect_all_lost();
}

TEST_F(LostDevice, IsSeenInACommandThatEndsSo) {
  the_layer().fail_command("clEnqueueNDRangeKernel", 1, kNotAvailable);
  EXPECT_EQ(add(), BP_OK);
  EXPECT_EQ(streams().stream_synchronize(stream_.get(), UINT64_MAX), BP_STATUS_DEVICE_LOST);
  expect_all_lost();
}

// The host may say these words itself, and means its own work.
TEST_F(LostDevice, IsNotLostBecauseTheHostSignalsThatStatus) {
  const auto gate = event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_EQ(streams().event_wait(gate.get(), stream_.get()), BP_OK);
  ASSERT_EQ(streams().event_signal(gate.get(), BP_STATUS_DEVICE_LOST), BP_OK);
  EXPECT_EQ(streams().stream_synchronize(stream_.get(), UINT64_MAX), BP_STATUS_DEVICE_LOST);
  expect_works(device_);
}

// Everything ends while the driver still refuses; TearDown looks for what is left.
TEST_F(LostDevice, IsEndedAndOpenedAgain) {
  lose_device();
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  end();
  plugin_->device_close(device_);
  device_ = nullptr;
  EXPECT_EQ(live_objects(), "");
  bp_device_t* again = nullptr;
  EXPECT_EQ(plugin_->device_open(host_.table(), 0, nullptr, 0, &again), BP_STATUS_DEVICE_LOST);
  EXPECT_THAT(host_.explained(), HasSubstr("clCreateContext"));
  the_layer().heal();
  device_ = open();
  expect_works(device_);
}

TEST_F(LostDevice, IsOpenedAgainBesideTheOneThatIsLost) {
  lose_device();
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  the_layer().heal();
  bp_device_t* again = open();
  expect_works(again);
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  plugin_->device_close(again);
}

// The driver has told one open; the others have not met it. Whoever waits on them is told, too.
// proves BP-DEVICE-2
TEST_F(LostDevice, IsLostForEveryOpen) {
  bp_device_t* other = open();
  {
    const auto waited_for = stream(other);
    const auto reached = event(other);
    const auto to = buffer(other);
    static const char bytes[kBytes] = {};
    the_layer().stall();
    ASSERT_EQ(memory().write(waited_for.get(), to.get(), 0, bytes, kBytes), BP_OK);
    ASSERT_EQ(streams().event_record(reached.get(), waited_for.get()), BP_OK);
    bp_status_t awaited = BP_OK;
    const uint64_t callbacks = the_layer().calls("clSetEventCallback");
    std::thread waiter([&] { awaited = streams().event_synchronize(reached.get(), UINT64_MAX); });
    while (the_layer().calls("clSetEventCallback") == callbacks) std::this_thread::yield();
    the_layer().fail("clEnqueueNDRangeKernel", 1, kNotAvailable);
    EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
    waiter.join();
    EXPECT_EQ(awaited, BP_STATUS_DEVICE_LOST);
    the_layer().heal();
    bp_stream_t* no_stream = nullptr;
    EXPECT_EQ(streams().stream_create(other, 0, &no_stream), BP_STATUS_DEVICE_LOST);
    EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel: CL_DEVICE_NOT_AVAILABLE"));
  }
  plugin_->device_close(other);
}

// Nobody has asked anything when the stream ends: only its end meets the driver.
TEST_F(LostDevice, IsSeenByAStreamThatEnds) {
  write_unheard();
  lose_device();
  stream_.reset();
}

struct Told {
  std::atomic<int> calls{0};
  std::atomic<bp_status_t> status{BP_OK};
};
void tell(void* told, bp_status_t status) {
  static_cast<Told*>(told)->status = status;
  ++static_cast<Told*>(told)->calls;
}

// Work that the device never ends: whoever waits is told, host calls come, ends do not wait, and a
// driver that calls back after all finds nobody.
// proves BP-DEVICE-1
TEST_F(LostDevice, KeepsNobodyWaiting) {
  Told told;
  write_unheard();
  ASSERT_EQ(streams().host_call(stream_.get(), tell, &told), BP_OK);
  ASSERT_EQ(streams().event_record(marked_.get(), stream_.get()), BP_OK);
  bp_status_t awaited = BP_OK;
  const uint64_t callbacks = the_layer().calls("clSetEventCallback");
  std::thread waiter([&] { awaited = streams().event_synchronize(marked_.get(), UINT64_MAX); });
  while (the_layer().calls("clSetEventCallback") == callbacks) std::this_thread::yield();
  EXPECT_EQ(told.calls, 0);
  lose_device();
  EXPECT_EQ(add(), BP_STATUS_DEVICE_LOST);
  waiter.join();
  EXPECT_EQ(awaited, BP_STATUS_DEVICE_LOST);
  EXPECT_EQ(told.calls, 1);
  EXPECT_EQ(told.status, BP_STATUS_DEVICE_LOST);
  end();
  plugin_->device_close(device_);
  device_ = nullptr;
  the_layer().heal();  // callbacks held back come now
  EXPECT_EQ(told.calls, 1);
}

// The host's part of an end: what waits for its events is let go.
TEST_F(LostDevice, TakesSignalsThatStreamsWaitFor) {
  const auto gate = event(device_, BP_EVENT_FLAG_HOST_SIGNALED);
  ASSERT_EQ(streams().event_wait(gate.get(), stream_.get()), BP_OK);
  ASSERT_EQ(add(), BP_OK);
  the_layer().fail("clFlush", 1, kNotAvailable);
  EXPECT_EQ(streams().stream_synchronize(stream_.get(), UINT64_MAX), BP_STATUS_DEVICE_LOST);
  EXPECT_EQ(streams().event_signal(gate.get(), BP_OK), BP_STATUS_DEVICE_LOST);
  stream_.reset();  // would wait for the gate
}

}  // namespace
}  // namespace backplane::opencl::tests
