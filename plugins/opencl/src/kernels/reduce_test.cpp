// Means, softmax and batch normalization against plain loops in double.
#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

class Reduce : public KernelTest {
 protected:
  // Means in double; `from` are the input's strides.
  static std::vector<double> means_of(const std::vector<float>& x, const Shape& shape,
                                      const Shape& from, const Shape& axes) {
    Shape kept = shape;
    for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = 1;
    std::vector<double> means(count_of(kept), 0.0);
    Shape to = dense_strides(kept);
    for (size_t axis = 0; axis < kept.size(); ++axis)
      if (kept[axis] == 1) to[axis] = 0;
    for (size_t i = 0; i < count_of(shape); ++i) {
      const Shape place = place_of(shape, i);
      means[index_of(to, place)] += static_cast<double>(x[index_of(from, place)]);
    }
    for (double& mean : means)
      mean *= static_cast<double>(means.size()) / static_cast<double>(count_of(shape));
    return means;
  }

  void expect_means(const Shape& shape, const Shape& axes, const Shape& strides = {}) {
    const std::vector<float> x = floats(2 * count_of(shape), 7);
    Shape output = shape;
    for (const int64_t axis : axes) output[static_cast<size_t>(axis)] = 1;
    TestNode node("ReduceMean", 13, {tensor(shape, x, strides)}, {wanted<float>(output)});
    node.add("axes", axes);
    node.add("keepdims", int64_t{1});
    node.inputs[0].offset = 1;
    node.outputs[0].offset = 3;
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto y = node.outputs[0].as<float>();
    const auto means = means_of(x, shape, strides.empty() ? dense_strides(shape) : strides, axes);
    for (size_t i = 0; i < y.size(); ++i)
      ASSERT_TRUE(is_near(y[i], means[i], 1) || std::fabs(y[i] - means[i]) < 1e-6)
          << "element " << i << ": " << y[i] << ", not " << means[i];
  }

  std::vector<float> softmax_of(const Shape& shape, int64_t axis, const std::vector<float>& x,
                                int in_place = -1) {
    TestNode node("Softmax", 13, {tensor(shape, x)}, {wanted<float>(shape)});
    node.add("axis", axis);
    node.inputs[0].offset = 1;
    run(node, in_place);
    return node.outputs[0].as<float>();
  }

  void expect_softmax(const Shape& shape, int64_t axis, int in_place) {
    const std::vector<float> x = floats(count_of(shape), 8);
    const std::vector<float> y = softmax_of(shape, axis, x, in_place);
    const Shape strides = dense_strides(shape);
    const auto at = static_cast<size_t>(axis);
    for (size_t i = 0; i < y.size(); ++i) {
      Shape place = place_of(shape, i);
      double sum = 0;
      for (place[at] = 0; place[at] < shape[at]; ++place[at])
        sum += std::exp(static_cast<double>(x[index_of(strides, place)]) - x[i]);
      ASSERT_TRUE(is_near(y[i], 1 / sum, 8))
          << "element " << i << ": " << y[i] << ", not " << 1 / sum;
    }
  }

  void expect_normalized(const Shape& shape) {
    const auto channels = static_cast<size_t>(shape.size() > 1 ? shape[1] : 1);
    const Shape each = {static_cast<int64_t>(channels)};
    const std::vector<float> x = floats(count_of(shape), 9);
    std::vector<float> variance = floats(channels, 13);
    for (float& one : variance) one = std::fabs(one) + 0.5f;
    const std::vector<float> scale = floats(channels, 10);
    const std::vector<float> bias = floats(channels, 11);
    const std::vector<float> mean = floats(channels, 12);
    TestNode node("BatchNormalization", 15,
                  {tensor(shape, x), tensor(each, scale), tensor(each, bias), tensor(each, mean),
                   tensor(each, variance)},
                  {wanted<float>(shape)});
    node.add("epsilon", 1e-3f);
    node.outputs[0].offset = 1;
    ASSERT_NO_FATAL_FAILURE(run(node));
    const auto y = node.outputs[0].as<float>();
    size_t inner = 1;
    for (size_t axis = 2; axis < shape.size(); ++axis) inner *= static_cast<size_t>(shape[axis]);
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t c = i / inner % channels;
      const double scaled = (double{x[i]} - mean[c]) * scale[c] / std::sqrt(variance[c] + 1e-3);
      ASSERT_LE(std::fabs(y[i] - (scaled + bias[c])),
                1e-6 * (std::fabs(scaled) + std::fabs(bias[c])))
          << "element " << i;
    }
  }
};

TEST_F(Reduce, MeansOverAnyAxes) {
  for (const Shape& axes :
       {Shape{0}, Shape{1}, Shape{2}, Shape{0, 1}, Shape{0, 2}, Shape{1, 2}, Shape{0, 1, 2}}) {
    expect_means({3, 17, 65}, axes);
    expect_means({9, 4, 1}, axes);
    expect_means({2, 3, 130}, axes);
  }
  for (const int64_t length : {1, 15, 16, 63, 64, 65, 127, 1000}) {
    expect_means({5, length}, {1});
    expect_means({5, length}, {0});
  }
}

