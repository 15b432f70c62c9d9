// Exp Log Erf Sin Cos and their like against the functions of the C library in double.
#include <gtest/gtest.h>

#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

struct Function {
  const char* op;
  uint32_t since;
  double (*exact)(double);
  double bound;  // for float, in units of the last place
};

double softplus(double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }
double softsign(double x) { return x / (1.0 + std::fabs(x)); }

// One rounding is half a unit; the rest is what functions.hpp states.
const Function kFunctions[] = {
    {"Exp", 13, std::exp, 1.0},     {"Log", 13, std::log, 0.51},    {"Erf", 13, std::erf, 3.0},
    {"Sin", 7, std::sin, 0.51},     {"Cos", 7, std::cos, 0.51},     {"Softplus", 1, softplus, 2.0},
    {"Softsign", 1, softsign, 1.5}, {"Tan", 7, std::tan, 0.51},     {"Asin", 7, std::asin, 0.51},
    {"Acos", 7, std::acos, 0.51},   {"Atan", 7, std::atan, 0.51},   {"Sinh", 9, std::sinh, 0.51},
    {"Cosh", 9, std::cosh, 0.51},   {"Asinh", 9, std::asinh, 0.51}, {"Acosh", 9, std::acosh, 0.51},
    {"Atanh", 9, std::atanh, 0.51},
};

TEST(Functions, AreWithinTheirBoundsForAllKindsOfFloats) {
  const std::vector<float> values = all_kinds_of_floats();
  for (const Function& function : kFunctions)
    ASSERT_NO_FATAL_FAILURE(expect_function(function.op, values,
                                            run_unary(function.op, function.since, values),
                                            function.exact, function.bound));
}

TEST(Functions, AreWithinTheirBoundsWhereTheyChangeMost) {
  for (const auto& [lowest, highest] :
       {std::pair{-5.0, 5.0},
        {-110.0, 110.0},
        {0.9, 1.1},
        {-1100000.0, 1100000.0},
        {86.5, 89.0},
        {-94.0, -86.5}}) {  // the last two: ends of what float has of exponentials
    const std::vector<float> values = floats_between(lowest, highest, 100000);
    for (const Function& function : kFunctions)
      ASSERT_NO_FATAL_FAILURE(expect_function(function.op, values,
                                              run_unary(function.op, function.since, values),
                                              function.exact, function.bound));
  }
}

// Floats next to multiples of pi/2, where a quarter turn that is not exact enough shows.
TEST(Sine, IsExactNextToItsZeros) {
  std::vector<float> values;
  for (int quarter = 1; quarter < 600000; quarter += 7)
    values.push_back(static_cast<float>(quarter * 1.5707963267948966));
  expect_function("Sin", values, run_unary("Sin", 7, values), std::sin, 0.51);
  expect_function("Cos", values, run_unary("Cos", 7, values), std::cos, 0.51);
}

TEST(Functions, KeepTheSignOfZero) {
  for (const Function& function : kFunctions) {
    if (function.exact(-0.0) != 0.0) continue;
    const auto results = run_unary<float>(function.op, function.since, {-0.0f, 0.0f});
    EXPECT_EQ(std::signbit(results[0]), std::signbit(function.exact(-0.0))) << function.op;
    EXPECT_EQ(std::signbit(results[1]), std::signbit(function.exact(0.0))) << function.op;
  }
}

template <class T>
class SmallFunctions : public ::testing::Test {};
using SmallFloats = ::testing::Types<Half, Bfloat16>;
TYPED_TEST_SUITE(SmallFunctions, SmallFloats, TypeName);

// In 16 bits there are few enough numbers to try each.
TYPED_TEST(SmallFunctions, AreRightForEveryPattern) {
  const std::vector<TypeParam> values = every_pattern<TypeParam>();
  for (const Function& function : kFunctions)
    ASSERT_NO_FATAL_FAILURE(expect_function(function.op, values,
                                            run_unary(function.op, function.since, values),
                                            function.exact, 0.501));
}

TEST(FunctionsOfDoubles, AreTheLibrarys) {
  const std::vector<double> values = {0.0, 0.3, -0.7, 0.999, 1.0, 12.0, -700.0, 1e-300, 1e22, 40.0};
  for (const Function& function : kFunctions) {
    const auto results = run_unary(function.op, function.since, values);
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_TRUE(same_number(results[i], function.exact(values[i])))
          << function.op << " of " << values[i] << " is " << results[i];
  }
}

TEST(Functions, ServeNoIntegers) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node = unary_node<int32_t>("Erf", 13, {1});
  EXPECT_EQ(reason_against(device, node), "Erf: only floating-point numbers, not int32");
}

}  // namespace
}  // namespace backplane::cpu::testing
