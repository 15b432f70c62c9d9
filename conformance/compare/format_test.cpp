// Rounding and storing against the machine's own types, and every number of 16 bits.
#include "compare/format.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

double as_double(Exact x) { return static_cast<double>(x); }

TEST(Format, RoundsToFloat32AsTheMachineDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200000; ++i) {
    const uint64_t bits = random();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    if (std::isnan(x)) continue;
    // Exponents of float32 and a little beyond.
    int ignored = 0;
    x = std::ldexp(std::frexp(x, &ignored), static_cast<int>(bits % 300) - 155);
    EXPECT_EQ(as_double(rounded(kFloat32, static_cast<Exact>(x))),
              static_cast<double>(static_cast<float>(x)))
        << x;
  }
}

TEST(Format, EveryNumberOf16BitsIsItself) {
  for (const bp_dtype_t dtype : {BP_DTYPE_FLOAT16, BP_DTYPE_BFLOAT16})
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      char bytes[2];
      const auto word = static_cast<uint16_t>(bits);
      std::memcpy(bytes, &word, 2);
      const Exact number = exact_element(dtype, bytes, 0);
      if (is_nan(number)) continue;
      EXPECT_EQ(as_double(rounded(format_of(dtype), number)), as_double(number)) << bits;
      char again[2];
      store_element(dtype, number, again, 0);
      EXPECT_EQ(std::memcmp(bytes, again, 2), 0) << bits;
    }
}

// Between two neighbours of 16 bits: half way to the even one, elsewhere to the nearer one.
TEST(Format, BetweenNeighboursTheNearerOneIsTaken) {
  for (const bp_dtype_t dtype : {BP_DTYPE_FLOAT16, BP_DTYPE_BFLOAT16}) {
    const uint32_t infinity = dtype == BP_DTYPE_FLOAT16 ? 0x7c00 : 0x7f80;
    for (uint32_t bits = 0; bits + 1 < infinity; ++bits) {
      const uint16_t words[2] = {static_cast<uint16_t>(bits), static_cast<uint16_t>(bits + 1)};
      char bytes[4];
      std::memcpy(bytes, words, 4);
      const Exact low = exact_element(dtype, bytes, 0);
      const Exact high = exact_element(dtype, bytes, 1);
      const FloatFormat format = format_of(dtype);
      EXPECT_EQ(as_double(rounded(format, (low + high) / 2)),
                as_double(bits % 2 == 0 ? low : high));
      EXPECT_EQ(as_double(rounded(format, low + (high - low) / 4)), as_double(low));
      EXPECT_EQ(as_double(rounded(format, (low + high) / 2, Rounding::kTowardsZero)),
                as_double(low));
      EXPECT_EQ(as_double(rounded(format, low + (high - low) / 4, Rounding::kUp)), as_double(high));
    }
  }
}

TEST(Format, WhatRoundsToZeroKeepsItsSign) {
  EXPECT_TRUE(has_sign(rounded(kFloat32, static_cast<Exact>(-0x1p-160))));
  EXPECT_FALSE(has_sign(rounded(kFloat32, static_cast<Exact>(0x1p-160))));
}

TEST(Format, IntegersKeepTheirEnds) {
  for (const bp_dtype_t dtype : {BP_DTYPE_INT8, BP_DTYPE_UINT8, BP_DTYPE_INT16, BP_DTYPE_UINT16,
                                 BP_DTYPE_INT32, BP_DTYPE_UINT32, BP_DTYPE_INT64, BP_DTYPE_UINT64})
    for (const Exact end : {range_of(dtype).lowest, range_of(dtype).highest}) {
      char bytes[8];
      store_element(dtype, end, bytes, 0);
      EXPECT_TRUE(exact_element(dtype, bytes, 0) == end) << element_text(dtype, bytes, 0);
    }
}

}  // namespace
}  // namespace backplane::conformance