TEST_F(Reduce, MeansTakeStrides) {
  expect_means({33, 40}, {1}, {1, 33});
  expect_means({33, 40}, {0}, {1, 33});
  expect_means({33, 40}, {1}, {0, 1});
  expect_means({11, 40}, {0}, {80, 2});
}

TEST_F(Reduce, TheErrorOfAMeanDoesNotGrowWithItsLength) {
  const int64_t count = 1000003;
  std::vector<float> x(2 * static_cast<size_t>(count));
  for (size_t i = 0; i < x.size(); ++i) x[i] = 1001.3f + eighths(i) / 300.0f;
  for (const Shape& shape : {Shape{1, count}, Shape{count, 2}}) {
    const Shape axes = {shape[0] == 1 ? 1 : 0};
    const Shape output = {1, shape[0] == 1 ? 1 : 2};
    TestNode node(
        "ReduceMean", 13,
        {tensor(shape, std::vector<float>(x.begin(), x.begin() + int64_t(count_of(shape))))},
        {wanted<float>(output)});
    node.add("axes", axes);
    node.add("keepdims", int64_t{1});
    run(node);
    const auto y = node.outputs[0].as<float>();
    const auto means = means_of(x, shape, dense_strides(shape), axes);
    for (size_t i = 0; i < y.size(); ++i)
      EXPECT_TRUE(is_near(y[i], means[i], 3)) << y[i] << ", not " << means[i];
  }
}

TEST_F(Reduce, AnInfinityStaysInTheMeanAndNanToo) {
  for (const float odd : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> x = floats(300);
    x[7] = odd;
    for (const Shape& axes : {Shape{1}, Shape{0}}) {
      TestNode node("ReduceMean", 13, {tensor({3, 100}, x)},
                    {wanted<float>(axes[0] == 1 ? Shape{3, 1} : Shape{1, 100})});
      node.add("axes", axes);
      node.add("keepdims", int64_t{1});
      run(node);
      const auto y = node.outputs[0].as<float>();
      EXPECT_TRUE(is_near(y[axes[0] == 1 ? 0 : 7], static_cast<double>(odd), 0));
      EXPECT_TRUE(std::isfinite(y[1]) && std::isfinite(y[2]));
    }
  }
}

TEST_F(Reduce, GlobalAveragesOfFloat16) {
  std::vector<Half> x;
  double sum = 0;
  for (size_t i = 0; i < 49; ++i) {
    x.push_back(half_of(eighths(i)));
    sum += value_of(x.back());
  }
  TestNode node("GlobalAveragePool", 1, {tensor({1, 1, 7, 7}, x)}, {wanted<Half>({1, 1, 1, 1})});
  run(node);
  EXPECT_TRUE(is_near(node.outputs[0].as<Half>()[0], sum / 49, 0.501));
}

TEST_F(Reduce, SoftmaxAlongAnyAxis) {
  for (const int in_place : {-1, 0})
    for (const int64_t axis : {0, 1, 2}) {
      expect_softmax({3, 17, 65}, axis, in_place);
      expect_softmax({2, 5, 16}, axis, in_place);
      expect_softmax({7, 3, 1}, axis, in_place);
    }
  expect_softmax({5, 1000}, 1, -1);
}

TEST_F(Reduce, SoftmaxDoesNotOverflowAndKnowsInfinities) {
  const auto large = softmax_of({1, 3}, 1, {1000.0f, 1000.0f, -1000.0f});
  EXPECT_EQ(large, (std::vector<float>{0.5f, 0.5f, 0.0f}));
  EXPECT_EQ(softmax_of({3, 1}, 0, {-INFINITY, 3.0f, 3.0f}), (std::vector<float>{0.0f, 0.5f, 0.5f}));
  for (const float odd : {INFINITY, NAN})
    for (const float y : softmax_of({1, 20}, 1, std::vector<float>(20, odd)))
      EXPECT_TRUE(std::isnan(y));
  std::vector<float> row(40, 1.0f);
  row[19] = NAN;
  for (const float y : softmax_of({1, 40}, 1, row)) EXPECT_TRUE(std::isnan(y));
}

TEST_F(Reduce, SoftmaxOfFloat16IsRoundedOnce) {
  const std::vector<Half> x(2048, half_of(1.0f));
  for (const Shape& shape : {Shape{1, 2048}, Shape{2048, 1}}) {
    TestNode node("Softmax", 13, {tensor(shape, x)}, {wanted<Half>(shape)});
    node.add("axis", int64_t{shape[0] == 1 ? 1 : 0});
    run(node);
    for (const Half y : node.outputs[0].as<Half>()) ASSERT_EQ(value_of(y), 1.0 / 2048);
  }
}

TEST_F(Reduce, BatchNormalization) {
  for (const Shape& shape : {Shape{2, 3, 7, 7}, Shape{2, 5, 130}, Shape{3, 4, 64}, Shape{5, 70},
                             Shape{4, 64}, Shape{33}, Shape{1, 1, 1, 3}, Shape{2, 0, 4}})
    expect_normalized(shape);
}

}  // namespace
}  // namespace backplane::opencl::testing
