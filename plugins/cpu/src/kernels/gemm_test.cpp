// Gemm against its formula in long double, or modulo 2^64.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  int64_t m, n, k;
  bool is_a_transposed, is_b_transposed;
  float alpha, beta;
  std::vector<int64_t> c;  // {-1}: absent
};
const Shape kAbsent = {-1};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {{1, 1, 1, false, false, 1, 1, {1}},
                                          {3, 4, 5, false, false, 1, 1, {4}},
                                          {3, 4, 5, true, false, 1, 1, {4}},
                                          {3, 4, 5, false, true, 1, 1, {4}},
                                          {3, 4, 5, true, true, 1, 1, {4}},
                                          {3, 4, 5, false, false, 0.5F, 1, {3, 4}},
                                          {3, 4, 5, false, false, 1, 0.25F, {3, 1}},
                                          {3, 4, 5, false, false, 1, 1, {1, 4}},
                                          {3, 4, 5, false, false, 1, 1, {1, 1}},
                                          {3, 4, 5, false, false, 2, -3, {}},
                                          {3, 4, 5, false, false, 1, 1, kAbsent},
                                          {3, 4, 5, true, true, -2, 1, kAbsent},
                                          {8, 8, 8, false, false, 1, 1, {8, 8}},
                                          {8, 8, 9, false, false, 1, 1, {8}},
                                          {32, 32, 32, false, false, 1, 1, {32}},
                                          {32, 32, 32, false, false, 1, 1, {1, 32}},
                                          {32, 32, 32, false, false, 1, 1, {32, 1}},
                                          {32, 32, 32, false, false, 1, 1, {32, 32}},
                                          {32, 32, 32, false, false, 1, 1, {1}},
                                          {32, 32, 32, false, false, 1, 1, {}},
                                          {32, 32, 32, false, false, 1, 1, kAbsent},
                                          {33, 65, 17, true, false, 1, 1, {65}},
                                          {33, 65, 17, false, true, 1, 1, {65}},
                                          {33, 65, 17, true, true, 1, 1, {65}},
                                          {33, 65, 17, true, true, 0.75F, 1, {65}},
                                          {33, 65, 17, false, true, 1, 0.75F, {65}},
                                          {33, 65, 17, false, false, 1, 0, {65}},
                                          {33, 65, 17, false, false, 0, 1, {65}},
                                          {33, 65, 17, false, false, 0, 0, {33, 1}},
                                          {1, 1000, 64, false, true, 1, 1, {1000}},
                                          {1, 100, 1024, false, true, 1, 1, {100}},
                                          {1, 100, 1024, false, false, 1, 1, {1, 100}},
                                          {100, 1, 300, false, false, 1, 1, {100, 1}},
                                          {100, 1, 300, true, true, 1, 1, {1}},
                                          {257, 3, 5, false, false, 1, 1, {3}},
                                          {5, 257, 3, true, false, 1, 1, {5, 257}},
                                          {16, 64, 65, true, false, 1.5F, -0.5F, {16, 1}},
                                          {16, 64, 65, false, true, 1.5F, -0.5F, {1, 64}},
                                          {17, 66, 130, true, true, 1, 1, {17, 66}},
                                          {1, 65, 64, true, true, 1, 1, {65}},
                                          {3, 0, 4, false, false, 1, 1, {1}},
                                          {0, 3, 4, false, false, 1, 1, {3}},
                                          {3, 4, 0, false, false, 1, 1, {4}},
                                          {3, 4, 0, true, true, 2, 2, {3, 1}},
                                          {30, 40, 0, true, false, 2, 1, kAbsent}};
  return table;
}

Shape matrix(int64_t rows, int64_t columns, bool is_transposed) {
  return is_transposed ? Shape{columns, rows} : Shape{rows, columns};
}

TestNode gemm_node(const Case& tried, const Tensor& a, const Tensor& b, const Tensor& c,
                   bool is_constant) {
  TestNode node("Gemm", 13, {a, b, tried.c == kAbsent ? Tensor() : c},
                {wanted(a.type.dtype, {tried.m, tried.n})});
  node.constant[1] = is_constant;
  node.add("transA", int64_t{tried.is_a_transposed});
  node.add("transB", int64_t{tried.is_b_transposed});
  node.add("alpha", tried.alpha);
  node.add("beta", tried.beta);
  return node;
}

