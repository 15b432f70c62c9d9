// ReduceMean against its formula in long double, or in 128-bit integers.
#include <limits>

#include "test_kernel.hpp"

namespace backplane::cpu::testing {
namespace {

struct Case {
  Shape x;
  Shape axes;  // empty: all
  bool keeps_axes = true;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {{{}, {}},
                                          {{1}, {}},
                                          {{7}, {}},
                                          {{7}, {0}, false},
                                          {{10000}, {0}},
                                          {{3, 5}, {}},
                                          {{3, 5}, {}, false},
                                          {{3, 5}, {0}},
                                          {{3, 5}, {1}},
                                          {{3, 5}, {-1}, false},
                                          {{3, 5}, {-2}},
                                          {{3, 5}, {0, 1}},
                                          {{64, 768}, {-1}},
                                          {{64, 768}, {0}, false},
                                          {{1, 1000}, {1}},
                                          {{1000, 1}, {1}},
                                          {{1000, 1}, {0}},
                                          {{3, 257}, {0}},
                                          {{3, 600}, {0}},
                                          {{2, 3, 4}, {0}},
                                          {{2, 3, 4}, {1}},
                                          {{2, 3, 4}, {2}},
                                          {{2, 3, 4}, {0, 1}},
                                          {{2, 3, 4}, {1, 2}},
                                          {{2, 3, 4}, {0, 2}},
                                          {{2, 3, 4}, {2, 0}, false},
                                          {{2, 3, 4}, {0, 1, 2}},
                                          {{5, 70, 300}, {1}},
                                          {{5, 70, 33}, {0, 2}},
                                          {{2, 16, 7, 7}, {2, 3}},
                                          {{2, 16, 7, 7}, {-1, -2}, false},
                                          {{2, 16, 7, 7}, {1}},
                                          {{2, 16, 7, 7}, {0, 2}},
                                          {{2, 16, 7, 7}, {1, 3}},
                                          {{2, 16, 7, 7}, {0, 3}},
                                          {{2, 3, 1, 5, 2}, {1, 3}},
                                          {{2, 3, 1, 5, 2}, {0, 2, 4}},
                                          {{2, 3, 1, 5, 2}, {2}},
                                          {{2, 2, 2, 2, 2, 2, 2, 2}, {0, 2, 4, 6}},
                                          {{2, 2, 2, 2, 2, 2, 2, 2}, {1, 3, 5, 7}, false},
                                          {{2, 3, 2, 3, 2, 3, 2, 3}, {1, 2, 5, 6}},
                                          {{1, 1, 1, 1, 1, 1, 1, 1}, {3}},
                                          {{0, 3}, {1}},
                                          {{0, 3}, {0}},
                                          {{3, 0, 2}, {1}},
                                          {{3, 0, 2}, {}}};
  return table;
}

// For every output, the inputs that it is the mean of.
struct Reference {
  Shape output;
  std::vector<std::vector<int64_t>> cells;

