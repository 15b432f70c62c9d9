// The host's faults: each is named, and does not reach the plugin.
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

// proves BP-HOST-1
TEST(HostFaults, ADeviceIsClosedOnlyWhenNothingOfItLives) {
  Checked checked;
  checked.start();
  bp_device_t* device = checked.device();
  checked.device(fake::kAsynchronous);
  checked.memory().host_space(device);  // the device's own: does not count
  bp_buffer_t* first = checked.make_buffer(device);
  bp_buffer_t* second = checked.make_buffer(device);
  bp_kernel_t* kernel = checked.make_kernel(device, "Add");
  checked.table().device_close(device);
  EXPECT_THAT(
      checked.take_violations(),
      ElementsAre(MatchesRegex("BP-HOST-1 device_close: still alive: 2 buffers, 1 kernel \\(Add\\);"
                               " device [0-9]+ stays open")));
  checked.memory().buffer_destroy(first);
  checked.memory().buffer_destroy(second);
  checked.kernel().kernel_destroy(kernel);
  EXPECT_THAT(checked.take_violations(), IsEmpty());
}

// proves BP-HOST-3
TEST(HostFaults, AnObjectIsNotUsedAfterItsEnd) {
  Checked checked;
  checked.start();
  bp_device_t* device = checked.device();
  bp_buffer_t* buffer = checked.make_buffer(device);
  bp_kernel_t* kernel = checked.make_kernel(device);
  checked.memory().buffer_destroy(buffer);
  checked.kernel().kernel_destroy(kernel);
  EXPECT_EQ(checked.memory().write(nullptr, buffer, 0, &kByte, 1), kInvalid);
  EXPECT_EQ(checked.kernel().kernel_info(kernel), nullptr);
  checked.memory().buffer_destroy(buffer);
  EXPECT_THAT(
      checked.take_violations(),
      ElementsAre(
          MatchesRegex("BP-HOST-3 write: target is buffer [0-9]+, which was destroyed"),
          MatchesRegex("BP-HOST-3 kernel_info: kernel is kernel [0-9]+, which was destroyed"),
          MatchesRegex("BP-HOST-3 buffer_destroy: buffer is buffer [0-9]+, which was destroyed")));
}

// proves BP-HOST-3
TEST(HostFaults, WhatIsNoHandleOfThatKindIsNotFollowed) {
  Checked checked;
  checked.start();
  bp_device_t* device = checked.device();
  int something = 0;
  auto* made_up = reinterpret_cast<bp_buffer_t*>(&something);
  auto* of_other_kind = reinterpret_cast<bp_buffer_t*>(device);
  EXPECT_EQ(checked.memory().write(nullptr, made_up, 0, &kByte, 1), kInvalid);
  EXPECT_EQ(checked.memory().write(nullptr, of_other_kind, 0, &kByte, 1), kInvalid);
  EXPECT_EQ(checked.memory().write(nullptr, nullptr, 0, &kByte, 1), kInvalid);
  EXPECT_THAT(checked.take_violations(),
              ElementsAre("BP-HOST-3 write: target never was a buffer",
                          MatchesRegex("BP-HOST-3 write: target is device [0-9]+, not a buffer"),
                          "BP-HOST-3 write: target is NULL"));
}

// proves BP-HOST-3
TEST(HostFaults, WhatIsMadeFromOneOpenIsUsedWithNoOther) {
  Checked checked;
  checked.start();
  bp_device_t* one = checked.device();
  bp_device_t* two = nullptr;
  ASSERT_EQ(checked.table().device_open(checked.host().table(), 0, nullptr, 0, &two), BP_OK);
  bp_buffer_t* of_one = checked.make_buffer(one);
  bp_buffer_t* of_two = checked.make_buffer(two);
  EXPECT_EQ(checked.memory().copy(nullptr, of_one, 0, of_two, 0, 4), kInvalid);
  bp_stream_t* stream = checked.make_stream(checked.device(fake::kAsynchronous));
  EXPECT_EQ(checked.memory().write(stream, of_one, 0, &kByte, 1), kInvalid);
  EXPECT_THAT(
      checked.take_violations(),
      ElementsAre(MatchesRegex("BP-HOST-3 copy: source is buffer [0-9]+, of device [0-9]+; the "
                               "call is about device [0-9]+"),
                  MatchesRegex("BP-HOST-3 write: stream is stream [0-9]+, of device [0-9]+; the "
                               "call is about device [0-9]+")));
  checked.stream().stream_destroy(stream);
  checked.memory().buffer_destroy(of_one);
  checked.memory().buffer_destroy(of_two);
  checked.table().device_close(two);
}

