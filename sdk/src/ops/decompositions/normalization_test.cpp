// Normalisations against their formulas in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

Numbers random_floats(std::mt19937& random, const Shape& shape, double centre = 0) {
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  std::normal_distribution<double> value(centre, 1);
  std::vector<double> elements(count);
  for (double& each : elements) each = value(random);
  return floats(shape, elements);
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(const std::vector<double>& x, double epsilon) {
  Moments moments;
  for (const double each : x) moments.mean += each / static_cast<double>(x.size());
  double variance = 0;
  for (const double each : x)
    variance += (each - moments.mean) * (each - moments.mean) / static_cast<double>(x.size());
  moments.deviation = std::sqrt(variance + epsilon);
  return moments;
}

// `bound` for elements of size 1: what n roundings of a mean and some more may add up to.
void expect_near(const std::vector<double>& got, const std::vector<double>& wanted, double bound) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], wanted[i], bound * (1 + std::fabs(wanted[i]))) << i;
}

constexpr double kBound = 2e-6;

TEST(DecomposedNormalization, LayersOfEveryAxisWithAllOutputs) {
  std::mt19937 random(3);
  const Shape shape = {3, 4, 5};
  for (int64_t axis = -3; axis < 3; ++axis)
    for (const size_t outputs : {size_t{1}, size_t{3}}) {
      const auto first = static_cast<size_t>(axis < 0 ? axis + 3 : axis);
      const Numbers x = random_floats(random, shape, 2);
      const Shape inner(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.end());
      const Numbers scale = random_floats(random, inner);
      const Numbers bias = random_floats(random, {5});
      const Ran ran = run_parts({"LayerNormalization",
                                 {x, scale, bias},
                                 {int_attribute("axis", axis), float_attribute("epsilon", 0.25f)},
                                 outputs});
      ASSERT_EQ(ran.status, "");
      std::vector<double> y;
      std::vector<double> means;
      std::vector<double> inverses;
      const size_t length = scale.elements.size();
      for (size_t row = 0; row < x.elements.size(); row += length) {
        const auto begin = x.elements.begin() + static_cast<std::ptrdiff_t>(row);
        const std::vector<double> all(begin, begin + static_cast<std::ptrdiff_t>(length));
        const Moments moments = moments_of(all, 0.25);
        for (size_t i = 0; i < length; ++i)
          y.push_back((all[i] - moments.mean) / moments.deviation * scale.elements[i] +
                      bias.elements[i % 5]);
        means.push_back(moments.mean);
        inverses.push_back(1 / moments.deviation);
      }
      expect_near(ran.outputs[0].elements, y, kBound);
      if (outputs == 1) continue;
      expect_near(ran.outputs[1].elements, means, kBound);
      expect_near(ran.outputs[2].elements, inverses, kBound);
    }
}

TEST(DecomposedNormalization, LayerRefusesOtherTypes) {
  const Numbers half = {BP_DTYPE_FLOAT16, {1, 2}, {1, 2}, false};
  EXPECT_NE(run_parts({"LayerNormalization", {half, half}, {}}).status.find("float16"),
            std::string::npos);
  const Numbers x = floats({1, 2}, {1, 2});
  EXPECT_NE(run_parts({"LayerNormalization", {x, x}, {int_attribute("stash_type", 16)}})
                .status.find("stash_type"),
            std::string::npos);
}

TEST(DecomposedNormalization, InstancesHaveAPlaneEach) {
  std::mt19937 random(4);
  for (const Shape& shape : {Shape{2, 3, 7}, Shape{2, 3, 4, 5}, Shape{1, 2, 2, 3, 2}}) {
    const Numbers x = random_floats(random, shape, -1);
    const Numbers scale = random_floats(random, {shape[1]});
    const Numbers bias = random_floats(random, {shape[1]});
    const Ran ran = run_parts({"InstanceNormalization", {x, scale, bias}, {}});
    ASSERT_EQ(ran.status, "");
    std::vector<double> y;
    const size_t length = x.elements.size() / static_cast<size_t>(shape[0] * shape[1]);
    for (size_t plane = 0; plane * length < x.elements.size(); ++plane) {
      const auto begin = x.elements.begin() + static_cast<std::ptrdiff_t>(plane * length);
      const std::vector<double> all(begin, begin + static_cast<std::ptrdiff_t>(length));
      const Moments moments = moments_of(all, double{1e-5f});
      const size_t channel = plane % static_cast<size_t>(shape[1]);
      for (const double each : all)
        y.push_back((each - moments.mean) / moments.deviation * scale.elements[channel] +
                    bias.elements[channel]);
    }
    expect_near(ran.outputs[0].elements, y, kBound);
  }
}

