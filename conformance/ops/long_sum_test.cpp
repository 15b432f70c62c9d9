// Sums in pairs of doubles are those of Exact, within what they say of themselves.
#include "ops/long_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace backplane::conformance {
namespace {

using Draw = std::function<float(std::mt19937&)>;

std::vector<double> drawn(const Draw& draw, int64_t count, std::mt19937& random) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(draw(random)));
  return numbers;
}

Exact one_by_one(const std::vector<double>& a, const std::vector<double>& b) {
  Exact sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<Exact>(a[i]) * static_cast<Exact>(b[i]);
  return sum;
}

double distance(const LongSum& sum, Exact wanted) {
  return static_cast<double>(absolute(sum.value - wanted));
}

float about_one(std::mt19937& random) {
  return std::uniform_real_distribution<float>(-1, 1)(random);
}

// Full mantissas over so many powers of two that Exact still adds them without a rounding.
float over_many_powers(std::mt19937& random) {
  return std::ldexp(about_one(random), std::uniform_int_distribution<int>(-12, 12)(random));
}
// Over so many that pairs of doubles do not; Exact loses a hundredth of that.
float over_all_powers(std::mt19937& random) {
  return std::ldexp(about_one(random), std::uniform_int_distribution<int>(-50, 50)(random));
}

float subnormal(std::mt19937& random) { return about_one(random) * 0x1p-130f; }

const Draw kDraws[] = {about_one, over_many_powers, subnormal};
constexpr int64_t kCounts[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 1000, 4099};

TEST(LongSum, IsTheExactSumWithinItsError) {
  std::mt19937 random(1);
  for (const Draw& draw : kDraws)
    for (int64_t count : kCounts) {
      const std::vector<double> a = drawn(draw, count, random);
      const std::vector<double> b = drawn(draw, count, random);
      const LongSum sum = sum_of_products(a.data(), b.data(), count);
      EXPECT_LE(distance(sum, one_by_one(a, b)), sum.error);
      EXPECT_LE(sum.error, static_cast<double>(count * count) * 0x1p-105 * sum.size);
    }
}

// Every product occurs with both signs, shuffled: the rest, which is 2^-60 of them, remains.
TEST(LongSum, KeepsWhatCancellationLeaves) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> a;
    for (int i = 0; i < 500; ++i) {
      a.push_back(static_cast<double>(about_one(random) * 1e30f));
      a.push_back(-a.back());
    }
    const double rest = static_cast<double>(about_one(random)) * 0x1p40;
    a.push_back(static_cast<double>(static_cast<float>(rest)));
    std::shuffle(a.begin(), a.end(), random);
    const std::vector<double> ones(a.size(), 1);
    const LongSum sum = sum_of_products(a.data(), ones.data(), static_cast<int64_t>(a.size()));
    EXPECT_EQ(distance(sum, one_by_one(a, ones)), 0);
  }
}

TEST(LongSum, OfIntegersIsExactAndSaysSo) {
  std::vector<double> a;
  std::vector<double> b;
  double wanted = 0;
  for (int i = 0; i < 5000; ++i) {
    a.push_back(i % 17 - 8);
    b.push_back(i % 13 - 6);
    wanted += a.back() * b.back();
  }
  const LongSum sum = sum_of_products(a.data(), b.data(), 5000);
  EXPECT_EQ(static_cast<double>(sum.value), wanted);
  EXPECT_EQ(sum.error, 0);
}

TEST(LongSum, OfSpecialValuesIsWhatExactGives) {
  std::mt19937 random(5);
  const double specials[] = {NAN, INFINITY, -INFINITY, 0, 0x1p25, -0x1p25};
  for (int round = 0; round < 500; ++round) {
    std::vector<double> a = drawn(about_one, 40, random);
    std::vector<double> b = drawn(about_one, 40, random);
    for (int i = 0; i < round % 4; ++i) {
      a[random() % 40] = specials[random() % 6];
      b[random() % 40] = specials[random() % 6];
    }
    const Exact wanted = one_by_one(a, b);
    const LongSum sum = sum_of_products(a.data(), b.data(), 40);
    if (is_finite(wanted)) {
      EXPECT_LE(distance(sum, wanted), sum.error);
      continue;
    }
    EXPECT_EQ(is_nan(sum.value), is_nan(wanted));
    EXPECT_TRUE(is_nan(wanted) || sum.value == wanted);
    EXPECT_TRUE(std::isfinite(sum.size));
  }
}

// A bound that is never needed would prove nothing: these lose something.
TEST(LongSum, SaysWhatItMayLose) {
  std::mt19937 random(3);
  double lost = 0;
  for (int round = 0; round < 20; ++round) {
    const std::vector<double> a = drawn(over_all_powers, 4099, random);
    const std::vector<double> b = drawn(over_all_powers, 4099, random);
    const LongSum sum = sum_of_products(a.data(), b.data(), 4099);
    EXPECT_GT(sum.error, 0);
    lost = std::max(lost, distance(sum, one_by_one(a, b)) / sum.error);
  }
  EXPECT_GT(lost, 1e-4);
  EXPECT_LE(lost, 1);
}

Numbers<Bounded> numbers(bp_dtype_t dtype, const std::vector<double>& elements) {
  Numbers<Bounded> all;
  all.dtype = dtype;
  all.elements.assign(elements.begin(), elements.end());
  return all;
}

TEST(Factors, AreOfShortFloatsAlone) {
  EXPECT_EQ(factors_of(numbers(BP_DTYPE_FLOAT32, {1, 0x1p-149})),
            (std::vector<double>{1, 0x1p-149}));
  EXPECT_FALSE(factors_of(numbers(BP_DTYPE_BFLOAT16, {1})).empty());
  EXPECT_FALSE(factors_of(numbers(BP_DTYPE_FLOAT16, {NAN})).empty());
  EXPECT_TRUE(factors_of(numbers(BP_DTYPE_FLOAT64, {1})).empty());
  EXPECT_TRUE(factors_of(numbers(BP_DTYPE_INT32, {1})).empty());
}

// What a reference allows for a product of matrices does not hang on which way it was worked out.
TEST(Sum, IsTheSameWithProductsWorkedOutElsewhere) {
  const Arithmetic arithmetic = allowed_by({}, BP_DTYPE_FLOAT32, false);
  const ArithmeticScope scope(arithmetic);
  std::mt19937 random(4);
  const std::vector<double> a = drawn(about_one, 777, random);
  const std::vector<double> b = drawn(about_one, 777, random);
  Sum<Bounded> plain;
  for (size_t i = 0; i < a.size(); ++i) plain.add_product(Bounded(a[i]), Bounded(b[i]));
  const LongSum row = sum_of_products(a.data(), b.data(), 777);
  Sum<Bounded> quick;
  quick.add_products(row.value, row.size, row.error, 777);
  const Bounded wanted = plain.total();
  const Bounded came = quick.total();
  EXPECT_NEAR(came.error, wanted.error, 1e-9 * wanted.error);
  EXPECT_NEAR(came.variance, wanted.variance, 1e-9 * wanted.variance);
  EXPECT_LE(distance(row, wanted.value), row.error);
}

}  // namespace
}  // namespace backplane::conformance
