// Commands that the driver takes and the device fails: their events end with a negative status,
// and nothing else says so.
#include "plugin_test.hpp"

namespace backplane::opencl::tests {
namespace {

using testing::HasSubstr;

constexpr int32_t kOutOfResources = -5;

class FailedCommand : public PluginTest {
 protected:
  void SetUp() override {
    PluginTest::SetUp();
    if (device_ == nullptr) return;
    stream_ = stream(device_);
    adds_ = kernel(device_);
    from_ = buffer(device_);
    to_ = buffer(device_);
  }
  void TearDown() override {
    stream_.reset();
    adds_.reset();
    from_.reset();
    to_.reset();
    PluginTest::TearDown();
  }
  bp_status_t add(bp_stream_t* on) { return launch(adds_.get(), on, from_.get(), to_.get()); }
  bp_status_t synchronize(bp_stream_t* which) {
    return streams().stream_synchronize(which, UINT64_MAX);
  }
  // Adds on stream_, and the device fails it.
  void fail_one() {
    the_layer().fail_command("clEnqueueNDRangeKernel", 1, kOutOfResources);
    EXPECT_EQ(add(stream_.get()), BP_OK) << host_.explained();
  }

  Owned<bp_stream_t> stream_{nullptr, nullptr};
  Owned<bp_kernel_t> adds_{nullptr, nullptr};
  Owned<bp_buffer_t> from_{nullptr, nullptr}, to_{nullptr, nullptr};
};

TEST_F(FailedCommand, FailsItsStreamForGoodWithAText) {
  fail_one();
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5)"));
  the_layer().heal();
  add(stream_.get());  // may be refused
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel"));
}

// More than the plugin keeps in mind at once, and the failed one in the middle.
TEST_F(FailedCommand, IsSeenAmongManyThatWereDone) {
  the_layer().fail_command("clEnqueueNDRangeKernel", 500, kOutOfResources);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(add(stream_.get()), BP_OK) << host_.explained();
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
}

TEST_F(FailedCommand, IsCarriedByEventsRecordedAfterItAndNoneBefore) {
  const auto before = event(device_);
  const auto after = event(device_);
  const auto later = event(device_);
  add(stream_.get());
  ASSERT_EQ(streams().event_record(before.get(), stream_.get()), BP_OK);
  fail_one();
  ASSERT_EQ(streams().event_record(after.get(), stream_.get()), BP_OK);
  add(stream_.get());
  ASSERT_EQ(streams().event_record(later.get(), stream_.get()), BP_OK);
  EXPECT_EQ(streams().event_synchronize(later.get(), UINT64_MAX), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(streams().event_synchronize(before.get(), UINT64_MAX), BP_OK) << host_.explained();
  EXPECT_EQ(streams().event_query(before.get()), BP_OK);
  EXPECT_EQ(streams().event_query(after.get()), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel"));
  stream_.reset();
  EXPECT_EQ(streams().event_query(after.get()), BP_STATUS_OUT_OF_MEMORY);
}

TEST_F(FailedCommand, LeavesOtherStreamsAsTheyAre) {
  fail_one();
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
  expect_works(device_);
}

TEST_F(FailedCommand, FailsStreamsThatWaitForIt) {
  const auto waiting = stream(device_);
  const auto after = event(device_);
  fail_one();
  ASSERT_EQ(streams().event_record(after.get(), stream_.get()), BP_OK);
  ASSERT_EQ(streams().event_wait(after.get(), waiting.get()), BP_OK);
  add(waiting.get());
  EXPECT_EQ(synchronize(waiting.get()), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_THAT(host_.explained(), HasSubstr("clEnqueueNDRangeKernel"));
}

// Each waits for the other once, and neither is asked before both have been ended.
TEST_F(FailedCommand, ReachesEventsOfStreamsThatWaitedForEachOther) {
  auto other = stream(device_);
  const auto first = event(device_);
  const auto second = event(device_);
  fail_one();
  ASSERT_EQ(streams().event_record(first.get(), stream_.get()), BP_OK);
  ASSERT_EQ(streams().event_wait(first.get(), other.get()), BP_OK);
  ASSERT_EQ(streams().event_record(second.get(), other.get()), BP_OK);
  ASSERT_EQ(streams().event_wait(second.get(), stream_.get()), BP_OK);
  stream_.reset();
  other.reset();
  EXPECT_EQ(streams().event_query(second.get()), BP_STATUS_OUT_OF_MEMORY);
}

TEST_F(FailedCommand, IsToldToTheHostCallAfterIt) {
  bp_status_t told = BP_OK;
  const auto tell = [](void* told_at, bp_status_t status) {
    *static_cast<bp_status_t*>(told_at) = status;
  };
  fail_one();
  ASSERT_EQ(streams().host_call(stream_.get(), tell, &told), BP_OK);
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(told, BP_STATUS_OUT_OF_MEMORY);
}

TEST_F(FailedCommand, MayBeATransferOfAnyKind) {
  char bytes[kBytes] = {};
  const auto staging = buffer(device_, BP_MEMORY_STAGING);
  const auto expect_seen = [&](const char* function, auto call) {
    const auto given_to = stream(device_);
    the_layer().fail_command(function, 1, kOutOfResources);
    EXPECT_EQ(call(given_to.get()), BP_OK) << host_.explained();
    EXPECT_EQ(synchronize(given_to.get()), BP_STATUS_OUT_OF_MEMORY) << function;
    EXPECT_THAT(host_.explained(), HasSubstr(function));
  };
  expect_seen("clEnqueueWriteBuffer",
              [&](bp_stream_t* on) { return memory().write(on, to_.get(), 0, bytes, kBytes); });
  expect_seen("clEnqueueReadBuffer",
              [&](bp_stream_t* on) { return memory().read(on, from_.get(), 0, bytes, kBytes); });
  expect_seen("clEnqueueFillBuffer",
              [&](bp_stream_t* on) { return memory().fill(on, to_.get(), 0, kBytes, "a", 1); });
  expect_seen("clEnqueueCopyBuffer", [&](bp_stream_t* on) {
    return memory().copy(on, to_.get(), 0, from_.get(), 0, kBytes);
  });
  expect_seen("clEnqueueWriteBuffer", [&](bp_stream_t* on) {
    return memory().copy(on, to_.get(), 0, staging.get(), 0, kBytes);
  });
  expect_seen("clEnqueueReadBuffer", [&](bp_stream_t* on) {
    return memory().copy(on, staging.get(), 0, from_.get(), 0, kBytes);
  });
}

// The driver says of the marker alone that something went wrong.
TEST_F(FailedCommand, MayBeAMarker) {
  the_layer().fail_command("clEnqueueMarkerWithWaitList", 1, kOutOfResources);
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
  the_layer().heal();
  EXPECT_EQ(synchronize(stream_.get()), BP_STATUS_OUT_OF_MEMORY);
}

}  // namespace
}  // namespace backplane::opencl::tests
