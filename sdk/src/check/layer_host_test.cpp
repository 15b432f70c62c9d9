// The host's faults: each is named, and does not reach the plugin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

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
  checked.memory().buffer_destroy(of_other_kind);
  EXPECT_THAT(checked.take_violations(),
              ElementsAre("BP-HOST-3 write: target never was a buffer",
                          MatchesRegex("BP-HOST-3 write: target is device [0-9]+, not a buffer"),
                          "BP-HOST-3 write: target is NULL",
                          MatchesRegex("BP-HOST-3 buffer_destroy: buffer is device [0-9]+, not a "
                                       "buffer")));
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

// proves BP-HOST-14
TEST(HostFaults, NothingOfTheStreamTableReachesASynchronousDevice) {
  Checked checked;
  checked.start();
  bp_stream_t* stream = nullptr;
  EXPECT_EQ(checked.stream().stream_create(checked.device(), 0, &stream), kInvalid);
  EXPECT_EQ(stream, nullptr);
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(StartsWith("BP-HOST-14 stream_create: device")));
  EXPECT_THAT(checked.host().last_explanation(),
              HasSubstr("is synchronous: nothing of the stream"));
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

// proves BP-HOST-3
TEST(HostFaults, HostSpaceEndsWithItsDevice) {
  Checked checked;
  checked.start();
  bp_buffer_t* space = checked.memory().host_space(checked.device());
  checked.table().device_close(checked.device());
  checked.forget_devices();
  EXPECT_EQ(checked.memory().write(nullptr, space, 0, &kByte, 0), kInvalid);
  EXPECT_THAT(
      checked.take_violations(),
      ElementsAre(MatchesRegex("BP-HOST-3 write: target is buffer [0-9]+, which was destroyed")));
}

}  // namespace
}  // namespace backplane::check
