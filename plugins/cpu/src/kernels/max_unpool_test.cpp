// MaxUnpool against the published example, and against the MaxPool that it undoes.
#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr bp_dtype_t kFloat32 = BP_DTYPE_FLOAT32;
const std::vector<int64_t> kTwo = {2, 2};

TestNode unpool(const Tensor& x, const Tensor& indices, const Shape& to) {
  TestNode node("MaxUnpool", 11, {x, indices}, {wanted(x.type.dtype, to)});
  node.add("kernel_shape", kTwo);
  node.add("strides", kTwo);
  return node;
}

TEST(MaxUnpool, PlacesInALargerOutputAreThoseOfTheWindows) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = unpool(tensor<float>({1, 1, 2, 2}, {5, 6, 7, 8}),
                         tensor<int64_t>({1, 1, 2, 2}, {5, 7, 13, 15}), {1, 1, 5, 5});
  node.add_input(tensor<int64_t>({4}, {1, 1, 5, 5}), true);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  EXPECT_EQ(kernel.run().as<float>(), (std::vector<float>{0, 0, 0, 0, 0, 0, 5, 0, 6, 0, 0, 0, 0,
                                                          0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 0}));
}

TEST(MaxUnpool, UndoesMaxPoolWhereTheLargestStood) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor image = noisy<float>({2, 3, 4, 6}, 1);
  TestNode pool("MaxPool", 12, {image},
                {wanted(kFloat32, {2, 3, 2, 3}), wanted(BP_DTYPE_INT64, {2, 3, 2, 3})});
  pool.add("kernel_shape", kTwo);
  pool.add("strides", kTwo);
  const std::vector<Tensor> pooled = TestKernel(device, pool).run(pool.inputs, pool.outputs);
  TestNode node = unpool(pooled[0], pooled[1], {2, 3, 4, 6});
  for (const bool is_unknown : {false, true}) {
    node.has_unknown_sizes = is_unknown;
    const Tensor back = TestKernel(device, node).run();
    int64_t kept = 0;
    for (int64_t i = 0; i < 144; ++i) {
      const double value = element(back, i);
      kept += value != 0 ? 1 : 0;
      EXPECT_TRUE(value == 0 || value == element(image, i)) << i;
    }
    EXPECT_EQ(kept, 36);
  }
}

TEST(MaxUnpool, WhatDoesNotFitIsRefusedOrFails) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<float>({1, 1, 2, 2}, 1);
  EXPECT_EQ(refusal(unpool(x, tensor<int64_t>({1, 1, 4}, {0, 1, 2, 3}), {1, 1, 4, 4})),
            "MaxUnpool: indices are int64[1,1,2,2], not int64[1,1,4]");
  TestNode small = unpool(x, tensor<int64_t>({1, 1, 2, 2}, {0, 1, 2, 3}), {1, 1, 3, 4});
  small.add_input(tensor<int64_t>({4}, {1, 1, 3, 4}), true);
  EXPECT_EQ(refusal(small), "MaxUnpool: float32[1,1,4,4] does not go into float32[1,1,3,4]");
  TestNode padded = unpool(x, tensor<int64_t>({1, 1, 2, 2}, {0, 1, 2, 3}), {1, 1, 4, 4});
  padded.add("pads", std::vector<int64_t>{5, 0, 0, 0});
  EXPECT_EQ(refusal(padded), "MaxUnpool: nothing that windows over 2 elements span");
  padded = unpool(x, tensor<int64_t>({1, 1, 2, 2}, {0, 1, 2, 3}), {1, 1, 4, 4});
  padded.add("pads", std::vector<int64_t>{0, 0, 0, INT64_MAX});
  EXPECT_EQ(refusal(padded), "MaxUnpool: pads has 9223372036854775807");
  TestNode node = unpool(x, tensor<int64_t>({1, 1, 2, 2}, {0, 1, 2, 16}), {1, 1, 4, 4});
  const TestKernel kernel(device, node);
  kernel.launch(node.inputs, node.outputs, 0);
  EXPECT_EQ(kernel.launch_status, BP_STATUS_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace backplane::cpu::testing