  explicit Reference(const Case& tried) {
    const auto rank = static_cast<int64_t>(tried.x.size());
    std::vector<bool> is_reduced(tried.x.size(), tried.axes.empty());
    for (const int64_t axis : tried.axes)
      is_reduced[static_cast<size_t>((axis + rank) % rank)] = true;
    int64_t count = 1, outputs = 1;
    for (size_t axis = 0; axis < tried.x.size(); ++axis) {
      count *= tried.x[axis];
      if (!is_reduced[axis]) outputs *= tried.x[axis];
      if (!is_reduced[axis] || tried.keeps_axes)
        output.push_back(is_reduced[axis] ? 1 : tried.x[axis]);
    }
    cells.resize(static_cast<size_t>(outputs));
    for (int64_t i = 0; i < count; ++i) {
      int64_t rest = i, at = 0, step = 1;
      for (size_t axis = tried.x.size(); axis-- > 0; rest /= tried.x[axis]) {
        if (is_reduced[axis]) continue;
        at += rest % tried.x[axis] * step;
        step *= tried.x[axis];
      }
      cells[static_cast<size_t>(at)].push_back(i);
    }
  }
};

TestNode mean_node(const Case& tried, const Tensor& x, const Shape& output) {
  TestNode node("ReduceMean", 13, {x}, {wanted(x.type.dtype, output)});
  node.add("keepdims", int64_t{tried.keeps_axes});
  if (!tried.axes.empty()) node.add("axes", tried.axes);
  return node;
}

__extension__ using Wide = __int128;

// A row of floats this long has two added at a time in float.
bool is_long_row(const std::vector<int64_t>& cells) {
  const auto count = static_cast<int64_t>(cells.size());
  return count >= 256 && cells.back() - cells.front() == count - 1;
}

template <class T>
void expect_mean(const Tensor& x, const std::vector<int64_t>& cells, const Tensor& found,
                 int64_t number) {
  if constexpr (std::is_integral_v<T>) {
    Wide sum = 0;
    for (const int64_t i : cells) sum += at<T>(x, i);
    const T expected = cells.empty() ? T{0} : static_cast<T>(sum / static_cast<Wide>(cells.size()));
    ASSERT_EQ(at<T>(found, number), expected) << "element " << number;
  } else {
    long double sum = 0, magnitude = 0;
    for (const int64_t i : cells) {
      sum += static_cast<long double>(element(x, i));
      magnitude += std::fabs(static_cast<long double>(element(x, i)));
    }
    const auto count = static_cast<long double>(cells.size());
    const long double expected = sum / count;
    const double u = unit_of(found.type.dtype);
    const double each = std::is_same_v<T, float> && is_long_row(cells) ? u : 0;
    ASSERT_TRUE(is_within(element(found, number), expected,
                          1.001 * u * static_cast<double>(std::fabs(expected)) +
                              static_cast<double>(magnitude / std::max(count, 1.0L)) *
                                  (each + static_cast<double>(count + 1) * 0x1p-53) +
                              smallest_of(found.type.dtype)))
        << "element " << number;
  }
}

template <class T>
void expect_case(size_t number) {
  const Case& tried = cases()[number];
  const Reference reference(tried);
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = noisy<T>(tried.x, 1);
  TestNode node = mean_node(tried, x, reference.output);
  const TestKernel kernel(device, node);
  ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
  const Tensor found = kernel.run();
  ASSERT_EQ(count_of(found), static_cast<int64_t>(reference.cells.size()));
  for (int64_t i = 0; i < count_of(found); ++i)
    expect_mean<T>(x, reference.cells[static_cast<size_t>(i)], found, i);
}

TEST(ReduceMean, Float32IsRoundedOnceAndInLongRowsPairsAre) {
  for_cases(cases().size(), [](size_t i) { expect_case<float>(i); });
}
TEST(ReduceMean, Float64IsWithinTheBound) {
  for_cases(cases().size(), [](size_t i) { expect_case<double>(i); });
}
TEST(ReduceMean, Float16IsRoundedTwice) {
  for_cases(cases().size(), [](size_t i) { expect_case<Half>(i); });
}
TEST(ReduceMean, Bfloat16IsRoundedTwice) {
  for_cases(cases().size(), [](size_t i) { expect_case<Bfloat16>(i); });
}
TEST(ReduceMean, Int32RoundsTowardsZero) {
  for_cases(cases().size(), [](size_t i) { expect_case<int32_t>(i); });
}
TEST(ReduceMean, Int64RoundsTowardsZero) {
  for_cases(cases().size(), [](size_t i) { expect_case<int64_t>(i); });
}
TEST(ReduceMean, Uint32RoundsTowardsZero) {
  for_cases(cases().size(), [](size_t i) { expect_case<uint32_t>(i); });
}
TEST(ReduceMean, Uint64RoundsTowardsZero) {
  for_cases(cases().size(), [](size_t i) { expect_case<uint64_t>(i); });
}

TEST(ReduceMean, SumsBeyondTheTypeAreExact) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = tensor<int64_t>({3}, {INT64_MAX, INT64_MAX, INT64_MAX - 3});
  TestNode node = mean_node({{3}, {}}, x, {1});
  EXPECT_EQ(TestKernel(device, node).run().as<int64_t>()[0], INT64_MAX - 1);
}

TEST(ReduceMean, FloatsWhosePairsAreBeyondAFloatHaveAMean) {
  const OpenDevice device(kSynchronousDevice);
  constexpr float kLarge = 3e38F, kInfinity = std::numeric_limits<float>::infinity();
  const auto mean_with = [&](float first) {
    const Tensor x = filled<float>({1, 700}, [&](int64_t i) { return i == 0 ? first : kLarge; });
    TestNode node = mean_node({{1, 700}, {1}}, x, {1, 1});
    return TestKernel(device, node).run().as<float>()[0];
  };
  EXPECT_EQ(mean_with(kLarge), kLarge);
  EXPECT_EQ(mean_with(-kInfinity), -kInfinity);
  EXPECT_TRUE(std::isnan(mean_with(std::numeric_limits<float>::quiet_NaN())));
}

TEST(ReduceMean, OneKernelServesEverySizeWhereSizesAreUnknown) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& axes : std::vector<Shape>{{0}, {1}, {2}, {0, 2}, {}}) {
    TestNode node =
        mean_node({{-1, -2, -3}, axes}, wanted(BP_DTYPE_FLOAT32, {-1, -2, -3}), {-1, -2, -3});
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
      const Reference reference({shape, axes});
      const Tensor x = noisy<float>(shape, 1);
      const Tensor found = kernel.run({x}, {wanted(BP_DTYPE_FLOAT32, reference.output)})[0];
      for (int64_t i = 0; i < count_of(found); ++i)
        expect_mean<float>(x, reference.cells[static_cast<size_t>(i)], found, i);
    }
  }
}

TEST(ReduceMean, WhatDoesNotFitIsRefusedInWords) {
  const auto reason = [](const Shape& axes, bp_dtype_t dtype) {
    return refusal(mean_node({{2, 3}, axes}, wanted(dtype, {2, 3}), {1, 1}));
  };
  EXPECT_EQ(reason({2}, BP_DTYPE_FLOAT32), "ReduceMean: axis 2 is not one of rank 2");
  EXPECT_EQ(reason({-3}, BP_DTYPE_FLOAT32), "ReduceMean: axis -3 is not one of rank 2");
  EXPECT_EQ(reason({1, -1}, BP_DTYPE_FLOAT32), "ReduceMean: axis 1 is given twice");
  EXPECT_EQ(reason({0}, BP_DTYPE_INT8),
            "ReduceMean: only floating-point and 32 and 64 bit integer types, not int8");
}

}  // namespace
}  // namespace backplane::cpu::testing
