// LayerNormalization, InstanceNormalization and LogSoftmax against their formulas in long double.
#include <limits>

#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr double kEpsilon = 1e-5F;

// Numbers around `base`: a variance taken in one pass would cancel.
template <class T>
Tensor around(const Shape& shape, double base) {
  return filled<T>(
      shape, [&](int64_t i) { return store<T>(static_cast<Computed<T>>(base + noise(1, i))); });
}

struct Statistics {
  long double mean = 0, inverse = 0;
};
Statistics statistics_of(const Tensor& x, int64_t first, int64_t count, double epsilon = kEpsilon) {
  Statistics found;
  for (int64_t i = first; i < first + count; ++i)
    found.mean += static_cast<long double>(element(x, i));
  found.mean /= static_cast<long double>(count);
  long double squares = 0;
  for (int64_t i = first; i < first + count; ++i) {
    const long double d = static_cast<long double>(element(x, i)) - found.mean;
    squares += d * d;
  }
  found.inverse =
      1 / std::sqrt(squares / static_cast<long double>(count) + static_cast<long double>(epsilon));
  return found;
}

struct LayerCase {
  Shape x;
  int64_t axis;
  Shape scale;
  Shape shift;
};

// What is lost of a scaled element before its sum with the shift: two differences, two products
// and the inverse of the deviation are rounded to float, but where elements are doubles.
template <class T>
double layer_error(long double scaled) {
  constexpr double kRoundings = std::is_same_v<T, double> ? 0 : 5;
  return kRoundings * 0x1p-24 * std::fabs(static_cast<double>(scaled));
}

template <class T>
void expect_layers(double base) {
  const OpenDevice device(kSynchronousDevice);
  const std::vector<LayerCase> table = {{{7}, 0, {7}, {7}},
                                        {{3, 40}, -1, {40}, {40}},
                                        {{3, 40}, 0, {3, 40}, {3, 40}},
                                        {{2, 3, 5}, 1, {3, 5}, {3, 5}},
                                        {{2, 3, 5}, -1, {1, 1, 5}, {5}},
                                        {{2, 3, 5}, -1, {2, 1, 1}, {3, 1}},
                                        {{2, 3, 5}, -1, {1}, {}},
                                        {{2, 1, 2, 3, 1, 2, 1, 2}, 4, {1, 2, 1, 2}, {2}},
                                        {{4, 1}, 1, {1}, {1}},
                                        {{9, 70}, 1, {70}, {70}},
                                        {{0, 3}, 1, {3}, {3}}};
  for_cases(table.size(), [&](size_t number) {
    const LayerCase& tried = table[number];
    const auto rank = static_cast<int64_t>(tried.x.size());
    const int64_t axis = (tried.axis + rank) % rank;
    Shape kept = tried.x;
    std::fill(kept.begin() + axis, kept.end(), 1);
    const Tensor x = around<T>(tried.x, base);
    TestNode node("LayerNormalization", 17, {x, noisy<T>(tried.scale, 2)},
                  {wanted(x.type.dtype, tried.x), wanted(BP_DTYPE_FLOAT32, kept),
                   wanted(BP_DTYPE_FLOAT32, kept)});
    node.add_input(noisy<T>(tried.shift, 3), false);
    node.add("axis", tried.axis);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    const auto rows = static_cast<int64_t>(count_of(kept));
    const int64_t length = rows == 0 ? 0 : static_cast<int64_t>(count_of(tried.x)) / rows;
    for (int64_t i = 0; i < rows * length; ++i) {
      const Statistics row = statistics_of(x, i / length * length, length);
      const auto at = [&](size_t input, const Shape& shape) {
        return static_cast<long double>(
            element(node.inputs[input],
                    static_cast<int64_t>(broadcast_index(tried.x, shape, static_cast<size_t>(i)))));
      };
      const long double scaled =
          (static_cast<long double>(element(x, i)) - row.mean) * row.inverse * at(1, tried.scale);
      const long double expected = scaled + at(2, tried.shift);
      const double u = unit_of(x.type.dtype);
      ASSERT_TRUE(is_within(element(node.outputs[0], i), expected,
                            1.01 * u * std::fabs(static_cast<double>(expected)) +
                                layer_error<T>(scaled) + (base + 1) * 1e-12 +
                                smallest_of(x.type.dtype)))
          << "element " << i;
      ASSERT_FLOAT_EQ(node.outputs[1].as<float>()[static_cast<size_t>(i / length)],
                      static_cast<float>(row.mean));
      ASSERT_FLOAT_EQ(node.outputs[2].as<float>()[static_cast<size_t>(i / length)],
                      static_cast<float>(row.inverse));
    }
  });
}

