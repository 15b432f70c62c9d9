// The reductions but ReduceMean, against their formulas in long double or 128-bit integers.
#include <algorithm>
#include <functional>
#include <limits>

#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

struct Formula {
  const char* op;
  long double start;
  std::function<long double(long double, long double)> step;
  std::function<long double(long double)> end;
};

const std::vector<Formula>& formulas() {
  using Number = long double;
  const auto same = [](Number x) { return x; };
  static const std::vector<Formula> table = {
      {"ReduceSum", 0, [](Number a, Number x) { return a + x; }, same},
      {"ReduceProd", 1, [](Number a, Number x) { return a * x; }, same},
      {"ReduceL1", 0, [](Number a, Number x) { return a + std::fabs(x); }, same},
      {"ReduceL2", 0, [](Number a, Number x) { return a + x * x; },
       [](Number a) { return std::sqrt(a); }},
      {"ReduceSumSquare", 0, [](Number a, Number x) { return a + x * x; }, same},
      {"ReduceLogSum", 0, [](Number a, Number x) { return a + x; },
       [](Number a) { return std::log(a); }},
      {"ReduceLogSumExp", 0, [](Number a, Number x) { return a + std::exp(x); },
       [](Number a) { return std::log(a); }},
      {"ReduceMax", -HUGE_VALL, [](Number a, Number x) { return std::max(a, x); }, same},
      {"ReduceMin", HUGE_VALL, [](Number a, Number x) { return std::min(a, x); }, same}};
  return table;
}

struct Case {
  Shape x;
  Shape axes;  // counted from the front; empty: all
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table = {{{}, {}},
                                          {{1}, {0}},
                                          {{37}, {}},
                                          {{3, 5}, {0}},
                                          {{3, 5}, {1}},
                                          {{3, 600}, {0}},
                                          {{5, 100}, {1}},
                                          {{2, 3, 4}, {1}},
                                          {{2, 3, 20}, {0, 2}},
                                          {{2, 3, 4}, {1, 2}},
                                          {{2, 2, 3, 2, 2, 1, 2, 3}, {1, 4, 7}},
                                          {{2, 2, 3, 2, 2, 1, 2, 3}, {0, 2, 5, 6}},
                                          {{3, 0, 2}, {1}},
                                          {{0, 3}, {1}}};
  return table;
}

Shape folded(const Case& tried) {
  Shape made = tried.x;
  for (size_t axis = 0; axis < made.size(); ++axis)
    if (tried.axes.empty() || std::count(tried.axes.begin(), tried.axes.end(), axis) != 0)
      made[axis] = 1;
  return made;
}

TestNode node_of(const Formula& formula, const Case& tried, const Tensor& x) {
  TestNode node(formula.op, 13, {x}, {wanted(x.type.dtype, folded(tried))});
  if (tried.axes.empty()) return node;
  if (std::string(formula.op) == "ReduceSum")
    node.add_input(tensor<int64_t>({static_cast<int64_t>(tried.axes.size())}, tried.axes), false);
  else
    node.add("axes", tried.axes);
  return node;
}

std::vector<long double> expected(const Formula& formula, const Case& tried, const Tensor& x) {
  const Shape to = folded(tried);
  std::vector<long double> values(count_of(to), formula.start);
  for (size_t i = 0; i < count_of(tried.x); ++i) {
    Shape place = place_of(tried.x, i);
    for (size_t axis = 0; axis < to.size(); ++axis)
      if (to[axis] == 1) place[axis] = 0;
    long double& value = values[index_of(to, place)];
    value = formula.step(value, static_cast<long double>(element(x, static_cast<int64_t>(i))));
  }
  for (long double& value : values) value = formula.end(value);
  return values;
}

