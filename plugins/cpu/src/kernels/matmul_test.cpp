// MatMul against sums of products in long double, or modulo 2^64.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

// numpy's rules, written out once more: index arithmetic over padded shapes, no plan, no merging.
struct Reference {
  Shape a, b;    // with 1-D operands made matrices
  Shape batch;   // broadcast
  Shape output;  // as ONNX has it
  int64_t m, n, k;

  Reference(const Shape& a_shape, const Shape& b_shape) : a(a_shape), b(b_shape) {
    if (a_shape.size() == 1) a.insert(a.begin(), 1);
    if (b_shape.size() == 1) b.push_back(1);
    m = a[a.size() - 2];
    k = a.back();
    n = b.back();
    const size_t rank = std::max(a.size(), b.size()) - 2;
    for (size_t i = 0; i < rank; ++i) batch.push_back(std::max(size(a, i, rank), size(b, i, rank)));
    for (size_t i = 0; i < rank; ++i)
      if (size(a, i, rank) == 0 || size(b, i, rank) == 0) batch[i] = 0;
    output = batch;
    if (a_shape.size() > 1) output.push_back(m);
    if (b_shape.size() > 1) output.push_back(n);
  }

  static int64_t size(const Shape& shape, size_t axis, size_t rank) {
    const size_t own = shape.size() - 2;
    return axis + own < rank ? 1 : shape[axis + own - rank];
  }
  // Where the matrix of batch `number` begins in an operand.
  int64_t matrix_at(const Shape& shape, int64_t number) const {
    int64_t at = 0, step = 1;
    for (size_t axis = batch.size(); axis-- > 0;) {
      const int64_t index = number % batch[axis];
      number /= batch[axis];
      const int64_t own = size(shape, axis, batch.size());
      at += (own == 1 ? 0 : index) * step;
      step *= own;
    }
    return at * shape[shape.size() - 2] * shape.back();
  }
  int64_t count() const {
    int64_t product = m * n;
    for (const int64_t size : batch) product *= size;
    return product;
  }
};

void expect_float_product(const Reference& reference, const Tensor& a, const Tensor& b,
                          const Tensor& found) {
  const std::vector<double> as = numbers_of(a), bs = numbers_of(b);
  for (int64_t i = 0; i < count_of(found); ++i) {
    const int64_t batch = i / (reference.m * reference.n);
    const int64_t row = i / reference.n % reference.m, column = i % reference.n;
    const int64_t a_at = reference.matrix_at(reference.a, batch) + row * reference.k;
    const int64_t b_at = reference.matrix_at(reference.b, batch) + column;
    long double sum = 0, magnitude = 0;
    for (int64_t k = 0; k < reference.k; ++k) {
      const long double product =
          static_cast<long double>(as[static_cast<size_t>(a_at + k)]) *
          static_cast<long double>(bs[static_cast<size_t>(b_at + k * reference.n)]);
      sum += product;
      magnitude += std::fabs(product);
    }
    ASSERT_TRUE(
        is_within(element(found, i), sum,
                  bound_of(found.type.dtype, static_cast<double>(reference.k), magnitude, sum)))
        << "element " << i;
  }
}

template <class T>
void expect_integer_product(const Reference& reference, const Tensor& a, const Tensor& b,
                            const Tensor& found) {
  for (int64_t i = 0; i < count_of(found); ++i) {
    const int64_t batch = i / (reference.m * reference.n);
    const int64_t row = i / reference.n % reference.m, column = i % reference.n;
    const int64_t a_at = reference.matrix_at(reference.a, batch) + row * reference.k;
    const int64_t b_at = reference.matrix_at(reference.b, batch) + column;
    uint64_t sum = 0;
    for (int64_t k = 0; k < reference.k; ++k)
      sum += static_cast<uint64_t>(at<T>(a, a_at + k)) *
             static_cast<uint64_t>(at<T>(b, b_at + k * reference.n));
    ASSERT_EQ(at<T>(found, i), static_cast<T>(sum)) << "element " << i;
  }
}

