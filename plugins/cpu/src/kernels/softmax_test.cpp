// Softmax against its formula in long double.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;
  int64_t axis;
  uint32_t since = 13;
  double spread = 4;  // of the numbers
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {{{1}, 0},
                                          {{7}, 0},
                                          {{1000}, -1},
                                          {{65537}, 0},
                                          {{3, 5}, 1},
                                          {{3, 5}, 0},
                                          {{3, 5}, -2},
                                          {{128, 1000}, -1},
                                          {{1, 1000}, 1},
                                          {{1000, 1}, 1},
                                          {{1000, 1}, 0},
                                          {{17, 33}, 0},
                                          {{17, 200}, 0},
                                          {{64, 64}, 0},
                                          {{65, 129}, 0},
                                          {{2, 3, 4}, 0},
                                          {{2, 3, 4}, 1},
                                          {{2, 3, 4}, 2},
                                          {{2, 3, 4}, -3},
                                          {{5, 64, 65}, 1},
                                          {{5, 1, 65}, 1},
                                          {{12, 20, 21}, -1},
                                          {{2, 3, 4, 5}, 1},
                                          {{2, 3, 4, 5}, 2},
                                          {{2, 3, 4, 5}, -1},
                                          {{2, 1, 2, 1, 2, 3, 2, 3}, 5},
                                          {{2, 1, 2, 1, 2, 3, 2, 3}, -1},
                                          {{2, 1, 2, 1, 2, 3, 2, 3}, 0},
                                          {{3, 40}, 1, 13, 100},
                                          {{3, 40}, 0, 13, 100},
                                          {{3, 400}, 1, 13, 1000},
                                          {{33, 40}, 1, 13, 1e-3},
                                          {{33, 40}, 1, 13, 30},
                                          {{33, 40}, 0, 13, 30},
                                          {{2, 3, 4}, 1, 11},
                                          {{2, 3, 4}, 2, 11},
                                          {{2, 3, 4}, 0, 1},
                                          {{2, 3, 4}, 3, 1},
                                          {{2, 3, 40, 5}, 2, 1},
                                          {{2, 3, 4, 5}, -2, 11},
                                          {{0, 4}, 1},
                                          {{4, 0}, 1},
                                          {{4, 0, 3}, 1},
                                          {{}, 0}};
  return table;
}

// The elements of one softmax lie `inner` apart.
struct Rows {
  int64_t outer = 1, length = 1, inner = 1;

  explicit Rows(const Case& tried) {
    const auto rank = static_cast<int64_t>(tried.x.size());
    const int64_t axis = tried.axis < 0 ? tried.axis + rank : tried.axis;
    for (int64_t i = 0; i < rank; ++i) {
      int64_t& part = i < axis ? outer : (i == axis || tried.since < 13 ? length : inner);
      part *= tried.x[static_cast<size_t>(i)];
    }
  }
};

// x - max is rounded, which the exponential makes u * |x - max| of its value; e^x itself is within
// 3 ulp by OpenCL's rules; then a sum of `length` terms, a division, and the rounding to the type.
void expect_softmax(const Case& tried, const Tensor& x, const Tensor& found) {
  const Rows rows(tried);
  const bp_dtype_t dtype = found.type.dtype;
  const double u = unit_of_sums(dtype);
  for (int64_t i = 0; i < rows.outer * rows.inner; ++i) {
    const int64_t base = i / rows.inner * rows.length * rows.inner + i % rows.inner;
    const auto at = [&](int64_t k) {
      return static_cast<long double>(element(x, base + k * rows.inner));
    };
    long double largest = at(0), sum = 0;
    for (int64_t k = 1; k < rows.length; ++k) largest = std::max(largest, at(k));
    long double error_of_sum = 0;
    for (int64_t k = 0; k < rows.length; ++k) {
      const long double power = std::exp(at(k) - largest);
      sum += power;
      error_of_sum += power * (6 + largest - at(k)) * u;
    }
    const double gamma =
        static_cast<double>(rows.length) * u + static_cast<double>(error_of_sum / sum);
    for (int64_t k = 0; k < rows.length; ++k) {
      const long double expected = std::exp(at(k) - largest) / sum;
      const double relative = (6 + static_cast<double>(largest - at(k))) * u + gamma + u +
                              (unit_of(dtype) > u ? unit_of(dtype) : 0);
      ASSERT_TRUE(
          is_within(element(found, base + k * rows.inner), expected,
                    1.01 * relative * static_cast<double>(expected) + 6 * smallest_of(dtype)))
          << "row " << i << ", element " << k;
    }
  }
}

TestNode softmax_node(const Case& tried, const Tensor& x) {
  TestNode node("Softmax", tried.since, {x}, {wanted(x.type.dtype, tried.x)});
  node.add("axis", tried.axis);
  return node;
}