// Positive numbers: the formulas' results are then within a few roundings in double.
template <class T>
void expect_formulas(double most) {
  const OpenDevice device(kSynchronousDevice);
  for (const Formula& formula : formulas())
    for_cases(cases().size(), [&](size_t number) {
      SCOPED_TRACE(formula.op);
      const Case& tried = cases()[number];
      const Tensor x = filled<T>(tried.x, [&](int64_t i) {
        return store<T>(static_cast<Computed<T>>(0.5 + most * std::fabs(noise(3, i))));
      });
      TestNode node = node_of(formula, tried, x);
      ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
      const std::vector<long double> values = expected(formula, tried, x);
      const double u = unit_of(x.type.dtype) + 200 * 0x1p-53;
      for (size_t i = 0; i < values.size(); ++i)
        ASSERT_TRUE(is_within(element(node.outputs[0], static_cast<int64_t>(i)), values[i],
                              1.01 * u * std::fabs(static_cast<double>(values[i])) + 1e-14 +
                                  smallest_of(x.type.dtype)))
            << "element " << i;
    });
}

TEST(Reductions, Float32IsRoundedOnce) { expect_formulas<float>(0.8); }
TEST(Reductions, Float64IsWithinTheBound) { expect_formulas<double>(0.8); }
TEST(Reductions, Float16IsRoundedOnceFromDouble) { expect_formulas<Half>(0.8); }
TEST(Reductions, Bfloat16IsRoundedOnceFromDouble) { expect_formulas<Bfloat16>(0.8); }

template <class T>
T reduced(const char* op, const std::vector<T>& values) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node(op, 13, {tensor<T>({static_cast<int64_t>(values.size())}, values)},
                {wanted(dtype_of<T>(), {1})});
  EXPECT_EQ(run(device, node), BP_OK) << TestHost::take_text();
  return node.outputs[0].as<T>()[0];
}

TEST(Reductions, IntegersAreExactAndWrapAround) {
  EXPECT_EQ(reduced<int32_t>("ReduceSum", {INT32_MAX, 1, 5}), INT32_MIN + 5);
  EXPECT_EQ(reduced<int64_t>("ReduceSum", {INT64_MAX - 1, 1}), INT64_MAX);
  EXPECT_EQ(reduced<uint64_t>("ReduceProd", {1u << 31, 1u << 31, 3}), 3ull << 62);
  EXPECT_EQ(reduced<int32_t>("ReduceProd", {-7, 3, 2}), -42);
  EXPECT_EQ(reduced<int32_t>("ReduceL1", {-7, 3, 2}), 12);
  EXPECT_EQ(reduced<int64_t>("ReduceSumSquare", {-3, 4}), 25);
}

TEST(Reductions, RootsAndLogarithmsOfIntegersAreCutOff) {
  EXPECT_EQ(reduced<int32_t>("ReduceL2", {1, 1}), 1);
  EXPECT_EQ(reduced<int32_t>("ReduceL2", {INT32_MIN}), INT32_MAX);
  EXPECT_EQ(reduced<int64_t>("ReduceL2", {INT64_MAX}), INT64_MAX);
  EXPECT_EQ(reduced<int64_t>("ReduceL2", {3037000500, 4}), 3037000500);
  EXPECT_EQ(reduced<uint64_t>("ReduceL2", {UINT64_MAX, UINT64_MAX}), UINT64_MAX);
  EXPECT_EQ(reduced<int32_t>("ReduceLogSum", {10, 10}), 2);
  EXPECT_EQ(reduced<int32_t>("ReduceLogSumExp", {1000, 1000}), 1000);
}

TEST(Reductions, MaxAndMinServeEveryInteger) {
  EXPECT_EQ(reduced<int8_t>("ReduceMax", {-128, -3, -7}), -3);
  EXPECT_EQ(reduced<uint8_t>("ReduceMin", {200, 255}), 200);
  EXPECT_EQ(reduced<int64_t>("ReduceMax", {INT64_MAX - 1, INT64_MAX, 3}), INT64_MAX);
  EXPECT_EQ(reduced<uint64_t>("ReduceMax", {UINT64_MAX - 1, UINT64_MAX}), UINT64_MAX);
}

TEST(Reductions, NanAnywhereIsNan) {
  for (const Formula& formula : formulas())
    for (const size_t place : {0u, 1u, 20u, 39u}) {
      std::vector<double> values(40, 1.5);
      values[place] = kNan;
      EXPECT_TRUE(std::isnan(reduced<double>(formula.op, values))) << formula.op << place;
    }
}