TEST(LayerNormalization, Float32CancelsNothingFarFromZero) { expect_layers<float>(10000); }
TEST(LayerNormalization, Float32) { expect_layers<float>(0); }
TEST(LayerNormalization, Float64) { expect_layers<double>(0); }
TEST(LayerNormalization, Float16) { expect_layers<Half>(0); }
TEST(LayerNormalization, Bfloat16) { expect_layers<Bfloat16>(0); }

// What a row without scale and shift is brought to, by definition.
void expect_normal(const TestNode& node, int64_t length, double epsilon) {
  const Tensor& x = node.inputs[0];
  const Statistics row = statistics_of(x, 0, length, epsilon);
  for (int64_t i = 0; i < length; ++i) {
    const long double expected = (static_cast<long double>(element(x, i)) - row.mean) * row.inverse;
    ASSERT_TRUE(
        is_within(element(node.outputs[0], i), expected, 1.01 * layer_error<float>(expected)))
        << "element " << i;
  }
}

TEST(LayerNormalization, AnElementFarFromTheOthersCostsNothing) {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t length : {50, 5000}) {
    const Tensor x = filled<float>({1, length}, [](int64_t i) {
      return i == 0 ? 3e9F : static_cast<float>(noise(1, i)) * 1e-3F;
    });
    TestNode node("LayerNormalization", 17,
                  {x, filled<float>({length}, [](int64_t) { return 1.F; })},
                  {wanted(BP_DTYPE_FLOAT32, {1, length})});
    ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
    expect_normal(node, length, kEpsilon);
  }
}

// Differences from the mean of which no float holds the largest, or the inverse of the deviation.
TEST(LayerNormalization, TheLargestAndTheSmallestNumbersAreBroughtToOneAsOthersAre) {
  const OpenDevice device(kSynchronousDevice);
  for (const float size : {3e38F, 1e-30F}) {
    TestNode node("LayerNormalization", 17,
                  {filled<float>({1, 70}, [&](int64_t i) { return i % 9 == 0 ? size : -size; }),
                   filled<float>({70}, [](int64_t) { return 1.F; })},
                  {wanted(BP_DTYPE_FLOAT32, {1, 70})});
    node.add("epsilon", 0.0F);
    ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
    expect_normal(node, 70, 0);
  }
}

TEST(LayerNormalization, OfARowWithAnInfinityNothingIsANumber) {
  const OpenDevice device(kSynchronousDevice);
  for (const size_t place : {0U, 40U, 69U}) {
    Tensor x = noisy<float>({5, 70}, 1);
    reinterpret_cast<float*>(x.bytes.data())[140 + place] = INFINITY;
    TestNode node("LayerNormalization", 17, {x, noisy<float>({70}, 2)},
                  {wanted(BP_DTYPE_FLOAT32, {5, 70}), wanted(BP_DTYPE_FLOAT32, {5, 1})});
    ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
    for (int64_t i = 0; i < 350; ++i)
      EXPECT_EQ(std::isnan(element(node.outputs[0], i)), i / 70 == 2) << "element " << i;
    EXPECT_EQ(element(node.outputs[1], 2), INFINITY);
  }
}

