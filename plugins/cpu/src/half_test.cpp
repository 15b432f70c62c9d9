#include "half.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "test_numbers.hpp"

namespace backplane::cpu {
namespace {

using testing::Format;
using testing::kBfloat16Format;
using testing::kHalfFormat;
using testing::same_number;

TEST(Half, MeansWhatItsSignExponentAndMantissaSayForEveryPattern) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half = {static_cast<uint16_t>(bits)};
    const double meant = testing::value_of(half);
    ASSERT_TRUE(same_number(to_float(half), meant)) << bits;
    ASSERT_EQ(std::signbit(to_float(half)), std::signbit(meant) || (bits >> 15 != 0)) << bits;
  }
}

TEST(Bfloat16, MeansWhatItsSignExponentAndMantissaSayForEveryPattern) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Bfloat16 number = {static_cast<uint16_t>(bits)};
    ASSERT_TRUE(same_number(to_float(number), testing::value_of(number))) << bits;
  }
}

template <class Narrow>
void expect_nearest(float value, Narrow rounded, const Format& format) {
  const double expected = testing::nearest(value, format);
  ASSERT_TRUE(same_number(testing::value_of(rounded), expected)) << value;
  ASSERT_EQ(rounded.bits >> 15, std::signbit(value) ? 1 : 0) << value;
}

// Rounding is monotonous, so it is right everywhere when it is right around every number and around
// every point half way between two neighbours.
template <class Narrow, class Convert>
void expect_rounding_is_right_everywhere(const Format& format, uint32_t infinity, Convert convert) {
  for (uint32_t bits = 0; bits < infinity; ++bits) {
    const double low = testing::value_of(Narrow{static_cast<uint16_t>(bits)});
    const double high =
        bits + 1 < infinity
            ? testing::value_of(Narrow{static_cast<uint16_t>(bits + 1)})
            : low + (low - testing::value_of(Narrow{static_cast<uint16_t>(bits - 1)}));
    for (const double point : {low, (low + high) / 2}) {
      const auto middle = static_cast<float>(point);
      ASSERT_EQ(middle, point);
      for (const float near :
           {std::nextafter(middle, -1.0f), middle, std::nextafter(middle, INFINITY)}) {
        expect_nearest(near, convert(near), format);
        expect_nearest(-near, convert(-near), format);
      }
    }
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEvenAroundEveryNumber) {
  expect_rounding_is_right_everywhere<Half>(kHalfFormat, 0x7c00, to_half);
}

TEST(Bfloat16, RoundsToTheNearestAndTiesToEvenAroundEveryNumber) {
  expect_rounding_is_right_everywhere<Bfloat16>(kBfloat16Format, 0x7f80, to_bfloat16);
}

TEST(Half, KeepsEveryPatternThroughFloatAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half half = {static_cast<uint16_t>(bits)};
    const Half back = to_half(to_float(half));
    const bool is_nan = std::isnan(testing::value_of(half));
    ASSERT_EQ(back.bits, is_nan ? bits | 0x200u : bits);  // a NaN becomes quiet and keeps the rest
  }
}

TEST(Bfloat16, KeepsEveryPatternThroughFloatAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Bfloat16 number = {static_cast<uint16_t>(bits)};
    const bool is_nan = std::isnan(testing::value_of(number));
    ASSERT_EQ(to_bfloat16(to_float(number)).bits, is_nan ? bits | 0x40u : bits);
  }
}

TEST(Half, OverflowsToInfinityFromHalfWayOn) {
  EXPECT_EQ(to_half(65519.996f).bits, 0x7bff);
  EXPECT_EQ(to_half(65520.0f).bits, 0x7c00);
  EXPECT_EQ(to_half(-INFINITY).bits, 0xfc00);
  EXPECT_EQ(to_half(3e38f).bits, 0x7c00);
}

}  // namespace
}  // namespace backplane::cpu