// proves BP-HOST-3
TEST(HostFaults, AHandleOfAnotherPluginIsKnownForOne) {
  Checked checked;
  Checked other;
  checked.start();
  other.start();
  bp_buffer_t* buffer = other.make_buffer(other.device());
  checked.memory().buffer_destroy(buffer);
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(MatchesRegex(
                  "BP-HOST-3 buffer_destroy: buffer is buffer [0-9]+ of another plugin")));
  other.memory().buffer_destroy(buffer);
  EXPECT_THAT(other.take_violations(), IsEmpty());
}

TEST(HostFaults, ARefusedCallIsExplainedToTheHost) {
  Checked checked;
  checked.start();
  bp_buffer_t* buffer = checked.make_buffer(checked.device());
  EXPECT_EQ(checked.memory().map(buffer, nullptr), kInvalid);
  EXPECT_EQ(checked.host().last_explanation(), "map: out_pointer is NULL");
  EXPECT_THAT(checked.take_violations(), IsEmpty());  // no rule names it
  checked.memory().buffer_destroy(buffer);
}

TEST(HostFaults, NothingOfTheStreamTableReachesASynchronousDevice) {
  Checked checked;
  checked.start();
  bp_stream_t* stream = nullptr;
  EXPECT_EQ(checked.stream().stream_create(checked.device(), 0, &stream), kInvalid);
  EXPECT_EQ(stream, nullptr);
  EXPECT_THAT(checked.host().last_explanation(),
              MatchesRegex("stream_create: device [0-9]+ is synchronous: nothing of the stream "
                           "table is for it"));
}

// proves BP-HOST-9
TEST(HostFaults, HostSpaceIsNeitherDestroyedNorMappedNorExported) {
  Checked checked;
  checked.start();
  bp_buffer_t* space = checked.memory().host_space(checked.device());
  ASSERT_NE(space, nullptr);
  void* pointer = nullptr;
  uint64_t handle = 0;
  checked.memory().buffer_destroy(space);
  EXPECT_EQ(checked.memory().map(space, &pointer), kInvalid);
  EXPECT_EQ(checked.memory().buffer_export(space, BP_HANDLE_HOST_POINTER, &handle), kInvalid);
  const char* rest = ": buffer [0-9]+ is host_space, which belongs to its device";
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(MatchesRegex(std::string("BP-HOST-9 buffer_destroy") + rest),
                          MatchesRegex(std::string("BP-HOST-9 map") + rest),
                          MatchesRegex(std::string("BP-HOST-9 buffer_export") + rest)));
}

// ---- launch

class LaunchFaults : public ::testing::Test {
 protected:
  static constexpr int64_t kCount = 8;

  void SetUp() override {
    checked_.start();
    device_ = checked_.device();
    buffer_ = checked_.make_buffer(device_, 1024);
    kernel_ = checked_.make_kernel(device_, "Add", kCount);
    inputs_[0] = fake::tensor(buffer_, 0, kCount);
    inputs_[1] = fake::tensor(buffer_, 64, kCount);
    output_ = fake::tensor(buffer_, 128, kCount);
  }
  void TearDown() override {
    checked_.kernel().kernel_destroy(kernel_);
    checked_.memory().buffer_destroy(buffer_);
  }
  bp_status_t launch(const bp_tensor_t* scratch = nullptr) {
    return checked_.kernel().launch(kernel_, nullptr, inputs_, &output_, scratch);
  }
  // Refused, with one violation of this text.
  void expect_refused(const std::string& text, const bp_tensor_t* scratch = nullptr) {
    EXPECT_EQ(launch(scratch), kInvalid);
    EXPECT_THAT(checked_.take_violations(), ElementsAre(MatchesRegex(text)));
  }

  Checked checked_;
  bp_device_t* device_ = nullptr;
  bp_buffer_t* buffer_ = nullptr;
  bp_kernel_t* kernel_ = nullptr;
  bp_tensor_t inputs_[2];
  bp_tensor_t output_;
};

// proves BP-HOST-7
TEST_F(LaunchFaults, ATensorLiesInsideItsBuffer) {
  output_.offset = 1024 - 16;
  expect_refused(
      "BP-HOST-7 launch: output 0 \\(float32\\[8\\]\\) is 32 bytes at offset 1008, outside buffer "
      "[0-9]+ of 1024");
  output_.offset = UINT64_MAX - 15;
  expect_refused("BP-HOST-7 launch: output 0 .* outside buffer [0-9]+ of 1024");
}

