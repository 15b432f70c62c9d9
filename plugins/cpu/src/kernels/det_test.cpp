// Det against an expansion along rows, in long double.
#include "test_kernel.hpp"
#include "test_run.hpp"

namespace backplane::cpu::testing {
namespace {

long double expanded(const std::vector<double>& matrix, size_t size) {
  if (size == 0) return 1;
  long double sum = 0;
  for (size_t column = 0; column < size; ++column) {
    std::vector<double> rest;
    for (size_t i = size; i < size * size; ++i)
      if (i % size != column) rest.push_back(matrix[i]);
    sum += (column % 2 == 0 ? 1 : -1) * static_cast<long double>(matrix[column]) *
           expanded(rest, size - 1);
  }
  return sum;
}

template <class T>
void expect_det(int64_t size) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<T>({2, 3, size, size}, static_cast<uint64_t>(size));
  TestNode node("Det", 11, {x}, {wanted(x.type.dtype, {2, 3})});
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  const std::vector<double> all = numbers_of(x);
  for (int64_t i = 0; i < 6; ++i) {
    const auto begin = all.begin() + i * size * size;
    const long double expected = expanded({begin, begin + size * size}, static_cast<size_t>(size));
    const double bound = unit_of(x.type.dtype) * std::fabs(static_cast<double>(expected)) + 1e-13;
    EXPECT_TRUE(is_within(element(found, i), expected, bound)) << size;
  }
}

TEST(Det, OfManyMatrices) {
  for (const int64_t size : {1, 2, 3, 6}) {
    expect_det<float>(size);
    expect_det<double>(size);
    expect_det<Half>(size);
    expect_det<Bfloat16>(size);
  }
}

TEST(Det, ExchangesRowsAndKnowsSingularMatrices) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Det", 11, {tensor<float>({3, 2, 2}, {0, 2, 3, 0, 1, 2, 2, 4, 0, 0, 0, 0})},
                {wanted(BP_DTYPE_FLOAT32, {3})});
  EXPECT_EQ(TestKernel(device, node).run().as<float>(), (std::vector<float>{-6, 0, 0}));
}

TEST(Det, OfUnknownSizesAndOfNothing) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Det", 11, {tensor<float>({2, 0, 0}, {})}, {wanted(BP_DTYPE_FLOAT32, {2})});
  EXPECT_EQ(TestKernel(device, node).run().as<float>(), (std::vector<float>{1, 1}));
  TestNode open("Det", 11, {tensor<float>({2, 2}, {3, 1, 1, 2})}, {wanted(BP_DTYPE_FLOAT32, {})});
  open.has_unknown_sizes = true;
  const TestKernel kernel(device, open);
  EXPECT_EQ(kernel.info().scratch_size, BP_SIZE_UNKNOWN);
  EXPECT_EQ(kernel.run().as<float>(), std::vector<float>{5});
}

}  // namespace
}  // namespace backplane::cpu::testing
