// DFT and STFT against their formula in complex numbers, term by term.
#include <gtest/gtest.h>

#include <complex>
#include <random>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds
using Complex = std::complex<double>;

const Attribute kOnesided = int_attribute("onesided", 1);
const Attribute kBothSides = int_attribute("onesided", 0);
const Attribute kInverse = int_attribute("inverse", 1);

Numbers noise(const Shape& shape) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> any(-1, 1);
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  std::vector<double> elements(count);
  for (double& each : elements) each = any(random);
  return floats(shape, elements);
}

Numbers number(int64_t value) { return {BP_DTYPE_INT64, {}, {static_cast<double>(value)}, true}; }

// Sum of x[n] turned by so many of `length` parts of a circle.
std::vector<Complex> transformed(std::vector<Complex> x, size_t length, double sign) {
  x.resize(length);
  std::vector<Complex> result;
  for (size_t k = 0; k < length; ++k) {
    Complex sum = 0;
    for (size_t n = 0; n < length; ++n)
      sum += x[n] * std::polar(1.0, sign * 2 * 3.14159265358979323846 * static_cast<double>(k * n) /
                                        static_cast<double>(length));
    result.push_back(sum);
  }
  return result;
}

// Of [before, size, behind, parts], `start` and the next ones of the middle axis.
std::vector<Complex> line_of(const Numbers& x, const Shape& as, int64_t before, int64_t behind) {
  std::vector<Complex> line;
  for (int64_t n = 0; n < as[1]; ++n) {
    const auto at = static_cast<size_t>(((before * as[1] + n) * as[2] + behind) * as[3]);
    line.emplace_back(x.elements[at], as[3] == 2 ? x.elements[at + 1] : 0);
  }
  return line;
}

void expect_lines(const Ran& ran, const Numbers& x, const Shape& as, size_t length, double sign) {
  ASSERT_EQ(ran.status, "");
  const Numbers& y = ran.outputs[0];
  const int64_t frequencies = static_cast<int64_t>(y.elements.size()) / (as[0] * as[2] * 2);
  const double scale = sign > 0 ? static_cast<double>(length) : 1;
  for (int64_t before = 0; before < as[0]; ++before)
    for (int64_t behind = 0; behind < as[2]; ++behind) {
      const std::vector<Complex> wanted = transformed(line_of(x, as, before, behind), length, sign);
      const std::vector<Complex> got = line_of(y, {as[0], frequencies, as[2], 2}, before, behind);
      for (size_t k = 0; k < got.size(); ++k)
        EXPECT_LT(std::abs(got[k] - wanted[k] / scale), 4e-6)
            << before << " " << behind << " " << k;
    }
}

TEST(DecomposedFourier, DftOfRealAndComplexNumbersAlongAnyAxis) {
  for (const int64_t parts : {1, 2}) {
    const Numbers x = noise({3, 7, 5, parts});
    expect_lines(run_parts({"DFT", {x}, {}}), x, {3, 7, 5, parts}, 7, -1);
    expect_lines(run_parts({"DFT", {x}, {int_attribute("axis", 0)}}), x, {1, 3, 35, parts}, 3, -1);
    expect_lines(run_parts({"DFT", {x}, {int_attribute("axis", -2)}}), x, {21, 5, 1, parts}, 5, -1);
    expect_lines(run_parts({"DFT", {x}, {kInverse}}), x, {3, 7, 5, parts}, 7, 1);
  }
  const Numbers x = noise({2, 8, 1});
  const Ran onesided = run_parts({"DFT", {x}, {kOnesided}});
  EXPECT_EQ(onesided.outputs.at(0).shape, (Shape{2, 5, 2}));
  expect_lines(onesided, x, {2, 8, 1, 1}, 8, -1);
}

TEST(DecomposedFourier, DftLengthPadsOrCuts) {
  const Numbers x = noise({2, 6, 2});
  for (const int64_t length : {1, 4, 6, 9}) {
    SCOPED_TRACE(length);
    Numbers cut = x;
    Shape as = {2, 6, 1, 2};
    if (length < 6) {
      as[1] = length;
      cut.elements.clear();
      for (size_t i = 0; i < 24; ++i)
        if (i % 12 < static_cast<size_t>(2 * length)) cut.elements.push_back(x.elements[i]);
    }
    expect_lines(run_parts({"DFT", {x, number(length)}, {}}), cut, as, static_cast<size_t>(length),
                 -1);
  }
}

TEST(DecomposedFourier, WhatIsCutMayBeInfinite) {
  const Numbers x = floats({1, 3, 1}, {1, 2, INFINITY});
  EXPECT_EQ(difference(run_parts({"DFT", {x, number(2)}, {}}), {3, 0, -1, 0}), "");
}

TEST(DecomposedFourier, QuartersOfACircleAreExact) {
  const Numbers x = floats({1, 4, 1}, {1e30, 1, 2, 3});
  const Ran ran = run_parts({"DFT", {floats({1, 4, 1}, {1, 1, 1, 1})}, {}});
  EXPECT_EQ(difference(ran, {4, 0, 0, 0, 0, 0, 0, 0}), "");
  EXPECT_EQ(run_parts({"DFT", {x}, {}}).outputs.at(0).elements.at(3), 2);
}

TEST(DecomposedFourier, StftIsTheDftOfEachFrameSeenThroughTheWindow) {
  for (const int64_t parts : {1, 2})
    for (const bool has_window : {false, true}) {
      const Numbers x = noise({2, 20, parts});
      const Numbers window = has_window ? noise({7}) : absent();
      const Ran ran = run_parts(
          {"STFT", {x, number(4), window, number(7)}, {parts == 1 ? kOnesided : kBothSides}});
      ASSERT_EQ(ran.status, "");
      const int64_t frequencies = parts == 1 ? 4 : 7;
      ASSERT_EQ(ran.outputs[0].shape, (Shape{2, 4, frequencies, 2}));
      for (int64_t signal = 0; signal < 2; ++signal)
        for (int64_t frame = 0; frame < 4; ++frame) {
          std::vector<Complex> line = line_of(x, {2, 20, 1, parts}, signal, 0);
          line.erase(line.begin(), line.begin() + 4 * frame);
          line.resize(7);
          for (size_t n = 0; has_window && n < 7; ++n) line[n] *= window.elements[n];
          const std::vector<Complex> wanted = transformed(line, 7, -1);
          const std::vector<Complex> got =
              line_of(ran.outputs[0], {8, frequencies, 1, 2}, signal * 4 + frame, 0);
          for (size_t k = 0; k < got.size(); ++k)
            EXPECT_LT(std::abs(got[k] - wanted[k]), 4e-6) << signal << " " << frame << " " << k;
        }
    }
}

TEST(DecomposedFourier, RefusesWhatItCannotSay) {
  const Numbers half{BP_DTYPE_FLOAT16, {1, 4, 1}, {0, 0, 0, 0}, false};
  EXPECT_NE(run_parts({"DFT", {half}, {}}).status.find("float16"), std::string::npos);
  const Numbers long_one{BP_DTYPE_FLOAT32, {1, 10000, 1}, std::vector<double>(10000), false};
  EXPECT_NE(run_parts({"DFT", {long_one}, {}}).status.find("length"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