struct Case {
  Shape a, b;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {// tiny, odd, long, wide
                                          {{1, 1}, {1, 1}},
                                          {{2, 3}, {3, 4}},
                                          {{7, 5}, {5, 3}},
                                          {{8, 8}, {8, 8}},
                                          {{8, 9}, {9, 8}},
                                          {{16, 16}, {16, 16}},
                                          {{17, 19}, {19, 23}},
                                          {{1, 100}, {100, 1}},
                                          {{100, 1}, {1, 100}},
                                          {{1, 257}, {257, 33}},
                                          {{33, 257}, {257, 1}},
                                          {{64, 64}, {64, 64}},
                                          {{65, 63}, {63, 67}},
                                          {{3, 1000}, {1000, 5}},
                                          {{5, 3}, {3, 1000}},
                                          {{128, 77}, {77, 129}},
                                          {{31, 512}, {512, 31}},
                                          // 1-D operands
                                          {{5}, {5}},
                                          {{300}, {300}},
                                          {{7}, {7, 9}},
                                          {{64}, {64, 65}},
                                          {{9, 7}, {7}},
                                          {{65, 64}, {64}},
                                          {{4}, {3, 4, 5}},
                                          {{3, 5, 4}, {4}},
                                          {{40}, {2, 3, 40, 7}},
                                          // batches
                                          {{3, 4, 5}, {3, 5, 6}},
                                          {{3, 20, 21}, {3, 21, 22}},
                                          {{3, 4, 5}, {5, 6}},
                                          {{12, 33, 17}, {17, 9}},
                                          {{4, 5}, {3, 5, 6}},
                                          {{33, 17}, {5, 17, 9}},
                                          {{1, 8, 16}, {6, 16, 8}},
                                          {{6, 8, 16}, {1, 16, 8}},
                                          {{2, 3, 9, 10}, {2, 3, 10, 11}},
                                          {{2, 1, 9, 10}, {1, 3, 10, 11}},
                                          {{2, 3, 9, 10}, {3, 10, 11}},
                                          {{3, 9, 10}, {2, 1, 10, 11}},
                                          {{2, 3, 9, 10}, {2, 1, 10, 11}},
                                          {{2, 1, 2, 5, 9}, {3, 1, 9, 5}},
                                          {{2, 1, 3, 1, 2, 1, 7, 8}, {1, 2, 1, 3, 1, 2, 8, 9}},
                                          {{2, 2, 2, 2, 2, 2, 7, 8}, {2, 2, 2, 2, 2, 2, 8, 9}},
                                          // no elements, or sums of none
                                          {{0, 3}, {3, 4}},
                                          {{3, 4}, {4, 0}},
                                          {{3, 0}, {0, 4}},
                                          {{0}, {0}},
                                          {{0, 3, 4}, {4, 5}},
                                          {{2, 30, 0}, {0, 40}},
                                          {{0, 3, 4}, {1, 4, 5}}};
  return table;
}

TestNode matmul_node(const Tensor& a, const Tensor& b, const Shape& output, bool is_constant) {
  TestNode node("MatMul", 13, {a, b}, {wanted(a.type.dtype, output)});
  node.constant[1] = is_constant;
  return node;
}

template <class T>
void expect_products(size_t number, bool is_constant) {
  const Case& tried = cases()[number];
  const Reference reference(tried.a, tried.b);
  const OpenDevice device(kSynchronousDevice);
  for (const bool is_whole : {false, true}) {
    const auto fill = is_whole ? whole<T> : noisy<T>;
    const Tensor a = fill(tried.a, 1), b = fill(tried.b, 2);
    TestNode node = matmul_node(a, b, reference.output, is_constant);
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    const Tensor found = kernel.run();
    ASSERT_EQ(count_of(found), reference.count());
    if constexpr (std::is_integral_v<T>)
      expect_integer_product<T>(reference, a, b, found);
    else
      expect_float_product(reference, a, b, found);
  }
}

