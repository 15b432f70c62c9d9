#include <gtest/gtest.h>

#include <new>

#include "check/allocation_count.hpp"
#include "check/checked.hpp"

namespace backplane::check {
namespace {

class Launch : public ::testing::TestWithParam<bool> {};

TEST_P(Launch, OfAFewTensorsNeedsNoHeap) {
  Checked checked;
  checked.start(GetParam());
  bp_device_t* device = checked.device();
  bp_buffer_t* buffer = checked.make_buffer(device, 1024);
  bp_kernel_t* kernel = checked.make_kernel(device, "Add", 0);  // the fake's own does nothing
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 0, 8), fake::tensor(buffer, 64, 8)};
  const bp_tensor_t output = fake::tensor(buffer, 128, 8);
  const bp_tensor_t scratch = {{BP_DTYPE_UINT8, 1, 0, {64}}, buffer, 512, nullptr, nullptr};
  start_counting_allocations();
  const bp_status_t status = checked.kernel().launch(kernel, nullptr, inputs, &output, &scratch);
  const int of_layer = allocations_so_far();
  ::operator delete(::operator new(1));
  const int in_all = allocations_so_far();
  EXPECT_EQ(status, BP_OK);
  EXPECT_EQ(of_layer, 0);
  EXPECT_EQ(in_all, 1);
  checked.kernel().kernel_destroy(kernel);
  checked.memory().buffer_destroy(buffer);
}

INSTANTIATE_TEST_SUITE_P(Checked, Launch, ::testing::Bool(), [](const auto& tested) {
  return tested.param ? "WithTimes" : "WithoutTimes";
});

}  // namespace
}  // namespace backplane::check
