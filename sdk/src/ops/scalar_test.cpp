#include "ops/scalar.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace backplane::ops {
namespace {

// The number that `bits` stand for, by the formula of the format.
double decoded(uint16_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> mantissa_bits & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
}

double float16(uint16_t bits) { return decoded(bits, 5, 10); }
double bfloat16(uint16_t bits) { return decoded(bits, 8, 7); }

template <class T>
T value_of(const ConstantPtr& constant) {
  T value;
  std::memcpy(&value, constant->bytes(), sizeof(value));
  return value;
}

TEST(Scalar, EveryFloat16IsItself) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00) == 0x7c00) continue;  // infinities and NaN
    EXPECT_EQ(to_float16(static_cast<float>(float16(static_cast<uint16_t>(bits)))), bits);
  }
}

TEST(Scalar, BetweenTwoFloat16TheNearerIsTakenAndTheEvenOneOfTwo) {
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = float16(bits);
    const double high = float16(bits + 1);
    const auto middle = static_cast<float>((low + high) / 2);
    EXPECT_EQ(to_float16(middle), bits % 2 == 0 ? bits : bits + 1) << middle;
    EXPECT_EQ(to_float16(std::nextafter(middle, 0.0f)), bits) << middle;
    EXPECT_EQ(to_float16(std::nextafter(middle, 1e9f)), bits + 1) << middle;
  }
}

TEST(Scalar, Float16OverflowsToInfinity) {
  EXPECT_EQ(to_float16(65504.0f), 0x7bff);
  EXPECT_EQ(to_float16(std::nextafter(65520.0f, 0.0f)), 0x7bff);
  EXPECT_EQ(to_float16(65520.0f), 0x7c00);
  EXPECT_EQ(to_float16(-3.4e38f), 0xfc00);
  EXPECT_EQ(to_float16(-std::numeric_limits<float>::infinity()), 0xfc00);
  EXPECT_EQ(to_float16(std::nanf("")) & 0x7c00, 0x7c00);
  EXPECT_NE(to_float16(std::nanf("")) & 0x03ff, 0);
  EXPECT_EQ(to_float16(-0.0f), 0x8000);
  EXPECT_EQ(to_float16(1e-40f), 0);
}

TEST(Scalar, Bfloat16IsTheNearestAndTheEvenOneOfTwo) {
  for (uint16_t bits = 0; bits < 0x7f7f; ++bits) {
    const double low = bfloat16(bits);
    const double high = bfloat16(bits + 1);
    EXPECT_EQ(to_bfloat16(static_cast<float>(low)), bits);
    EXPECT_EQ(to_bfloat16(static_cast<float>((low + high) / 2)), bits % 2 == 0 ? bits : bits + 1);
  }
  EXPECT_EQ(to_bfloat16(std::numeric_limits<float>::infinity()), 0x7f80);
  EXPECT_EQ(to_bfloat16(-std::numeric_limits<float>::infinity()), 0xff80);
  EXPECT_NE(to_bfloat16(std::nanf("")) & 0x7f, 0);
}

TEST(Scalar, IntegersAreRoundedAndKeptInRange) {
  EXPECT_EQ(value_of<int8_t>(make_scalar(BP_DTYPE_INT8, 2.5f)), 2);
  EXPECT_EQ(value_of<int8_t>(make_scalar(BP_DTYPE_INT8, -1000.0f)), -128);
  EXPECT_EQ(value_of<uint8_t>(make_scalar(BP_DTYPE_UINT8, -1.0f)), 0);
  EXPECT_EQ(value_of<uint8_t>(make_scalar(BP_DTYPE_UINT8, 256.0f)), 255);
  EXPECT_EQ(value_of<int32_t>(make_scalar(BP_DTYPE_INT32, 1e30f)), INT32_MAX);
  EXPECT_EQ(value_of<int64_t>(make_scalar(BP_DTYPE_INT64, 9.3e18f)), INT64_MAX);
  EXPECT_EQ(value_of<int64_t>(make_scalar(BP_DTYPE_INT64, -9.3e18f)), INT64_MIN);
  EXPECT_EQ(value_of<uint64_t>(make_scalar(BP_DTYPE_UINT64, 1.9e19f)), UINT64_MAX);
  EXPECT_EQ(value_of<int16_t>(make_scalar(BP_DTYPE_INT16, std::nanf(""))), 0);
}

TEST(Scalar, HasNoAxesAndTheTypeAskedFor) {
  const ConstantPtr half = make_scalar(BP_DTYPE_FLOAT64, 0.1f);
  EXPECT_EQ(to_text(half->type), "float64[]");
  EXPECT_EQ(value_of<double>(half), static_cast<double>(0.1f));
  EXPECT_EQ(value_of<float>(make_scalar(BP_DTYPE_FLOAT32, 0.1f)), 0.1f);
  EXPECT_EQ(make_scalar(BP_DTYPE_BOOL, 1.0f), nullptr);
  EXPECT_EQ(make_scalar(BP_DTYPE_INT4, 1.0f), nullptr);
}

}  // namespace
}  // namespace backplane::ops