TEST(MatMul, Float32IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_products<float>(i, false); });
}
TEST(MatMul, Float32WithConstantWeightsIsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_products<float>(i, true); });
}
TEST(MatMul, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_products<double>(i, false); });
}
TEST(MatMul, Float16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_products<Half>(i, false); });
}
TEST(MatMul, Bfloat16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_products<Bfloat16>(i, true); });
}
TEST(MatMul, Int32WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_products<int32_t>(i, false); });
}
TEST(MatMul, Int64WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_products<int64_t>(i, false); });
}
TEST(MatMul, Uint32WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_products<uint32_t>(i, true); });
}
TEST(MatMul, Uint64WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_products<uint64_t>(i, false); });
}

// proves BP-KERNEL-9
TEST(MatMul, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor unknown_a = wanted(BP_DTYPE_FLOAT32, {-2, -1, -3});
  const Tensor unknown_b = wanted(BP_DTYPE_FLOAT32, {-3, -4});
  TestNode node = matmul_node(unknown_a, unknown_b, {-2, -1, -4}, false);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  for (const auto& [batch, m, k, n] : std::vector<std::array<int64_t, 4>>{{1, 1, 1, 1},
                                                                          {2, 30, 40, 50},
                                                                          {3, 1, 64, 7},
                                                                          {1, 7, 0, 9},
                                                                          {0, 3, 3, 3},
                                                                          {2, 65, 33, 17},
                                                                          {1, 1, 1, 1},
                                                                          {5, 2, 200, 2},
                                                                          {2, 30, 40, 50}}) {
    const Shape a_shape = {batch, m, k}, b_shape = {k, n};
    const Reference reference(a_shape, b_shape);
    const Tensor a = noisy<float>(a_shape, 1), b = noisy<float>(b_shape, 2);
    const auto found = kernel.run({a, b}, {wanted(BP_DTYPE_FLOAT32, reference.output)});
    expect_float_product(reference, a, b, found[0]);
  }
}

TEST(MatMul, SizesThatTurnOutNotToFitAreRefusedAtLaunch) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor a = wanted(BP_DTYPE_FLOAT32, {2, -1}), b = wanted(BP_DTYPE_FLOAT32, {-2, 3});
  TestNode node = matmul_node(a, b, {2, 3}, false);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK);
  kernel.launch({noisy<float>({2, 4}, 1), noisy<float>({5, 3}, 2)},
                {wanted(BP_DTYPE_FLOAT32, {2, 3})}, 0);
  EXPECT_EQ(kernel.launch_status, BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), "MatMul: inner sizes 4 and 5 differ");
}

TEST(MatMul, WhatDoesNotFitIsRefusedInWords) {
  const auto product = [](const Shape& a, const Shape& b, const Shape& output, bp_dtype_t dtype) {
    return refusal(matmul_node(wanted(dtype, a), wanted(dtype, b), output, false));
  };
  EXPECT_EQ(product({2, 64}, {32, 3}, {2, 3}, BP_DTYPE_FLOAT32),
            "MatMul: inner sizes 64 and 32 differ");
  EXPECT_EQ(product({2, 3, 4}, {5, 4, 3}, {5, 3, 3}, BP_DTYPE_FLOAT32),
            "MatMul: batch sizes 2 and 5 do not broadcast");
  EXPECT_EQ(product({}, {4, 3}, {3}, BP_DTYPE_FLOAT32), "MatMul: an operand is a scalar");
  EXPECT_EQ(product({2, 4}, {4, 3}, {3, 3}, BP_DTYPE_FLOAT32),
            "MatMul: sizes of float32[3,3] do not follow from the inputs'");
  const int64_t huge = int64_t{1} << 40;
  EXPECT_EQ(product({huge, 1}, {1, huge}, {0}, BP_DTYPE_FLOAT32),
            "MatMul: sizes of float32[0] do not follow from the inputs'");
  EXPECT_EQ(
      product({2, 4}, {4, 3}, {2, 3}, BP_DTYPE_INT8),
      "MatMul: only floating-point and 32 and 64 bit integer types, one for all inputs; input "
      "0 is int8[2,4]");
}

