// LayerNormalization and InstanceNormalization against plain loops in double.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class LayerNormalization : public KernelTest {
 protected:
  struct Moments {
    double mean, inverse;
  };
  static Moments moments_of(const std::vector<float>& x, size_t begin, size_t length) {
    double sum = 0;
    double squares = 0;
    for (size_t i = begin; i < begin + length; ++i) sum += double{x[i]};
    const double mean = sum / static_cast<double>(length);
    for (size_t i = begin; i < begin + length; ++i) squares += (x[i] - mean) * (x[i] - mean);
    return {mean, 1 / std::sqrt(squares / static_cast<double>(length) + 1e-3)};
  }

  static size_t length_of(const Shape& shape, size_t axis) {
    return count_of(Shape(shape.begin() + static_cast<int64_t>(axis), shape.end()));
  }

  // `scale` and `bias` are stretched to x by these strides.
  static void expect_rows(TestNode& node, size_t axis, const Shape& scale, const Shape& bias) {
    const Shape& shape = place_shape(node);
    const size_t length = length_of(shape, axis);
    const auto x = node.inputs[0].as<float>();
    const auto scales = node.inputs[1].as<float>();
    const auto biases = node.inputs[2].as<float>();
    const auto y = node.outputs[0].as<float>();
    for (size_t i = 0; i < y.size(); ++i) {
      const Moments row = moments_of(x, i / length * length, length);
      const Shape place = place_of(shape, i);
      const double scaled = (x[i] - row.mean) * row.inverse * scales[index_of(scale, place)];
      const double shift = biases.empty() ? 0 : double{biases[index_of(bias, place)]};
      ASSERT_LE(std::fabs(y[i] - (scaled + shift)),
                1e-6 * (std::fabs(scaled) + std::fabs(shift) + 1))
          << "element " << i;
    }
  }
  static Shape place_shape(const TestNode& node) {
    const bp_tensor_type_t& type = node.inputs[0].type;
    return Shape(type.shape, type.shape + type.rank);
  }

  // Empty `bias`: there is none.
  void expect_layer(const Shape& shape, int64_t axis, const Shape& scale, const Shape& bias,
                    int in_place = -1) {
    const std::vector<float> x = floats(count_of(shape), 1);
    TestNode node("LayerNormalization", 17,
                  {tensor(shape, x), tensor(scale, floats(count_of(scale), 2)),
                   bias.empty() ? Tensor{} : tensor(bias, floats(count_of(bias), 3))},
                  {wanted<float>(shape)});
    node.add("axis", axis);
    node.add("epsilon", 1e-3f);
    node.inputs[1].offset = 1;
    node.outputs[0].offset = 3;
    ASSERT_NO_FATAL_FAILURE(run(node, in_place));
    expect_rows(node, static_cast<size_t>(axis), broadcast_strides(shape, scale),
                broadcast_strides(shape, bias));
  }

  void expect_instance(const Shape& shape) {
    const Shape channels = {shape[1]};
    const size_t count = count_of(channels);
    TestNode node("InstanceNormalization", 6,
                  {tensor(shape, floats(count_of(shape), 1)), tensor(channels, floats(count, 2)),
                   tensor(channels, floats(count, 3))},
                  {wanted<float>(shape)});
    node.add("epsilon", 1e-3f);
    node.inputs[0].offset = 1;
    ASSERT_NO_FATAL_FAILURE(run(node));
    Shape by_channel(shape.size(), 0);
    by_channel[1] = 1;
    expect_rows(node, 2, by_channel, by_channel);
  }
};

TEST_F(LayerNormalization, RowsAroundVectors) {
  for (const int64_t length : {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130, 1000})
    for (const int in_place : {-1, 0}) {
      expect_layer({5, length}, 1, {length}, {length}, in_place);
      expect_layer({5, length}, 1, {length}, {}, in_place);
    }
  expect_layer({70, 768}, 1, {768}, {768});
}

TEST_F(LayerNormalization, ScaleAndBiasStretch) {
  expect_layer({3, 17, 40}, 1, {17, 40}, {40});
  expect_layer({3, 17, 40}, 1, {17, 1}, {1});
  expect_layer({3, 17, 40}, 1, {1, 40}, {17, 40});
  expect_layer({3, 17, 40}, 0, {3, 1, 40}, {3, 17, 1});
  expect_layer({3, 17, 40}, 2, {17, 1}, {3, 1, 40});
}

TEST_F(LayerNormalization, StatisticsAreFloat32) {
  std::vector<Half> x;
  for (size_t i = 0; i < 60; ++i) x.push_back(half_of(eighths(i)));
  TestNode node("LayerNormalization", 17,
                {tensor({3, 20}, x), tensor({20}, std::vector<Half>(20, half_of(1)))},
                {wanted<Half>({3, 20}), wanted<float>({3, 1}), wanted<float>({3, 1})});
  node.add("epsilon", 1e-3f);
  node.outputs[1].offset = 1;
  run(node);
  std::vector<float> numbers;
  for (const Half one : x) numbers.push_back(static_cast<float>(value_of(one)));
  for (size_t row = 0; row < 3; ++row) {
    const Moments moments = moments_of(numbers, row * 20, 20);
    EXPECT_TRUE(is_near(node.outputs[1].as<float>()[row], moments.mean, 4));
    EXPECT_TRUE(is_near(node.outputs[2].as<float>()[row], moments.inverse, 4));
  }
}

// The square of a mean takes all digits of a float here, and the variance has none of them left.
TEST_F(LayerNormalization, FarFromZeroTheVarianceStays) {
  std::vector<float> x(1000);
  for (size_t i = 0; i < x.size(); ++i) x[i] = 20000.0f + static_cast<float>(i % 2);
  TestNode node("LayerNormalization", 17,
                {tensor({1, 1000}, x), tensor({1000}, std::vector<float>(1000, 1.0f))},
                {wanted<float>({1, 1000})});
  run(node);
  const auto y = node.outputs[0].as<float>();
  for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], i % 2 == 0 ? -1.0 : 1.0, 1e-4);
}

TEST_F(LayerNormalization, WhatIsNotServedIsRefused) {
  TestNode node("LayerNormalization", 17, {tensor({3, 4}, floats(12)), tensor({4}, floats(4))},
                {wanted<float>({3, 4})});
  node.add("stash_type", int64_t{BP_DTYPE_BFLOAT16});
  EXPECT_EQ(reason_against(node), "LayerNormalization: only stash_type 1, float32");
  TestNode other("LayerNormalization", 17, {tensor({3, 4}, floats(12)), tensor({3}, floats(3))},
                 {wanted<float>({3, 4})});
  EXPECT_NE(reason_against(other).find("stretch to its sizes"), std::string::npos);
}

TEST_F(LayerNormalization, InstancesHaveScalesByChannel) {
  for (const Shape& shape : {Shape{2, 3, 7}, Shape{2, 5, 8, 16}, Shape{3, 1, 33, 31},
                             Shape{2, 4, 3, 5, 7}, Shape{70, 3, 65}, Shape{0, 3, 4}})
    expect_instance(shape);
}

}  // namespace
}  // namespace backplane::opencl::testing