TEST(LayerNormalization, OptionalPartsMayBeAbsent) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("LayerNormalization", 17,
                {tensor<float>({2, 2}, {1, 3, -1, 1}), tensor<float>({2}, {1, 2})},
                {wanted(BP_DTYPE_FLOAT32, {2, 2}), Tensor{}, wanted(BP_DTYPE_BFLOAT16, {2, 1})});
  node.add("stash_type", BP_DTYPE_BFLOAT16);
  node.add("epsilon", 0.0F);
  ASSERT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{-1, 2, -1, 2}));
  EXPECT_EQ(element(node.outputs[2], 1), 1.0);
}

TEST(LayerNormalization, WhatDoesNotFitIsRefusedInWords) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("LayerNormalization", 17, {noisy<float>({2, 3}, 1), noisy<float>({2}, 1)},
                {wanted(BP_DTYPE_FLOAT32, {2, 3})});
  EXPECT_EQ(reason_against(device, node),
            "LayerNormalization: float32[2] does not stretch to float32[2,3]");
}

template <class T>
void expect_instances(double base) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape :
       std::vector<Shape>{{2, 3, 50}, {1, 4, 5, 6}, {2, 1, 3, 2, 2}, {2, 0, 3}}) {
    const Tensor x = around<T>(shape, base);
    TestNode node("InstanceNormalization", 6, {x, noisy<T>({shape[1]}, 2), noisy<T>({shape[1]}, 3)},
                  {wanted(x.type.dtype, shape)});
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    const int64_t planes = shape[0] * shape[1];
    const int64_t inner = planes == 0 ? 1 : count_of(x) / planes;
    for (int64_t i = 0; i < count_of(x); ++i) {
      const Statistics row = statistics_of(x, i / inner * inner, inner);
      const int64_t channel = i / inner % shape[1];
      const long double expected = (static_cast<long double>(element(x, i)) - row.mean) *
                                       row.inverse *
                                       static_cast<long double>(element(node.inputs[1], channel)) +
                                   static_cast<long double>(element(node.inputs[2], channel));
      ASSERT_TRUE(
          is_within(element(node.outputs[0], i), expected,
                    1.01 * unit_of(x.type.dtype) * std::fabs(static_cast<double>(expected)) +
                        (base + 1) * 1e-12 + smallest_of(x.type.dtype)));
    }
  }
}

TEST(InstanceNormalization, Float32IsRoundedOnceFarFromZero) { expect_instances<float>(10000); }
TEST(InstanceNormalization, Float64) { expect_instances<double>(0); }
TEST(InstanceNormalization, Float16) { expect_instances<Half>(0); }

// x - max is rounded, then the logarithm of a sum within a few ulp of itself.
template <class T>
void expect_log_softmax(double spread) {
  const OpenDevice device(kSynchronousDevice);
  for (const int64_t axis : {0, 1, 2}) {
    const Shape shape = {5, 30, 70};
    const Tensor x = filled<T>(
        shape, [&](int64_t i) { return store<T>(static_cast<Computed<T>>(spread * noise(4, i))); });
    TestNode node("LogSoftmax", 13, {x}, {wanted(x.type.dtype, shape)});
    node.add("axis", axis);
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    for (size_t i = 0; i < count_of(shape); ++i) {
      Shape place = place_of(shape, i);
      const auto at = [&](int64_t k) {
        place[static_cast<size_t>(axis)] = k;
        return static_cast<long double>(element(x, static_cast<int64_t>(index_of(shape, place))));
      };
      long double sum = 0, largest = at(0);
      for (int64_t k = 0; k < shape[static_cast<size_t>(axis)]; ++k) {
        sum += std::exp(at(k));
        largest = std::max(largest, at(k));
      }
      const auto own = static_cast<long double>(element(x, static_cast<int64_t>(i)));
      const long double expected = own - std::log(sum);
      const double u = unit_of_sums(x.type.dtype);
      const double size = static_cast<double>(largest - own) + 80;
      ASSERT_TRUE(is_within(
          element(node.outputs[0], static_cast<int64_t>(i)), expected,
          2 * u * size + 1.01 * unit_of(x.type.dtype) * std::fabs(static_cast<double>(expected))));
    }
  }
}