// proves BP-HOST-7
TEST_F(LaunchFaults, AnOffsetIsAMultipleOfWhatTheDeviceWants) {
  inputs_[1].offset = 72;
  expect_refused(
      "BP-HOST-7 launch: input 1 \\(float32\\[8\\]\\) is at offset 72, no multiple of 16");
}

// proves BP-HOST-7
TEST_F(LaunchFaults, ATensorWithElementsHasABufferAndASize) {
  inputs_[0].buffer = nullptr;
  expect_refused("BP-HOST-7 launch: input 0 has no buffer");
  inputs_[0] = fake::tensor(buffer_, 0, -1);
  expect_refused("BP-HOST-7 launch: input 0 .* has an unknown size in axis 0");
  bp_kernel_t* empty = checked_.make_kernel(device_, "Add", 0);
  inputs_[0] = inputs_[1] = output_ = fake::tensor(nullptr, 0, 0);
  EXPECT_EQ(checked_.kernel().launch(empty, nullptr, inputs_, &output_, nullptr), BP_OK);
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
  checked_.kernel().kernel_destroy(empty);
}

// proves BP-HOST-7
TEST_F(LaunchFaults, StridesReachNoFurtherThanTheBuffer) {
  const int64_t strides[] = {40};
  inputs_[0].strides = strides;  // 7 * 40 + 1 elements
  expect_refused("BP-HOST-7 launch: input 0 .* is 1124 bytes at offset 0, outside .*");
  const int64_t backwards[] = {-1};
  inputs_[0].strides = backwards;
  expect_refused("BP-HOST-7 launch: input 0 .* has the stride -1 in axis 0");
}

// proves BP-HOST-8
TEST_F(LaunchFaults, AnOutputOverlapsAnInputOnlyInPlace) {
  output_.offset = 16;
  expect_refused(
      "BP-HOST-8 launch: output 0 of kernel [0-9]+ \\(Add\\) overlaps input 0 otherwise than "
      "in_place allows");
  output_.offset = 64;
  EXPECT_EQ(launch(), BP_OK);  // input 1, in place
  EXPECT_THAT(checked_.take_violations(), IsEmpty());
}

// proves BP-HOST-8
TEST_F(LaunchFaults, AnOutputSharesMemoryWithOneInputAtATime) {
  inputs_[1].offset = 0;
  EXPECT_EQ(launch(), BP_OK);  // inputs may overlap each other
  output_.offset = 0;
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps two inputs, and may one at a time");
}

// proves BP-HOST-8
TEST_F(LaunchFaults, AnInputTakenInPlaceIsDense) {
  const int64_t strides[] = {0};
  inputs_[0].strides = strides;
  output_.offset = 0;
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps input 0 otherwise .*");
}

// proves BP-HOST-8
TEST_F(LaunchFaults, ScratchOverlapsNothing) {
  bp_tensor_t scratch = {{BP_DTYPE_UINT8, 1, 0, {64}}, buffer_, 512, nullptr, nullptr};
  EXPECT_EQ(launch(&scratch), BP_OK);
  scratch.offset = 144;
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps scratch", &scratch);
  scratch.offset = 0;
  expect_refused("BP-HOST-8 launch: scratch .* overlaps input 0", &scratch);
}

// proves BP-HOST-8
TEST_F(LaunchFaults, TwoBuffersOverTheSameMemoryOverlap) {
  alignas(64) float memory[64] = {};
  const auto address = reinterpret_cast<uintptr_t>(memory);
  bp_buffer_t* imported = nullptr;
  ASSERT_EQ(checked_.memory().buffer_import(device_, BP_HANDLE_HOST_POINTER, address, sizeof memory,
                                            &imported),
            BP_OK);
  inputs_[0] = fake::tensor(imported, 0, kCount);
  output_ = fake::tensor(checked_.memory().host_space(device_), address + 16, kCount);
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps input 0 otherwise .*");
  checked_.memory().buffer_destroy(imported);
}

TEST_F(LaunchFaults, ADeadBufferAmongTheTensorsIsNamed) {
  bp_buffer_t* dead = checked_.make_buffer(device_);
  checked_.memory().buffer_destroy(dead);
  inputs_[1].buffer = dead;
  expect_refused("BP-HOST-3 launch: input 1 is buffer [0-9]+, which was destroyed");
  EXPECT_EQ(checked_.kernel().launch(kernel_, nullptr, nullptr, &output_, nullptr), kInvalid);
  EXPECT_EQ(checked_.host().last_explanation(), "launch: inputs is NULL for 2");
}

// ---- threads: a plugin whose write waits until the test lets it go on

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
