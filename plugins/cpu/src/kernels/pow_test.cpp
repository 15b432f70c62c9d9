// Pow against pow() in long double for floating-point bases, and against repeated multiplication
// modulo 2^n for integers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "../test_numbers.hpp"
#include "../test_run.hpp"

namespace backplane::cpu::testing {
namespace {

template <class Base, class Exponent>
std::vector<Base> pow_of(const std::vector<Base>& bases, const std::vector<Exponent>& exponents) {
  const OpenDevice device(kSynchronousDevice);
  const auto count = [](size_t size) { return Shape{static_cast<int64_t>(size)}; };
  TestNode node("Pow", 15,
                {tensor(count(bases.size()), bases), tensor(count(exponents.size()), exponents)},
                {wanted(dtype_of<Base>(), count(std::max(bases.size(), exponents.size())))});
  run_both_ways(device, node);
  return node.outputs[0].as<Base>();
}

template <class Base, class Exponent>
void expect_near(const std::vector<Base>& bases, const std::vector<Exponent>& exponents,
                 const Format& format, double bound) {
  for (const Exponent exponent : exponents) {
    const std::vector<Base> results = pow_of(bases, std::vector<Exponent>{exponent});
    for (size_t i = 0; i < bases.size(); ++i) {
      const auto exact =
          static_cast<double>(std::pow(static_cast<long double>(value_of(bases[i])),
                                       static_cast<long double>(value_of(exponent))));
      const double rounded = nearest(exact, format);
      const bool is_right = std::isfinite(rounded)
                                ? ulps(value_of(results[i]), exact, format) <= bound
                                : same_number(value_of(results[i]), rounded);
      ASSERT_TRUE(is_right) << value_of(bases[i]) << " to the " << value_of(exponent) << " gave "
                            << value_of(results[i]) << ", not " << exact;
    }
  }
}

const std::vector<float> kSpecialBases = {0.0f,    -0.0f,    1.0f,      -1.0f, 2.0f,   -2.0f,
                                          0.5f,    3.7f,     -3.7f,     1e20f, 1e-20f, 1e-40f,
                                          -1e-40f, INFINITY, -INFINITY, NAN};

TEST(Pow, IsTheLibrarysOnFloatsWithSpecialOnesAmongThem) {
  expect_near<float, float>(
      kSpecialBases,
      {0.0f, -0.0f, 1.0f, -1.0f, 2.0f, 3.0f, -3.0f, 0.5f, 2.5f, INFINITY, -INFINITY, NAN},
      kFloatFormat, 1.0);
}

TEST(Pow, TakesExponentsOfAnyNumericType) {
  expect_near<float, int8_t>(kSpecialBases, {0, 1, 2, 3, -3, 127, -128}, kFloatFormat, 0.5001);
  expect_near<float, uint16_t>(kSpecialBases, {0, 2, 65535}, kFloatFormat, 0.5001);
  expect_near<float, int32_t>(kSpecialBases, {2, 5, -7}, kFloatFormat, 0.5001);
  expect_near<float, uint64_t>(kSpecialBases, {2, 3}, kFloatFormat, 0.5001);
  expect_near<float, double>(kSpecialBases, {2.0, 1.5, -0.25}, kFloatFormat, 0.5001);
  expect_near<float, Half>(kSpecialBases, {to_half(2.0f), to_half(0.5f)}, kFloatFormat, 0.5001);
}

TEST(Pow, ServesSmallFloatsThroughFloat) {
  std::vector<Half> halves;
  std::vector<Bfloat16> others;
  for (const float base : kSpecialBases) {
    halves.push_back(to_half(base));
    others.push_back(to_bfloat16(base));
  }
  expect_near<Half, Half>(halves, {to_half(2.0f), to_half(3.0f), to_half(-0.5f)}, kHalfFormat,
                          0.501);
  expect_near<Bfloat16, float>(others, {2.0f, 3.0f, -0.5f}, kBfloat16Format, 0.501);
}

TEST(Pow, ServesDoubles) {
  EXPECT_EQ(
      pow_of<double>(std::vector<double>{3.0, 2.0, -1.5}, std::vector<double>{4.0, -1.0, 2.0}),
      (std::vector<double>{81.0, 0.5, 2.25}));
}

TEST(Pow, KnowsAnOddExponentThatIsTooLargeForADouble) {
  const std::vector<int64_t> odd = {(int64_t{1} << 53) + 1};
  EXPECT_EQ(pow_of(std::vector<float>{-1.0f, 1.0f}, odd), (std::vector<float>{-1.0f, 1.0f}));
}

template <class T>
T repeated_product(T base, int64_t exponent) {
  uint64_t product = 1;
  for (int64_t i = 0; i < exponent; ++i)
    product *= static_cast<uint64_t>(static_cast<int64_t>(base));
  return static_cast<T>(product);
}

TEST(Pow, WrapsAroundOnIntegers) {
  const std::vector<int32_t> bases = {0,  1, -1,   2,
                                      -3, 7, 1000, std::numeric_limits<int32_t>::min()};
  for (const int64_t exponent : {0, 1, 2, 3, 5, 31, 40}) {
    const auto narrow = pow_of(bases, std::vector<int64_t>{exponent});
    const auto wide = pow_of(std::vector<int64_t>(bases.begin(), bases.end()),
                             std::vector<uint8_t>{static_cast<uint8_t>(exponent)});
    for (size_t i = 0; i < bases.size(); ++i) {
      EXPECT_EQ(narrow[i], repeated_product(bases[i], exponent)) << bases[i] << " " << exponent;
      EXPECT_EQ(wide[i], repeated_product<int64_t>(bases[i], exponent)) << bases[i];
    }
  }
}

TEST(Pow, TruncatesAndSaturatesWhereAnIntegerBaseMeetsOtherPowers) {
  EXPECT_EQ(pow_of(std::vector<int32_t>{2, 1, -1, 0}, std::vector<int32_t>{-1, -5, -3, -1}),
            (std::vector<int32_t>{0, 1, -1, 0}));
  EXPECT_EQ(
      pow_of(std::vector<int32_t>{2, 10, -4, -10}, std::vector<float>{0.5f, 30.0f, 0.5f, 31.0f}),
      (std::vector<int32_t>{1, INT32_MAX, 0, INT32_MIN}));
}

TEST(Pow, RefusesABaseThatOnnxDoesNotAllow) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("Pow", 15, {tensor<int8_t>({1}, {1}), tensor<int8_t>({1}, {1})},
                {wanted(BP_DTYPE_INT8, {1})});
  EXPECT_EQ(reason_against(device, node),
            "Pow: the base is a floating-point number, int32 or int64, not int8");
}

}  // namespace
}  // namespace backplane::cpu::testing