// proves BP-KERNEL-2
TEST(MatMul, ConstantWeightsArePackedOnceAndShared) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor a = noisy<float>({64, 48}, 1), b = noisy<float>({48, 80}, 2);
  TestNode node = matmul_node(a, b, {64, 80}, true);
  node.constant_ids[1] = 7;
  const TestKernel first(device, node), second(device, node);
  EXPECT_TRUE(first.is_baked(1));
  EXPECT_FALSE(first.is_baked(0));
  EXPECT_GE(first.info().device_memory_size, 48U * 80U * 4U);
  EXPECT_EQ(second.info().device_memory_size, 0U);
  EXPECT_EQ(first.run().bytes, second.run().bytes);
}

TEST(MatMul, TransposedAndPlainUseOfOneConstantDoNotShare) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor a = noisy<float>({40, 48}, 1), b = noisy<float>({48, 48}, 2);
  TestNode plain("Gemm", 13, {a, b}, {wanted(BP_DTYPE_FLOAT32, {40, 48})});
  plain.constant[1] = true;
  plain.constant_ids[1] = 7;
  TestNode transposed = plain;
  plain.add("transB", int64_t{0});
  transposed.add("transB", int64_t{1});
  const TestKernel first(device, plain), second(device, transposed);
  EXPECT_GT(second.info().device_memory_size, 0U);
  EXPECT_NE(first.run().bytes, second.run().bytes);
}

TEST(MatMul, InfinityAndNanAreKept) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const int64_t size : {4, 32}) {
    const OpenDevice device(kSynchronousDevice);
    Tensor a = whole<float>({size, size}, 1), b = whole<float>({size, size}, 2);
    at<float>(a, 0) = kInfinity;
    at<float>(a, 2 * size) = std::numeric_limits<float>::quiet_NaN();
    at<float>(b, 0) = 2;
    at<float>(b, 1) = 0;
    TestNode node = matmul_node(a, b, {size, size}, false);
    const TestKernel kernel(device, node);
    const Tensor found = kernel.run();
    EXPECT_EQ(element(found, 0), kInfinity);
    EXPECT_TRUE(std::isnan(element(found, 1)));  // infinity times 0
    EXPECT_TRUE(std::isnan(element(found, 2 * size)));
    EXPECT_FALSE(std::isnan(element(found, size)));
  }
}

// proves BP-KERNEL-6
TEST(MatMul, SubnormalNumbersAreKept) {
  for (const int64_t size : {4, 32, 100}) {
    const OpenDevice device(kSynchronousDevice);
    const Tensor a = filled<float>({size, size}, [](int64_t) { return 0x1p-140F; });
    const Tensor b = filled<float>({size, size}, [](int64_t) { return 1.0F; });
    for (const bool is_constant : {false, true}) {
      TestNode node = matmul_node(a, b, {size, size}, is_constant);
      const TestKernel kernel(device, node);
      EXPECT_EQ(element(kernel.run(), size), static_cast<double>(size) * 0x1p-140);
    }
  }
}

// A processor with bfloat16 products must not use them, whatever the environment says.
TEST(MatMul, ProductsAreFloat32WhateverTheEnvironmentSays) {
  setenv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16", 1);
  setenv("DNNL_DEFAULT_FPMATH_MODE", "BF16", 1);
  const OpenDevice device(kSynchronousDevice);
  const Tensor a = filled<float>({64, 64}, [](int64_t) { return 1 + 0x1p-12F; });
  const Tensor b = filled<float>({64, 64}, [](int64_t i) { return i % 65 == 0 ? 1.0F : 0.0F; });
  for (const bool is_constant : {false, true}) {
    TestNode node = matmul_node(a, b, {64, 64}, is_constant);
    const TestKernel kernel(device, node);
    EXPECT_EQ(kernel.run().bytes, a.bytes);
  }
}

// proves BP-KERNEL-4
TEST(MatMul, FourThreadsOnOneKernelGiveTheSameBytes) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor a = noisy<float>({3, 70, 90}, 1), b = noisy<float>({3, 90, 50}, 2);
  TestNode node = matmul_node(a, b, {3, 70, 50}, false);
  expect_same_bytes_from_four_threads(node);
}

}  // namespace
}  // namespace backplane::cpu::testing
