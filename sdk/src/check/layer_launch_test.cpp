// The host's faults of launch: each is named, and does not reach the plugin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/checked.hpp"

namespace backplane::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr bp_status_t kInvalid = BP_STATUS_INVALID_ARGUMENT;

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

// proves BP-HOST-8
TEST_F(LaunchFaults, WhatIsSharedInPlaceHasTheSameBufferAndType) {
  alignas(64) float memory[64] = {};
  const auto address = reinterpret_cast<uintptr_t>(memory);
  bp_buffer_t* imported[2] = {};
  for (bp_buffer_t*& buffer : imported)
    ASSERT_EQ(checked_.memory().buffer_import(device_, BP_HANDLE_HOST_POINTER, address,
                                              sizeof memory, &buffer),
              BP_OK);
  inputs_[0].buffer = imported[0];
  output_ = fake::tensor(imported[1], 0, kCount);
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps input 0 otherwise .*");
  output_.buffer = imported[0];
  EXPECT_EQ(launch(), BP_OK);
  output_.type.dtype = BP_DTYPE_INT32;
  expect_refused("BP-HOST-8 launch: output 0 .* overlaps input 0 otherwise .*");
  for (bp_buffer_t* buffer : imported) checked_.memory().buffer_destroy(buffer);
}

// proves BP-HOST-8
TEST(HostFaults, OutputsDoNotOverlapEachOther) {
  Checked checked;
  checked.plugin().kernel.kernel_create = [](bp_device_t* device, const bp_node_t*,
                                             bp_kernel_t** out_kernel) {
    *out_kernel = new bp_kernel{device, false, 0};
    return BP_OK;
  };
  checked.start();
  fake::Node node("Add", 8);
  const bp_tensor_type_t types[] = {fake::vector_type(8), fake::vector_type(8)};
  node.get()->outputs = types;
  node.get()->output_count = 2;
  bp_kernel_t* kernel = nullptr;
  ASSERT_EQ(checked.kernel().kernel_create(checked.device(), node.get(), &kernel), BP_OK);
  bp_buffer_t* buffer = checked.make_buffer(checked.device(), 1024);
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 512, 8), fake::tensor(buffer, 512, 8)};
  bp_tensor_t outputs[] = {fake::tensor(buffer, 0, 8), fake::tensor(buffer, 32, 8)};
  EXPECT_EQ(checked.kernel().launch(kernel, nullptr, inputs, outputs, nullptr), BP_OK);
  outputs[1].offset = 16;
  EXPECT_EQ(checked.kernel().launch(kernel, nullptr, inputs, outputs, nullptr), kInvalid);
  EXPECT_THAT(checked.take_violations(),
              ElementsAre(MatchesRegex("BP-HOST-8 launch: output 0 .* overlaps output 1")));
  checked.memory().buffer_destroy(buffer);
  checked.kernel().kernel_destroy(kernel);
}

TEST_F(LaunchFaults, ADeadBufferAmongTheTensorsIsNamed) {
  bp_buffer_t* dead = checked_.make_buffer(device_);
  checked_.memory().buffer_destroy(dead);
  inputs_[1].buffer = dead;
  expect_refused("BP-HOST-3 launch: input 1 is buffer [0-9]+, which was destroyed");
  EXPECT_EQ(checked_.kernel().launch(kernel_, nullptr, nullptr, &output_, nullptr), kInvalid);
  EXPECT_EQ(checked_.host().last_explanation(), "launch: inputs is NULL for 2");
}

}  // namespace
}  // namespace backplane::check
