// Equal Less LessOrEqual Greater GreaterOrEqual, Not And Or Xor, IsNaN and IsInf by their
// definitions.
#include <gtest/gtest.h>

#include "test_pairs.hpp"
#include "test_unary.hpp"

namespace backplane::cpu::testing {
namespace {

// Whole numbers of 64 bits are compared as such: a double has no room for them.
template <class T>
int order(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return a < b ? -1 : a > b ? 1 : 0;
  } else {
    const double x = value_of(a), y = value_of(b);
    return std::isnan(x) || std::isnan(y) ? 2 : x < y ? -1 : x > y ? 1 : 0;
  }
}

struct Comparison {
  const char* op;
  uint32_t since;
  bool less, equal, greater;
};
constexpr Comparison kComparisons[] = {
    {"Equal", 13, false, true, false},         {"Less", 13, true, false, false},
    {"LessOrEqual", 16, true, true, false},    {"Greater", 13, false, false, true},
    {"GreaterOrEqual", 16, false, true, true},
};

uint8_t answer(const Comparison& comparison, int order) {
  return (order == -1 && comparison.less) || (order == 0 && comparison.equal) ||
         (order == 1 && comparison.greater);
}

template <class T>
class Comparisons : public ::testing::Test {};
using Numbers = ::testing::Types<float, double, Half, Bfloat16, uint8_t, uint16_t, uint32_t,
                                 uint64_t, int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(Comparisons, Numbers, TypeName);

TYPED_TEST(Comparisons, AreTheDefinitionOnShapesThatBroadcast) {
  const OpenDevice device(kSynchronousDevice);
  Random random(5);
  for (const Comparison& comparison : kComparisons)
    for (const BroadcastShapes& shapes : many_shapes(random)) {
      TestNode node(
          comparison.op, comparison.since,
          {tensor(shapes.first, random_numbers<TypeParam>(random, count_of(shapes.first))),
           tensor(shapes.second, random_numbers<TypeParam>(random, count_of(shapes.second)))},
          {wanted(BP_DTYPE_BOOL, shapes.output)});
      const auto expected = [&](TypeParam a, TypeParam b) {
        return answer(comparison, order(a, b));
      };
      ASSERT_NO_FATAL_FAILURE((expect_pairs<TypeParam, uint8_t>(device, node, shapes, expected)));
    }
}

TEST(ComparisonsOfFloats, KnowNanInfinityAndBothZeros) {
  const std::vector<float> specials = {NAN, kInfinity, -kInfinity, 0.0f, -0.0f, 1e-45f, 1.0f};
  const BroadcastShapes shapes = {{7, 1}, {7}, {7, 7}};
  const OpenDevice device(kSynchronousDevice);
  for (const Comparison& comparison : kComparisons) {
    TestNode node(comparison.op, comparison.since,
                  {tensor<float>({7, 1}, specials), tensor<float>({7}, specials)},
                  {wanted(BP_DTYPE_BOOL, {7, 7})});
    expect_pairs<float, uint8_t>(device, node, shapes,
                                 [&](float a, float b) { return answer(comparison, order(a, b)); });
  }
}

TestNode bool_pairs(const char* op, uint32_t since) {
  TestNode node = every_pair<uint8_t>(op, since, BP_DTYPE_BOOL);
  for (Tensor& input : node.inputs) input.type.dtype = BP_DTYPE_BOOL;
  return node;
}

TEST(Logic, TakesEveryByteButZeroForTrue) {
  const OpenDevice device(kSynchronousDevice);
  const std::pair<const char*, bool (*)(bool, bool)> operators[] = {
      {"And", [](bool a, bool b) { return a && b; }},
      {"Or", [](bool a, bool b) { return a || b; }},
      {"Xor", [](bool a, bool b) { return a != b; }},
      {"Equal", [](bool a, bool b) { return a == b; }},
  };
  for (const auto& [op, function] : operators) {
    TestNode node = bool_pairs(op, op[0] == 'E' ? 13 : 7);
    const auto expected = [function = function](uint8_t a, uint8_t b) {
      return static_cast<uint8_t>(function(a != 0, b != 0) ? 1 : 0);
    };
    ASSERT_NO_FATAL_FAILURE((expect_pairs<uint8_t, uint8_t>(device, node, kEveryPair, expected)));
  }
}

TEST(Logic, NotTurnsEachAround) {
  TestNode node = unary_node<uint8_t>("Not", 1, {0, 1, 255, 128}, BP_DTYPE_BOOL);
  node.inputs[0].type.dtype = BP_DTYPE_BOOL;
  EXPECT_EQ(run_node<uint8_t>(node), (std::vector<uint8_t>{1, 0, 0, 0}));
}

template <class T>
void expect_questions(const std::vector<T>& values) {
  TestNode nan = unary_node("IsNaN", 13, values, BP_DTYPE_BOOL);
  const auto is_nan = run_node<uint8_t>(nan);
  for (size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(is_nan[i], std::isnan(value_of(values[i])) ? 1 : 0);
  for (const int negative : {0, 1})
    for (const int positive : {0, 1}) {
      TestNode inf = unary_node("IsInf", 10, values, BP_DTYPE_BOOL);
      inf.add("detect_negative", negative);
      inf.add("detect_positive", positive);
      const auto is_inf = run_node<uint8_t>(inf);
      for (size_t i = 0; i < values.size(); ++i) {
        const double x = value_of(values[i]);
        ASSERT_EQ(is_inf[i], std::isinf(x) && (x < 0 ? negative : positive) != 0 ? 1 : 0) << x;
      }
    }
}

TEST(Questions, AreAnsweredForAllKindsOfFloats) {
  expect_questions(all_kinds_of_floats());
  expect_questions(every_pattern<Half>());
  expect_questions(every_pattern<Bfloat16>());
  expect_questions<double>({NAN, INFINITY, -INFINITY, 1e308, 5e-324, 0.0});
}

TEST(Comparisons, RefuseWithWords) {
  const OpenDevice device(kSynchronousDevice);
  TestNode of_bool = bool_pairs("Less", 13);
  EXPECT_EQ(reason_against(device, of_bool), "Less: only numbers, not bool");
  TestNode of_float("And", 7, {tensor<float>({1}, {1}), tensor<float>({1}, {1})},
                    {wanted(BP_DTYPE_BOOL, {1})});
  EXPECT_EQ(reason_against(device, of_float), "And: only bool, not float32");
}

}  // namespace
}  // namespace backplane::cpu::testing
