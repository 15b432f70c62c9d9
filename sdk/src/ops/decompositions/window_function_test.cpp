// Windows against other forms of their formulas, and against numbers known from elsewhere.
#include <gtest/gtest.h>

#include <cmath>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

Ran window(const char* op, int64_t size, bool is_periodic, int64_t dtype = BP_DTYPE_FLOAT64) {
  Numbers scalar{BP_DTYPE_INT64, {}, {static_cast<double>(size)}, true};
  return run_parts(
      {op,
       {scalar},
       {int_attribute("periodic", is_periodic ? 1 : 0), int_attribute("output_datatype", dtype)}});
}

// sin^2(pi i / period)
double hann(int64_t i, int64_t period) {
  const double sine =
      std::sin(3.14159265358979323846 * static_cast<double>(i) / static_cast<double>(period));
  return sine * sine;
}

void expect_near(const Ran& ran, const std::vector<double>& wanted, double bound) {
  ASSERT_EQ(ran.status, "");
  const std::vector<double>& got = ran.outputs[0].elements;
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], bound) << i;
}

TEST(DecomposedWindow, HannIsASquaredSine) {
  for (const int64_t size : {2, 5, 64})
    for (const bool is_periodic : {true, false}) {
      std::vector<double> wanted;
      for (int64_t i = 0; i < size; ++i) wanted.push_back(hann(i, is_periodic ? size : size - 1));
      expect_near(window("HannWindow", size, is_periodic), wanted, 1e-15);
    }
}

TEST(DecomposedWindow, HammingKeepsTwoTwentyThirdsAtItsEnds) {
  std::vector<double> wanted;
  for (int64_t i = 0; i < 7; ++i) wanted.push_back(2.0 / 23 + 21.0 / 23 * hann(i, 6));
  expect_near(window("HammingWindow", 7, false), wanted, 1e-15);
}

TEST(DecomposedWindow, BlackmanHasTheNumbersOfTextbooks) {
  expect_near(window("BlackmanWindow", 5, false), {0, 0.34, 1, 0.34, 0}, 1e-15);
  expect_near(window("BlackmanWindow", 4, true), {0, 0.34, 1, 0.34}, 1e-15);
}

TEST(DecomposedWindow, TheTypeIsTheAttributes) {
  const Ran ran = window("HannWindow", 3, true, BP_DTYPE_FLOAT32);
  EXPECT_EQ(ran.outputs.at(0).dtype, static_cast<bp_dtype_t>(BP_DTYPE_FLOAT32));
  expect_near(ran, {0, 0.75, 0.75}, 1e-7);
}

TEST(DecomposedWindow, WhatTheFormulaDoesNotSayIsRefused) {
  EXPECT_NE(window("HannWindow", 1, false).status.find("period"), std::string::npos);
  EXPECT_NE(window("HannWindow", 4, true, BP_DTYPE_INT32).status.find("int32"), std::string::npos);
  EXPECT_EQ(window("HannWindow", 0, true).status, "HannWindow: size is 0, at least 1 is possible");
  EXPECT_EQ(window("HannWindow", 4, true, 8).status,
            "HannWindow: output_datatype is 8, no number's type");
  expect_near(window("HannWindow", 1, true), {0}, 0);
}

Ran mel(double bands, double length, double rate, double lower, double upper) {
  const auto number = [](bp_dtype_t dtype, double value) {
    return Numbers{dtype, {}, {value}, true};
  };
  return run_parts(
      {"MelWeightMatrix",
       {number(BP_DTYPE_INT64, bands), number(BP_DTYPE_INT64, length), number(BP_DTYPE_INT64, rate),
        number(BP_DTYPE_FLOAT32, lower), number(BP_DTYPE_FLOAT32, upper)},
       {}});
}

// From 0 to 2100 hertz mel is 2595 log10 of 1 to 4; two thirds of that way are 1.66 and 4.31 times
// the 4200 / 17 hertz that a row is worth.
TEST(DecomposedWindow, AMelBandRisesToItsPeakAndFallsBehindIt) {
  expect_near(mel(1, 16, 4200, 0, 2100), {0, 1, 2.0 / 3, 1.0 / 3, 0, 0, 0, 0, 0}, 1e-7);
}

TEST(DecomposedWindow, MelEdgesOutsideTheSpectrumAreRefused) {
  EXPECT_NE(mel(4, 16, 1000, 0, 1000).status.find("edges"), std::string::npos);
  EXPECT_NE(mel(4, 16, 1000, 400, 100).status.find("edges"), std::string::npos);
  EXPECT_NE(mel(4, 16, 1000, NAN, 100).status.find("edges"), std::string::npos);
}

}  // namespace
}  // namespace backplane::ops