// Where C's element for (row, column) lies.
int64_t c_at(const Shape& c, int64_t row, int64_t column) {
  const int64_t columns = c.empty() ? 1 : c.back();
  const int64_t rows = c.size() < 2 ? 1 : c[0];
  return (rows == 1 ? 0 : row) * columns + (columns == 1 ? 0 : column);
}

void expect_gemm(const Case& tried, const Tensor& a, const Tensor& b, const Tensor& c,
                 const Tensor& found) {
  for (int64_t row = 0; row < tried.m; ++row)
    for (int64_t column = 0; column < tried.n; ++column) {
      long double sum = 0, magnitude = 0;
      for (int64_t k = 0; k < tried.k; ++k) {
        const int64_t a_at = tried.is_a_transposed ? k * tried.m + row : row * tried.k + k;
        const int64_t b_at = tried.is_b_transposed ? column * tried.k + k : k * tried.n + column;
        const auto product =
            static_cast<long double>(element(a, a_at)) * static_cast<long double>(element(b, b_at));
        sum += product;
        magnitude += std::fabs(product);
      }
      long double expected = static_cast<long double>(tried.alpha) * sum;
      magnitude *= std::fabs(tried.alpha);
      if (tried.c != kAbsent && tried.beta != 0) {
        const auto term = static_cast<long double>(tried.beta) *
                          static_cast<long double>(element(c, c_at(tried.c, row, column)));
        expected += term;
        magnitude += std::fabs(term);
      }
      // Two factors and one more sum.
      ASSERT_TRUE(is_within(
          element(found, row * tried.n + column), expected,
          bound_of(found.type.dtype, static_cast<double>(tried.k + 3), magnitude, expected)))
          << "row " << row << ", column " << column;
    }
}

template <class T>
void expect_integer_gemm(const Case& tried, const Tensor& a, const Tensor& b, const Tensor& c,
                         const Tensor& found) {
  for (int64_t row = 0; row < tried.m; ++row)
    for (int64_t column = 0; column < tried.n; ++column) {
      uint64_t sum = 0;
      for (int64_t k = 0; k < tried.k; ++k)
        sum += static_cast<uint64_t>(
                   at<T>(a, tried.is_a_transposed ? k * tried.m + row : row * tried.k + k)) *
               static_cast<uint64_t>(
                   at<T>(b, tried.is_b_transposed ? column * tried.k + k : k * tried.n + column));
      sum *= static_cast<uint64_t>(static_cast<int64_t>(tried.alpha));
      if (tried.c != kAbsent)
        sum += static_cast<uint64_t>(static_cast<int64_t>(tried.beta)) *
               static_cast<uint64_t>(at<T>(c, c_at(tried.c, row, column)));
      ASSERT_EQ(at<T>(found, row * tried.n + column), static_cast<T>(sum));
    }
}

template <class T>
void expect_case(size_t number, bool is_constant) {
  Case tried = cases()[number];
  if constexpr (std::is_integral_v<T>) {
    tried.alpha = std::round(tried.alpha * 2);
    tried.beta = std::round(tried.beta * 4);
  }
  const OpenDevice device(kSynchronousDevice);
  for (const bool is_whole : {false, true}) {
    const auto fill = is_whole ? whole<T> : noisy<T>;
    const Tensor a = fill(matrix(tried.m, tried.k, tried.is_a_transposed), 1);
    const Tensor b = fill(matrix(tried.k, tried.n, tried.is_b_transposed), 2);
    const Tensor c = tried.c == kAbsent ? Tensor() : fill(tried.c, 3);
    TestNode node = gemm_node(tried, a, b, c, is_constant);
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    const Tensor found = kernel.run();
    if constexpr (std::is_integral_v<T>)
      expect_integer_gemm<T>(tried, a, b, c, found);
    else
      expect_gemm(tried, a, b, c, found);
  }
}

TEST(Gemm, Float32IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, false); });
}
TEST(Gemm, Float32WithConstantWeightsIsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i, true); });
}
TEST(Gemm, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<double>(i, false); });
}
TEST(Gemm, Float16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Half>(i, true); });
}
TEST(Gemm, Bfloat16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Bfloat16>(i, false); });
}
TEST(Gemm, Int32WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_case<int32_t>(i, false); });
}
TEST(Gemm, Uint64WrapsAround) {
  for_cases(cases().size(), [](size_t i) { expect_case<uint64_t>(i, false); });
}