// The statistics of a batch are those of its channels; momentum mixes them with what was kept.
TEST(DecomposedNormalization, BatchesInTrainingAndAfterIt) {
  std::mt19937 random(8);
  const Numbers x = random_floats(random, {3, 2, 4}, 1);
  const Numbers scale = random_floats(random, {2});
  const Numbers bias = random_floats(random, {2});
  const Numbers mean = random_floats(random, {2});
  const Numbers variance = floats({2}, {0.5, 3});
  std::vector<double> trained(x.elements.size());
  std::vector<double> ready(x.elements.size());
  std::vector<std::vector<double>> running(2);
  for (size_t channel = 0; channel < 2; ++channel) {
    std::vector<double> all;
    for (size_t i = 0; i < trained.size(); ++i)
      if (i / 4 % 2 == channel) all.push_back(x.elements[i]);
    const Moments batch = moments_of(all, double{1e-5f});
    const double kept = std::sqrt(variance.elements[channel] + double{1e-5f});
    for (size_t i = 0; i < trained.size(); ++i) {
      if (i / 4 % 2 != channel) continue;
      const double factor = scale.elements[channel];
      trained[i] = (x.elements[i] - batch.mean) / batch.deviation * factor + bias.elements[channel];
      ready[i] = (x.elements[i] - mean.elements[channel]) / kept * factor + bias.elements[channel];
    }
    const double spread = batch.deviation * batch.deviation - double{1e-5f};
    running[0].push_back(0.75 * mean.elements[channel] + 0.25 * batch.mean);
    running[1].push_back(0.75 * variance.elements[channel] + 0.25 * spread);
  }
  const std::vector<Numbers> inputs = {x, scale, bias, mean, variance};
  const Ran after = run_parts({"BatchNormalization", inputs, {}});
  const Ran training =
      run_parts({"BatchNormalization",
                 inputs,
                 {int_attribute("training_mode", 1), float_attribute("momentum", 0.75f)},
                 3});
  ASSERT_EQ(after.status + training.status, "");
  expect_near(after.outputs[0].elements, ready, kBound);
  expect_near(training.outputs[0].elements, trained, kBound);
  expect_near(training.outputs[1].elements, running[0], kBound);
  expect_near(training.outputs[2].elements, running[1], kBound);
}

// Over every axis but that of channels.
TEST(DecomposedNormalization, MeanAndVarianceOfAChannel) {
  std::mt19937 random(5);
  const Numbers x = random_floats(random, {3, 2, 2, 4}, 3);
  const Ran ran = run_parts({"MeanVarianceNormalization", {x}, {}});
  ASSERT_EQ(ran.status, "");
  std::vector<double> y(x.elements.size());
  for (size_t channel = 0; channel < 2; ++channel) {
    std::vector<double> all;
    for (size_t i = 0; i < y.size(); ++i)
      if (i / 8 % 2 == channel) all.push_back(x.elements[i]);
    const Moments moments = moments_of(all, 0);
    for (size_t i = 0; i < y.size(); ++i)
      if (i / 8 % 2 == channel) y[i] = (x.elements[i] - moments.mean) / moments.deviation;
  }
  expect_near(ran.outputs[0].elements, y, kBound);
}

TEST(DecomposedNormalization, NormsAlongOneAxis) {
  std::mt19937 random(6);
  const Numbers x = random_floats(random, {2, 3, 4});
  for (const int64_t p : {1, 2})
    for (const size_t axis : {0u, 1u, 2u}) {
      const Ran ran =
          run_parts({"LpNormalization",
                     {x},
                     {int_attribute("p", p), int_attribute("axis", static_cast<int64_t>(axis))}});
      ASSERT_EQ(ran.status, "");
      const size_t step = axis == 0 ? 12 : axis == 1 ? 4 : 1;
      const auto size = static_cast<size_t>(x.shape[axis]);
      std::vector<double> y;
      for (size_t i = 0; i < x.elements.size(); ++i) {
        const size_t first = i - i / step % size * step;
        double norm = 0;
        for (size_t k = 0; k < size; ++k)
          norm += std::pow(std::fabs(x.elements[first + k * step]), p);
        y.push_back(x.elements[i] / std::pow(norm, 1.0 / static_cast<double>(p)));
      }
      expect_near(ran.outputs[0].elements, y, kBound);
    }
}

TEST(DecomposedNormalization, ResponsesOfNeighbouringChannels) {
  std::mt19937 random(7);
  for (const int64_t size : {1, 2, 3, 6, 9})
    for (const Shape& shape : {Shape{2, 5, 3, 2}, Shape{2, 4}, Shape{1, 3, 2, 2, 2}}) {
      const Numbers x = random_floats(random, shape);
      const Ran ran = run_parts({"LRN",
                                 {x},
                                 {int_attribute("size", size), float_attribute("alpha", 0.5f),
                                  float_attribute("beta", 0.75f), float_attribute("bias", 2)}});
      ASSERT_EQ(ran.status, "");
      const int64_t channels = shape[1];
      const int64_t step = static_cast<int64_t>(x.elements.size()) / shape[0] / channels;
      std::vector<double> y;
      for (int64_t i = 0; i < static_cast<int64_t>(x.elements.size()); ++i) {
        const int64_t channel = i / step % channels;
        double squares = 0;
        for (int64_t c = std::max<int64_t>(0, channel - (size - 1) / 2);
             c <= std::min(channels - 1, channel + size / 2); ++c)
          squares += std::pow(x.elements[static_cast<size_t>(i + (c - channel) * step)], 2);
        const double base = 2 + 0.5 / static_cast<double>(size) * squares;
        y.push_back(x.elements[static_cast<size_t>(i)] / std::pow(base, 0.75));
      }
      expect_near(ran.outputs[0].elements, y, kBound);
    }
}

TEST(DecomposedNormalization, NanAndInfinityStayWhatTheFormulaMakesOfThem) {
  const Numbers x = floats({1, 1, 3}, {1, NAN, 2});
  const Numbers one = floats({1}, {1});
  for (const char* op : {"InstanceNormalization"}) {
    const Ran ran = run_parts({op, {x, one, one}, {}});
    EXPECT_EQ(difference(ran, {NAN, NAN, NAN}), "") << op;
  }
  const Ran lrn =
      run_parts({"LRN", {floats({1, 3}, {INFINITY, 1, NAN})}, {int_attribute("size", 1)}});
  ASSERT_EQ(lrn.status, "");
  EXPECT_TRUE(std::isnan(lrn.outputs[0].elements[0]) && std::isnan(lrn.outputs[0].elements[2]));
}

}  // namespace
}  // namespace backplane::ops