TEST(Reductions, NanAnywhereInALongRowIsNan) {
  for (const char* op : {"ReduceMax", "ReduceMin", "ReduceSum"})
    for (size_t place = 0; place < 150; place += 7) {
      std::vector<float> values(150, 1.5F);
      values[place] = NAN;
      EXPECT_TRUE(std::isnan(reduced<float>(op, values))) << op << place;
    }
}

TEST(Reductions, TheExtremeOfALongRowIsFoundAnywhere) {
  for (size_t length = 60; length < 200; length += 9)
    for (size_t place = 0; place < length; ++place) {
      std::vector<float> values(length, -INFINITY);
      values[place] = -3;
      EXPECT_EQ(reduced<float>("ReduceMax", values), -3) << place << " of " << length;
      values.assign(length, INFINITY);
      EXPECT_EQ(reduced<float>("ReduceMin", values), INFINITY);
      values[place] = 2;
      EXPECT_EQ(reduced<float>("ReduceMin", values), 2) << place << " of " << length;
    }
}

TEST(Reductions, LogSumExpDoesNotOverflow) {
  EXPECT_FLOAT_EQ(reduced<float>("ReduceLogSumExp", {1000, 1000}), 1000.6931F);
  EXPECT_FLOAT_EQ(reduced<float>("ReduceLogSumExp", {-2000, -2000}), -1999.3069F);
  EXPECT_EQ(reduced<double>("ReduceLogSumExp", {-kInfinity, -kInfinity}), -kInfinity);
  EXPECT_EQ(reduced<double>("ReduceLogSumExp", {kInfinity, 1}), kInfinity);
}

TEST(Reductions, FloatsAreNotCancelledByTheirOrder) {
  std::vector<float> values(3000, 1.0F);
  values[0] = 1e9F;
  values[2999] = -1e9F;
  EXPECT_EQ(reduced<float>("ReduceSum", values), 2998.0F);
}

TEST(Reductions, SumOverNoAxesIsTheDataWhereItIsAskedFor) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("ReduceSum", 13, {noisy<float>({2, 3}, 1), tensor<int64_t>({0}, {})},
                {wanted(BP_DTYPE_FLOAT32, {2, 3})});
  node.add("noop_with_empty_axes", 1);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].bytes, node.inputs[0].bytes);
}

TEST(Reductions, WhatDoesNotFitIsRefusedInWords) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("ReduceMax", 13, {noisy<float>({2, 3}, 1)}, {wanted(BP_DTYPE_FLOAT32, {2, 1})});
  node.add("axes", Shape{2});
  EXPECT_EQ(reason_against(device, node), "ReduceMax: axis 2 is not one of rank 2");
  TestNode small("ReduceSum", 13, {noisy<int8_t>({2}, 1)}, {wanted(BP_DTYPE_INT8, {1})});
  EXPECT_EQ(reason_against(device, small),
            "ReduceSum: only floating-point and 32 and 64 bit integer types, not int8");
}

template <class T>
void expect_largest_of_planes() {
  const OpenDevice device(kSynchronousDevice);
  for (const Shape& shape : std::vector<Shape>{{2, 3, 7}, {2, 3, 5, 7}, {3, 1, 2, 3, 4}, {2, 5}}) {
    const Tensor x = noisy<T>(shape, 3);
    Shape output(shape.size(), 1);
    std::copy_n(shape.begin(), 2, output.begin());
    TestNode node("GlobalMaxPool", 1, {x}, {wanted(x.type.dtype, output)});
    ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
    const std::vector<double> all = numbers_of(x);
    const int64_t size = count_of(x) / count_of(node.outputs[0]);
    for (int64_t i = 0; i < count_of(node.outputs[0]); ++i)
      EXPECT_EQ(element(node.outputs[0], i),
                *std::max_element(all.begin() + i * size, all.begin() + (i + 1) * size));
  }
}

TEST(GlobalMaxPool, IsTheLargestOfEachPlane) {
  expect_largest_of_planes<float>();
  expect_largest_of_planes<double>();
  expect_largest_of_planes<Half>();
  expect_largest_of_planes<Bfloat16>();
}

}  // namespace
}  // namespace backplane::cpu::testing