TEST(Gemm, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  for (const bool is_transposed : {false, true}) {
    Case tried = {0, 0, 0, is_transposed, is_transposed, 0.5F, 2, {1}};
    const Tensor unknown = wanted(BP_DTYPE_FLOAT32, {-1, -2});
    TestNode node = gemm_node(tried, unknown, unknown, wanted(BP_DTYPE_FLOAT32, {-3}), false);
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    for (const auto& [m, n, k] : std::vector<std::array<int64_t, 3>>{{1, 1, 1},
                                                                     {30, 40, 50},
                                                                     {1, 64, 7},
                                                                     {7, 9, 0},
                                                                     {3, 0, 3},
                                                                     {65, 17, 33},
                                                                     {1, 1, 1},
                                                                     {2, 2, 200}}) {
      tried.m = m;
      tried.n = n;
      tried.k = k;
      tried.c = {n};
      const Tensor a = noisy<float>(matrix(m, k, is_transposed), 1);
      const Tensor b = noisy<float>(matrix(k, n, is_transposed), 2);
      const Tensor c = noisy<float>({n}, 3);
      const Tensor found = kernel.run({a, b, c}, {wanted(BP_DTYPE_FLOAT32, {m, n})})[0];
      expect_gemm(tried, a, b, c, found);
    }
  }
}

TEST(Gemm, NanInCIsReadUnlessBetaIsZero) {
  for (const int64_t size : {4, 32})
    for (const float beta : {0.0F, 1.0F}) {
      const Case tried = {size, size, size, false, false, 1, beta, {size}};
      const OpenDevice device(kSynchronousDevice);
      const Tensor c =
          filled<float>({size}, [](int64_t) { return std::numeric_limits<float>::quiet_NaN(); });
      TestNode node =
          gemm_node(tried, whole<float>({size, size}, 1), whole<float>({size, size}, 2), c, false);
      const TestKernel kernel(device, node);
      EXPECT_EQ(std::isnan(element(kernel.run(), 0)), beta != 0);
    }
}

TEST(Gemm, WhatDoesNotFitIsRefusedInWords) {
  const auto reason = [](const Case& tried, const Shape& a, const Shape& b, bp_dtype_t dtype) {
    return refusal(gemm_node(tried, wanted(dtype, a), wanted(dtype, b),
                             wanted(dtype, tried.c == kAbsent ? Shape{} : tried.c), false));
  };
  EXPECT_EQ(reason({2, 3, 4, false, false, 1, 1, kAbsent}, {2, 4}, {5, 3}, BP_DTYPE_FLOAT32),
            "Gemm: inner sizes 4 and 5 differ");
  EXPECT_EQ(reason({2, 3, 4, false, false, 1, 1, {2}}, {2, 4}, {4, 3}, BP_DTYPE_FLOAT32),
            "Gemm: C, float32[2], does not broadcast to [2,3]");
  EXPECT_EQ(reason({2, 3, 4, false, false, 1, 1, {1, 2, 3}}, {2, 4}, {4, 3}, BP_DTYPE_FLOAT32),
            "Gemm: C, float32[1,2,3], does not broadcast to [2,3]");
  EXPECT_EQ(reason({2, 3, 4, false, false, 1, 1, kAbsent}, {1, 2, 4}, {4, 3}, BP_DTYPE_FLOAT32),
            "Gemm: A and B are matrices, not float32[1,2,4] and float32[4,3]");
  EXPECT_EQ(reason({2, 3, 4, false, false, 0.5F, 1, kAbsent}, {2, 4}, {4, 3}, BP_DTYPE_INT32),
            "Gemm: alpha 0.500000 with int32: only whole numbers below 2^31");
  EXPECT_EQ(
      reason({2, 3, 4, false, false, 1, 1, kAbsent}, {2, 4}, {4, 3}, BP_DTYPE_BOOL),
      "Gemm: only floating-point and 32 and 64 bit integer types, one for all inputs; input 0 "
      "is bool[2,4]");
}

}  // namespace
}  // namespace backplane::cpu::testing
