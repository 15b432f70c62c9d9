// The host's faults with threads: a call of the plugin's waits until the test lets it go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr uint64_t kForEver = UINT64_MAX;
constexpr bp_status_t kInvalid = BP_STATUS_INVALID_ARGUMENT;
constexpr char kByte = 1;

struct Held {
  std::promise<void> is_inside;
  std::promise<void> go_on;
};
Held* held = nullptr;

bp_status_t held_write(bp_stream_t*, bp_buffer_t*, uint64_t, const void*, uint64_t) {
  held->is_inside.set_value();
  held->go_on.get_future().wait();
  return BP_OK;
}

class ThreadFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    held = &held_;
    checked_.plugin().memory.write = held_write;
    checked_.start();
    device_ = checked_.device(fake::kAsynchronous);
    stream_ = checked_.make_stream(device_);
    buffer_ = checked_.make_buffer(device_);
    thread_ = std::thread(
        [this] { EXPECT_EQ(checked_.memory().write(stream_, buffer_, 0, &kByte, 1), BP_OK); });
    held_.is_inside.get_future().wait();
  }
  void let_go_on() {
    held_.go_on.set_value();
    thread_.join();
  }
  void TearDown() override {
    checked_.memory().buffer_destroy(buffer_);
    checked_.stream().stream_destroy(stream_);
    EXPECT_THAT(checked_.take_violations(), IsEmpty());
  }

  Held held_;
  Checked checked_;
  bp_device_t* device_ = nullptr;
  bp_stream_t* stream_ = nullptr;
  bp_buffer_t* buffer_ = nullptr;
  std::thread thread_;
};

// proves BP-HOST-11
TEST_F(ThreadFaults, OneThreadAtATimeGivesWorkToAStream) {
  char byte = 0;
  EXPECT_EQ(checked_.memory().read(stream_, buffer_, 0, &byte, 1), kInvalid);
  EXPECT_THAT(
      checked_.take_violations(),
      ElementsAre(MatchesRegex("BP-HOST-11 read: stream [0-9]+ is in write on another thread")));
  bp_stream_t* other = checked_.make_stream(device_);
  EXPECT_EQ(checked_.memory().read(other, buffer_, 0, &byte, 1), BP_OK);
  EXPECT_EQ(checked_.stream().stream_synchronize(other, kForEver), BP_OK);
  EXPECT_EQ(checked_.stream().stream_synchronize(stream_, kForEver), BP_OK);  // any thread
  checked_.stream().stream_destroy(other);
  let_go_on();
}

// proves BP-HOST-11
TEST_F(ThreadFaults, AStreamIsNotDestroyedWhileACallHasIt) {
  checked_.stream().stream_destroy(stream_);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex(
                  "BP-HOST-11 stream_destroy: stream [0-9]+ is in write on another thread")));
  let_go_on();
}

// proves BP-HOST-2
TEST_F(ThreadFaults, ABufferIsNotDestroyedWhileACallHasIt) {
  checked_.memory().buffer_destroy(buffer_);
  EXPECT_THAT(checked_.take_violations(),
              ElementsAre(MatchesRegex(
                  "BP-HOST-2 buffer_destroy: buffer [0-9]+ is in write on another thread")));
  let_go_on();
}

bp_status_t held_launch(bp_kernel_t*, bp_stream_t*, const bp_tensor_t*, const bp_tensor_t*,
                        const bp_tensor_t*) {
  return held_write(nullptr, nullptr, 0, nullptr, 0);
}

// proves BP-HOST-5
TEST(HostFaults, AKernelIsNotDestroyedWhileACallHasIt) {
  Held holding;
  held = &holding;
  Checked checked;
  checked.plugin().kernel.launch = held_launch;
  checked.start();
  bp_kernel_t* kernel = checked.make_kernel(checked.device(), "Add", 0);
  const bp_tensor_t empty[2] = {fake::tensor(nullptr, 0, 0), fake::tensor(nullptr, 0, 0)};
  std::thread thread(
      [&] { EXPECT_EQ(checked.kernel().launch(kernel, nullptr, empty, empty, nullptr), BP_OK); });
  holding.is_inside.get_future().wait();
  checked.kernel().kernel_destroy(kernel);
  holding.go_on.set_value();
  thread.join();
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(MatchesRegex("BP-HOST-5 kernel_destroy: kernel [0-9]+ \\(Add\\) is in "
                                       "launch on another thread")));
  checked.kernel().kernel_destroy(kernel);
}

bp_status_t held_record(bp_event_t*, bp_stream_t*) {
  return held_write(nullptr, nullptr, 0, nullptr, 0);
}

// proves BP-HOST-11
TEST(HostFaults, OneThreadAtATimeRecordsAnEvent) {
  Held holding;
  held = &holding;
  Checked checked;
  checked.plugin().stream.event_record = held_record;
  checked.start();
  bp_device_t* device = checked.device(fake::kAsynchronous);
  bp_stream_t* one = checked.make_stream(device);
  bp_stream_t* two = checked.make_stream(device);
  bp_event_t* event = checked.make_event(device);
  std::thread thread([&] { EXPECT_EQ(checked.stream().event_record(event, one), BP_OK); });
  holding.is_inside.get_future().wait();
  EXPECT_EQ(checked.stream().event_record(event, two), kInvalid);
  holding.go_on.set_value();
  thread.join();
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(MatchesRegex(
                  "BP-HOST-11 event_record: event [0-9]+ is in event_record on another thread")));
  checked.stream().event_destroy(event);
  checked.stream().stream_destroy(one);
  checked.stream().stream_destroy(two);
}

}  // namespace
}  // namespace backplane::check
