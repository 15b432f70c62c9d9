// Abs Neg Sign Floor Ceil Round Reciprocal by their definitions, on every kind of number.
#include <gtest/gtest.h>

#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

__extension__ using Wide = __int128;

// A tie is where both neighbours are half a unit away; the even one is a multiple of 2.
double round_half_to_even(double x) {
  const double below = std::floor(x);
  if (x - below == 0.5) return std::fmod(below, 2.0) == 0.0 ? below : below + 1.0;
  return x - below < 0.5 ? below : below + 1.0;
}

double sign(double x) { return std::isnan(x) ? x : x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }
double negated(double x) { return -x; }
double reciprocal(double x) { return 1.0 / x; }
double rounded(double x) { return std::fabs(x) < 0x1p52 ? round_half_to_even(x) : x; }

struct Definition {
  const char* op;
  uint32_t since;
  double (*exact)(double);
};
const Definition kDefinitions[] = {
    {"Abs", 13, std::fabs},         {"Neg", 13, negated},    {"Sign", 13, sign},
    {"Floor", 13, std::floor},      {"Ceil", 13, std::ceil}, {"Round", 11, rounded},
    {"Reciprocal", 13, reciprocal},
};

template <class T>
void expect_definitions(const std::vector<T>& values) {
  for (const Definition& definition : kDefinitions) {
    const std::vector<T> results = run_unary(definition.op, definition.since, values);
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_TRUE(
          same_number(value_of(results[i]), as_stored<T>(definition.exact(value_of(values[i])))))
          << definition.op << " of " << value_of(values[i]) << " is " << value_of(results[i]);
  }
}

TEST(UnaryOnFloats, IsTheDefinitionForAllKinds) {
  expect_definitions(all_kinds_of_floats());
  expect_definitions(floats_between(-9, 9, 72));
}

TEST(UnaryOnHalves, IsTheDefinitionForEveryPattern) { expect_definitions(every_pattern<Half>()); }

TEST(UnaryOnBfloats, IsTheDefinitionForEveryPattern) {
  expect_definitions(every_pattern<Bfloat16>());
}

TEST(UnaryOnDoubles, IsTheDefinition) {
  expect_definitions<double>({0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 4503599627370495.5,
                              1e300, -1e-310, INFINITY, -INFINITY, NAN, 3.0});
}

// Signs of zeros are not numbers that differ, so they are looked at by themselves.
TEST(UnaryOnFloats, GivesZerosTheirSign) {
  const auto signs = [](const char* op, uint32_t since) {
    std::string text;
    for (const float result : run_unary<float>(op, since, {-0.0f, 0.0f, -0.25f, 0.25f}))
      text += std::signbit(result) ? '-' : '+';
    return text;
  };
  EXPECT_EQ(signs("Abs", 13), "++++");
  EXPECT_EQ(signs("Neg", 13), "+-+-");
  EXPECT_EQ(signs("Sign", 13), "++-+");
  EXPECT_EQ(signs("Floor", 13), "-+-+");
  EXPECT_EQ(signs("Ceil", 13), "-+-+");
  EXPECT_EQ(signs("Round", 11), "-+-+");
}

template <class T>
class UnaryOnIntegers : public ::testing::Test {};
using Integers =
    ::testing::Types<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(UnaryOnIntegers, Integers, TypeName);

TYPED_TEST(UnaryOnIntegers, HasAbsAndSignOfAllAndNegOfSignedOnes) {
  using Limits = std::numeric_limits<TypeParam>;
  Random random(3);
  std::vector<TypeParam> values = random_numbers<TypeParam>(random, 1000);
  values.insert(values.end(), {Limits::min(), Limits::max(), 0, 1});
  const auto magnitudes = run_unary("Abs", 13, values);
  const auto signs = run_unary("Sign", 13, values);
  for (size_t i = 0; i < values.size(); ++i) {
    const Wide value{values[i]};
    EXPECT_EQ(magnitudes[i], static_cast<TypeParam>(value < 0 ? -value : value)) << +values[i];
    EXPECT_EQ(signs[i], static_cast<TypeParam>(value < 0 ? -1 : value > 0 ? 1 : 0)) << +values[i];
  }
  TestNode node = unary_node("Neg", 13, values);
  const OpenDevice device(kSynchronousDevice);
  if (!Limits::is_signed) {
    EXPECT_NE(reason_against(device, node).find("only floating-point"), std::string::npos);
    return;
  }
  const auto negatives = run_node<TypeParam>(node);
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(negatives[i], static_cast<TypeParam>(-Wide{values[i]}));
}

// proves BP-TENSOR-2
TEST(Unary, TakesScalarsEightAxesAndNothing) {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape : {Shape{}, Shape{1, 2, 1, 2, 1, 2, 1, 2}, Shape{3, 0}}) {
    const size_t count = shape.size() == 8 ? 16 : shape.empty() ? 1 : 0;
    TestNode node("Neg", 13, {tensor(shape, std::vector<float>(count, 2.0f))},
                  {wanted(BP_DTYPE_FLOAT32, shape)});
    run_both_ways(device, node);
    EXPECT_EQ(node.outputs[0].as<float>(), std::vector<float>(count, -2.0f));
  }
}

}  // namespace
}  // namespace backplane::cpu::testing