TEST(LogSoftmax, Float32) { expect_log_softmax<float>(20); }
TEST(LogSoftmax, Float64) { expect_log_softmax<double>(20); }
TEST(LogSoftmax, Float16) { expect_log_softmax<Half>(5); }

TEST(LogSoftmax, LargeNumbersAndInfinities) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const OpenDevice device(kSynchronousDevice);
  const auto first_of = [&](float a, float b) {
    TestNode node("LogSoftmax", 13, {tensor<float>({1, 2}, {a, b})},
                  {wanted(BP_DTYPE_FLOAT32, {1, 2})});
    EXPECT_EQ(run(device, node), BP_OK);
    return node.outputs[0].as<float>()[0];
  };
  EXPECT_FLOAT_EQ(first_of(3e30F, 3e30F), -0.6931472F);
  EXPECT_FLOAT_EQ(first_of(-10000, 0), -10000);
  EXPECT_EQ(first_of(-kInfinity, 0), -kInfinity);
  EXPECT_EQ(first_of(0, -kInfinity), 0);
  EXPECT_TRUE(std::isnan(first_of(-kInfinity, -kInfinity)));
  EXPECT_TRUE(std::isnan(first_of(kInfinity, 0)));
}

template <class T>
void expect_mean_variance(const Shape& shape, const Shape& axes) {
  const OpenDevice device(kSynchronousDevice);
  const Tensor x = around<T>(shape, 3);
  TestNode node("MeanVarianceNormalization", 13, {x}, {wanted(x.type.dtype, shape)});
  if (!axes.empty()) node.add("axes", axes);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  Shape kept = shape;
  for (const int64_t axis : axes.empty() ? Shape{0, 2, 3} : axes)
    kept[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(shape.size()) : axis)] = 1;
  const auto group_of = [&](size_t i) {
    Shape place = place_of(shape, i);
    for (size_t axis = 0; axis < place.size(); ++axis)
      if (kept[axis] == 1) place[axis] = 0;
    return index_of(kept, place);
  };
  std::vector<std::vector<double>> groups(count_of(kept));
  for (size_t i = 0; i < count_of(shape); ++i)
    groups[group_of(i)].push_back(element(x, static_cast<int64_t>(i)));
  for (size_t i = 0; i < count_of(shape); ++i) {
    long double mean = 0, variance = 0;
    const std::vector<double>& group = groups[group_of(i)];
    for (const double value : group) mean += value;
    mean /= static_cast<long double>(group.size());
    for (const double value : group) variance += (value - mean) * (value - mean);
    variance /= static_cast<long double>(group.size());
    const long double expected =
        (element(x, static_cast<int64_t>(i)) - mean) / (std::sqrt(variance) + 1e-9L);
    const double bound = 2 * unit_of(x.type.dtype) * 4 + 1e-13;
    ASSERT_TRUE(is_within(element(node.outputs[0], static_cast<int64_t>(i)), expected, bound));
  }
}

TEST(MeanVarianceNormalization, HasOneMeanForEachChannelUnlessToldOtherwise) {
  expect_mean_variance<float>({2, 3, 4, 5}, {});
  expect_mean_variance<double>({2, 3, 4, 5}, {1, -1});
  expect_mean_variance<Half>({7, 9}, {0});
  expect_mean_variance<Bfloat16>({7, 9}, {-1, 0});
}

TEST(MeanVarianceNormalization, NothingDeviatesFromAMeanOfEquals) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("MeanVarianceNormalization", 13, {tensor<float>({1, 1, 1, 3}, {5, 5, 5})},
                {wanted(BP_DTYPE_FLOAT32, {1, 1, 1, 3})});
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), (std::vector<float>{0, 0, 0}));
}

}  // namespace
}  // namespace backplane::cpu::testing
