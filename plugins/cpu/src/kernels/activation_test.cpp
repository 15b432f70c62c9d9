// Relu Sigmoid Tanh Sqrt against the functions of the C library in double.
#include <gtest/gtest.h>

#include <cmath>

#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

template <class T>
std::vector<T> run_on(const char* op, const std::vector<T>& values) {
  return run_unary(op, op[0] == 'R' ? 14 : 13, values);
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

void expect_within(const char* op, double (*function)(double), double bound) {
  const std::vector<float> values = all_kinds_of_floats();
  const std::vector<float> results = run_on(op, values);
  for (size_t i = 0; i < values.size(); ++i) {
    const double exact = function(values[i]);
    ASSERT_LE(ulps(results[i], exact, kFloatFormat), bound) << op << " of " << values[i];
    ASSERT_EQ(std::isnan(results[i]), std::isnan(values[i])) << values[i];
  }
}

TEST(Sigmoid, IsWithinThreeUnitsInTheLastPlaceForAllKindsOfFloats) {
  expect_within("Sigmoid", sigmoid, 2.5);
}

TEST(Tanh, IsWithinTwoUnitsInTheLastPlaceForAllKindsOfFloats) {
  expect_within("Tanh", std::tanh, 1.5);
}

TEST(Tanh, KeepsTheSignOfZero) {
  const auto results = run_on<float>("Tanh", {-0.0f, 0.0f});
  EXPECT_TRUE(std::signbit(results[0]));
  EXPECT_FALSE(std::signbit(results[1]));
}

TEST(Sqrt, IsRoundedCorrectlyAndKeepsSubnormals) {
  std::vector<float> values = all_kinds_of_floats();
  const std::vector<float> results = run_on("Sqrt", values);
  for (size_t i = 0; i < values.size(); ++i) {
    const double exact = nearest(std::sqrt(static_cast<double>(values[i])), kFloatFormat);
    ASSERT_TRUE(same_number(results[i], exact)) << values[i];
  }
}

TEST(Relu, KeepsNaNAndPositiveNumbersAndTurnsTheRestToPlusZero) {
  const std::vector<float> values = all_kinds_of_floats();
  const std::vector<float> results = run_on("Relu", values);
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(same_number(results[i], values[i] < 0 ? 0.0 : values[i])) << values[i];
    ASSERT_TRUE(std::isnan(values[i]) || !std::signbit(results[i])) << values[i];
  }
}

template <class T>
class SmallFloats : public ::testing::Test {};
using SmallFloatTypes = ::testing::Types<Half, Bfloat16>;
TYPED_TEST_SUITE(SmallFloats, SmallFloatTypes, TypeName);

// In 16 bits there are few enough numbers to try each.
TYPED_TEST(SmallFloats, AreRightForEveryPattern) {
  std::vector<TypeParam> values;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) values.push_back({static_cast<uint16_t>(bits)});
  const Format& format = std::is_same_v<TypeParam, Half> ? kHalfFormat : kBfloat16Format;
  const std::pair<const char*, double (*)(double)> functions[] = {
      {"Sigmoid", sigmoid}, {"Tanh", std::tanh}, {"Sqrt", std::sqrt}, {"Relu", [](double x) {
                                                                         return x < 0 ? 0.0 : x;
                                                                       }}};
  for (const auto& [op, function] : functions) {
    const std::vector<TypeParam> results = run_on(op, values);
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_LE(ulps(value_of(results[i]), function(value_of(values[i])), format), 0.5002)
          << op << " of " << value_of(values[i]);
  }
}

TEST(Doubles, AreTheLibrarysFunctions) {
  const std::vector<double> values = {0.0, -0.3, 0.7, -12.0, 700.0, -700.0, 1e-300, 40.0};
  const auto sigmoids = run_on("Sigmoid", values);
  const auto tanhs = run_on("Tanh", values);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(sigmoids[i], sigmoid(values[i]), 4e-16 * sigmoid(values[i])) << values[i];
    EXPECT_EQ(tanhs[i], std::tanh(values[i])) << values[i];
  }
}

TEST(Relu, ServesSignedIntegersSinceVersion14) {
  EXPECT_EQ(run_on<int8_t>("Relu", {-128, -1, 0, 1, 127}), (std::vector<int8_t>{0, 0, 0, 1, 127}));
  EXPECT_EQ(run_on<int64_t>("Relu", {INT64_MIN, 5}), (std::vector<int64_t>{0, 5}));
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Relu", 13, {tensor<int8_t>({1}, {1})}, {wanted(BP_DTYPE_INT8, {1})});
  EXPECT_EQ(reason_against(device, node),
            "Relu: only floating-point numbers, and since version 14 signed integers, not int8");
}

}  // namespace
}  // namespace backplane::cpu::testing