template <class T>
Tensor input_of(const Case& tried) {
  return filled<T>(tried.x, [&](int64_t i) {
    return store<T>(static_cast<Computed<T>>(tried.spread * noise(1, i)));
  });
}

template <class T>
void expect_case(size_t number) {
  const Case& tried = cases()[number];
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = input_of<T>(tried);
  TestNode node = softmax_node(tried, x);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  if (count_of(x) != 0) expect_softmax(tried, x, found);
  ASSERT_EQ(kernel.info().in_place_count, 1U);
  EXPECT_EQ(kernel.run_in_place().bytes, found.bytes);
}

TEST(Softmax, Float32IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i); });
}
TEST(Softmax, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<double>(i); });
}
TEST(Softmax, Float16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Half>(i); });
}
TEST(Softmax, Bfloat16IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<Bfloat16>(i); });
}

TEST(Softmax, SubnormalResultsAreKept) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = filled<float>({1, 20}, [](int64_t i) { return -5.0F * static_cast<float>(i); });
  TestNode node = softmax_node({{1, 20}, 1}, x);
  const TestKernel kernel(device, node);
  const Tensor found = kernel.run();
  EXPECT_NEAR(element(found, 18), std::exp(-90.0) * (1 - std::exp(-5.0)), 2 * 0x1p-149);
  EXPECT_NEAR(element(found, 19), std::exp(-95.0) * (1 - std::exp(-5.0)), 2 * 0x1p-149);
}

TEST(Softmax, InfinitiesAndNanFollowTheFormula) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t axis : {0, 1}) {
    const auto softmax = [&](float first, float other) {
      const OpenDevice device(kSynchronousDevice);
      const Shape shape = axis == 1 ? Shape{1, 40} : Shape{40, 1};
      const Tensor x = filled<float>(shape, [&](int64_t i) { return i == 0 ? first : other; });
      TestNode node = softmax_node({shape, axis}, x);
      return TestKernel(device, node).run();
    };
    EXPECT_TRUE(std::isnan(element(softmax(-kInfinity, -kInfinity), 0)));
    EXPECT_EQ(element(softmax(1, -kInfinity), 0), 1.0);
    EXPECT_EQ(element(softmax(1, -kInfinity), 39), 0.0);
    EXPECT_TRUE(std::isnan(element(softmax(kInfinity, 0), 0)));
    EXPECT_TRUE(std::isnan(element(softmax(kInfinity, 0), 39)));
    EXPECT_TRUE(std::isnan(element(softmax(kNan, 0), 39)));
    EXPECT_EQ(element(softmax(3e38F, -3e38F), 0), 1.0);
    EXPECT_EQ(element(softmax(3e38F, -3e38F), 1), 0.0);
  }
}

TEST(Softmax, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t axis : {0, 1, 2}) {
    TestNode node = softmax_node({{-1, -2, -3}, axis}, wanted(BP_DTYPE_FLOAT32, {-1, -2, -3}));
    const TestKernel kernel(device, node);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    EXPECT_EQ(kernel.info().is_shape_free, 1U);
    for (const Shape& shape : std::vector<Shape>{{1, 1, 1},
                                                 {2, 30, 9},
                                                 {1, 3, 64},
                                                 {3, 100, 1},
                                                 {0, 3, 3},
                                                 {2, 65, 33},
                                                 {1, 1, 1},
                                                 {5, 2, 200}}) {
      const Case tried = {shape, axis};
      const Tensor x = input_of<float>(tried);
      const Tensor found = kernel.run({x}, {wanted(BP_DTYPE_FLOAT32, shape)})[0];
      if (count_of(x) != 0) expect_softmax(tried, x, found);
    }
  }
}

TEST(Softmax, WhatDoesNotFitIsRefusedInWords) {
  EXPECT_EQ(refusal(softmax_node({{2, 3}, 2}, wanted(BP_DTYPE_FLOAT32, {2, 3}))),
            "Softmax: axis 2 is not one of rank 2");
  EXPECT_EQ(refusal(softmax_node({{2, 3}, -3}, wanted(BP_DTYPE_FLOAT32, {2, 3}))),
            "Softmax: axis -3 is not one of rank 2");
  EXPECT_EQ(refusal(softmax_node({{2, 3}, 1}, wanted(BP_DTYPE_INT32, {2, 3}))),
            "Softmax: only floating-point numbers, not int32");
  EXPECT_EQ(refusal(softmax_node({{2, 4}, 1}, wanted(BP_DTYPE_FLOAT32, {2, 3}))),
            "Softmax: sizes of float32[2,4] do not follow from the inputs'");
}

TEST(Softmax, FourThreadsOnOneKernelGiveTheSameBytes) {
  const OpenDevice device(kSynchronousDevice);
  const Case tried = {{64, 999}, 1};
  const Tensor x = input_of<float>(tried);
  TestNode node = softmax_node(tried, x);
  expect_same_bytes_from_four_threads(node);
}

}  // namespace
}  // namespace backplane::cpu::testing
