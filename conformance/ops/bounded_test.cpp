// The bounds hold what kernels really do: float32 arithmetic in any order, and no more than that.
#include "ops/bounded.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ops/emulated.hpp"

namespace backplane::conformance {
namespace {

double distance(double computed, const Bounded& bounded) {
  return std::fabs(static_cast<double>(static_cast<Exact>(computed) - bounded.value));
}

Arithmetic of_float32() { return allowed_by({}, BP_DTYPE_FLOAT32, false); }

TEST(Sum, AnyOrderStaysWithinTheBound) {
  const Arithmetic arithmetic = of_float32();
  const ArithmeticScope scope(arithmetic);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> draw(-1, 1);
  for (int round = 0; round < 50; ++round) {
    std::vector<float> terms(300);
    for (float& term : terms) term = draw(random);
    Sum<Bounded> sum;
    for (float term : terms) sum.add(Bounded(static_cast<double>(term)));
    const Bounded total = sum.total();
    for (int order = 0; order < 5; ++order) {
      std::shuffle(terms.begin(), terms.end(), random);
      float computed = 0;
      for (float term : terms) computed += term;
      EXPECT_LE(distance(static_cast<double>(computed), total), total.error);
    }
  }
}

TEST(Sum, OfShortIntegersIsExact) {
  Arithmetic arithmetic = of_float32();
  arithmetic.are_integers = true;
  const ArithmeticScope scope(arithmetic);
  Sum<Bounded> sum;
  for (int i = 0; i < 100; ++i) sum.add_product(Bounded(i % 7), Bounded(i % 5));
  EXPECT_EQ(sum.total().error, 0);
}

TEST(Sum, OfLongIntegersIsNotExactInAShortType) {
  Declared declared;
  declared.accumulates = BP_DTYPE_BFLOAT16;
  Arithmetic arithmetic = allowed_by(declared, BP_DTYPE_FLOAT32, false);
  arithmetic.are_integers = true;
  const ArithmeticScope scope(arithmetic);
  Sum<Bounded> sum;
  for (int i = 0; i < 100; ++i) sum.add_product(Bounded(7), Bounded(5));
  EXPECT_GT(sum.total().error, 0);
}

// Textbook chains in float32 stay within what the analysis allows, and the bound is no wider than a
// few hundred roundings.
TEST(Bounded, HoldsAChainOfOperations) {
  const Arithmetic arithmetic = of_float32();
  const ArithmeticScope scope(arithmetic);
  std::mt19937 random(2);
  std::uniform_real_distribution<float> draw(0.5f, 2);
  for (int round = 0; round < 2000; ++round) {
    const float a = draw(random);
    const float b = draw(random);
    const float c = draw(random);
    const float computed = std::sqrt((a * b + c) / (a - 3 * b) * (a - 3 * b)) + a / c;
    const Bounded x(static_cast<double>(a));
    const Bounded y(static_cast<double>(b));
    const Bounded z(static_cast<double>(c));
    const Bounded d = x - Bounded(3) * y;
    const Bounded bounded = square_root((x * y + z) / d * d) + x / z;
    if (is_nan(bounded) || std::isnan(computed)) continue;
    EXPECT_LE(distance(static_cast<double>(computed), bounded), bounded.error);
    EXPECT_LT(bounded.error, 1e-3);
  }
}

TEST(Bounded, AnExactOperationHasNoErrorWhereTheClassAllowsNone) {
  const Arithmetic arithmetic = allowed_by({}, BP_DTYPE_FLOAT32, true);
  const ArithmeticScope scope(arithmetic);
  EXPECT_EQ((Bounded(1.5) * Bounded(0.1)).error, 0);
}

TEST(Emulated, IsFloat32OperationByOperation) {
  const Arithmetic arithmetic = of_float32();
  const ArithmeticScope scope(arithmetic);
  std::mt19937 random(3);
  std::uniform_real_distribution<float> draw(-10, 10);
  for (int round = 0; round < 10000; ++round) {
    const float a = draw(random);
    const float b = draw(random);
    const Emulated x(static_cast<double>(a));
    const Emulated y(static_cast<double>(b));
    EXPECT_EQ((x + y).value, static_cast<double>(a + b));
    EXPECT_EQ((x * y).value, static_cast<double>(a * b));
    EXPECT_EQ((x / y).value, static_cast<double>(a / b));
  }
}

TEST(Declared, WordsThatTheAbiDoesNotHaveAreNamed) {
  EXPECT_EQ(wrong_declaration({0, 0, 0}), "");
  EXPECT_EQ(wrong_declaration({0, BP_ARITHMETIC_TF32, BP_DTYPE_FLOAT32}), "");
  EXPECT_NE(wrong_declaration({0, BP_DTYPE_BOOL, 0}), "");
  EXPECT_NE(wrong_declaration({0, 0, BP_DTYPE_INT8}), "");
  EXPECT_NE(wrong_declaration({0, 0, BP_ARITHMETIC_TF32}), "");
}

TEST(Declared, ItsClassIsThatOfTheLeastExactPart) {
  EXPECT_EQ(precision_class({0, 0, 0}), 'A');
  EXPECT_EQ(precision_class({BP_NUMERICS_FLAG_NONDETERMINISTIC, 0, 0}), 'A');
  EXPECT_EQ(precision_class({BP_NUMERICS_FLAG_FAST_DIVISION, 0, 0}), 'B');
  EXPECT_EQ(precision_class({0, BP_ARITHMETIC_TF32, 0}), 'C');
  EXPECT_EQ(precision_class({0, 0, BP_DTYPE_BFLOAT16}), 'C');
}

}  // namespace
}  // namespace backplane::conformance
