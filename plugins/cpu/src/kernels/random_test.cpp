// What is drawn at random: with a seed the same each time, without one other numbers each time, and
// the kernel says which. Whether they are drawn well is for conformance-run, which has statistics.
#include <algorithm>

#include "test_kernel.hpp"
#include "test_node.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr int64_t kCount = 200000;  // more than one thread's worth

TestNode normals() {
  TestNode node("RandomNormal", 1, {}, {wanted(BP_DTYPE_FLOAT32, {kCount})});
  node.add("shape", Shape{kCount});
  return node;
}

TEST(Random, WithASeedEveryKernelDrawsTheSame) {
  TestNode node = normals();
  node.add("seed", 7.5f);
  const OpenDevice one(kSynchronousDevice);
  const OpenDevice other(kSynchronousDevice);
  const TestKernel first(one, node);
  const TestKernel second(other, node);
  ASSERT_EQ(first.reason(), "");
  EXPECT_EQ(first.info().numerics, 0u);
  EXPECT_EQ(first.run().bytes, second.run().bytes);
  TestNode elsewhere = normals();
  elsewhere.add("seed", 8.0f);
  EXPECT_NE(first.run().bytes, TestKernel(one, elsewhere).run().bytes);
}

TEST(Random, WithoutASeedEveryLaunchDrawsAnewAndSaysSo) {
  TestNode node = normals();
  const OpenDevice device(kSynchronousDevice);
  const TestKernel kernel(device, node);
  EXPECT_EQ(kernel.info().numerics, bp_numerics_flags_t{BP_NUMERICS_FLAG_NONDETERMINISTIC});
  const Tensor first = kernel.launch({}, node.outputs, 0)[0];
  EXPECT_NE(first.bytes, kernel.launch({}, node.outputs, 0)[0].bytes);
  EXPECT_NE(first.bytes, TestKernel(device, node).launch({}, node.outputs, 0)[0].bytes);
}

TEST(Random, IsRefusedWhereTheSameBitsAreWanted) {
  TestNode node = normals();
  node.refused = BP_NUMERICS_FLAG_NONDETERMINISTIC;
  EXPECT_NE(refusal(std::move(node)), "");
}

TEST(Random, AChanceOfNothingNeverComesAndOneAlwaysDoes) {
  for (const bp_dtype_t dtype : {BP_DTYPE_FLOAT32, BP_DTYPE_UINT8, BP_DTYPE_BOOL}) {
    TestNode node("Bernoulli", 15, {tensor<float>({4}, {0, 1, 0, 1})}, {wanted(dtype, {4})});
    node.add("dtype", static_cast<int64_t>(dtype));
    const OpenDevice device(kSynchronousDevice);
    const Tensor drawn = TestKernel(device, node).run();
    if (dtype == BP_DTYPE_FLOAT32)
      EXPECT_EQ(drawn.as<float>(), (std::vector<float>{0, 1, 0, 1}));
    else
      EXPECT_EQ(drawn.as<uint8_t>(), (std::vector<uint8_t>{0, 1, 0, 1}));
  }
}

}  // namespace
}  // namespace backplane::cpu::testing
