// Counts this program's operator new while a launch goes through the layer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "check/checked.hpp"

namespace {

thread_local bool is_counting = false;
thread_local int allocations = 0;

void* counted(std::size_t size) {
  if (is_counting) ++allocations;
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

namespace backplane::check {
namespace {

TEST(Launch, OfAFewTensorsNeedsNoHeap) {
  Checked checked;
  checked.start();
  bp_device_t* device = checked.device();
  bp_buffer_t* buffer = checked.make_buffer(device, 1024);
  bp_kernel_t* kernel = checked.make_kernel(device, "Add", 0);  // the fake's own does nothing
  const bp_tensor_t inputs[] = {fake::tensor(buffer, 0, 8), fake::tensor(buffer, 64, 8)};
  const bp_tensor_t output = fake::tensor(buffer, 128, 8);
  const bp_tensor_t scratch = {{BP_DTYPE_UINT8, 1, 0, {64}}, buffer, 512, nullptr, nullptr};
  is_counting = true;
  const bp_status_t status = checked.kernel().launch(kernel, nullptr, inputs, &output, &scratch);
  const int of_layer = allocations;
  std::vector<int> counted_too(1);
  is_counting = false;
  EXPECT_EQ(status, BP_OK);
  EXPECT_EQ(of_layer, 0);
  EXPECT_EQ(allocations, 1);
  checked.kernel().kernel_destroy(kernel);
  checked.memory().buffer_destroy(buffer);
}

}  // namespace
}  // namespace backplane::check
