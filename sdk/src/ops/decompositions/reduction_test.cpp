// Reductions against sums in double over random shapes and axes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "ops/testing_parts.hpp"

namespace backplane::ops {
namespace {

using namespace testing;  // NOLINT: a test of what it holds

struct Problem {
  Numbers x;
  std::vector<int64_t> axes;
  int64_t keeps = 1;
  std::vector<std::vector<double>> groups;  // the elements that become one
};

// The elements that are reduced together; groups in the order of the output.
std::vector<std::vector<double>> groups_of(const Numbers& x, const std::vector<int64_t>& axes) {
  const size_t rank = x.shape.size();
  std::vector<bool> folded(rank, axes.empty());
  for (const int64_t axis : axes)
    folded[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis)] = true;
  std::vector<std::vector<double>> groups;
  for (size_t i = 0; i < x.elements.size(); ++i) {
    size_t group = 0;
    size_t step = 1;
    size_t rest = i;
    for (size_t axis = rank; axis-- > 0; rest /= static_cast<size_t>(x.shape[axis])) {
      const auto size = static_cast<size_t>(x.shape[axis]);
      if (folded[axis]) continue;
      group += rest % size * step;
      step *= size;
    }
    groups.resize(std::max(groups.size(), group + 1));
    groups[group].push_back(x.elements[i]);
  }
  return groups;
}

Problem random_problem(std::mt19937& random, bp_dtype_t dtype = BP_DTYPE_FLOAT32) {
  Problem problem;
  problem.x.dtype = dtype;
  const size_t rank = random() % 5;
  size_t count = 1;
  for (size_t axis = 0; axis < rank; ++axis) {
    problem.x.shape.push_back(1 + static_cast<int64_t>(random() % 5));
    count *= static_cast<size_t>(problem.x.shape.back());
    if (random() % 2 == 0)
      problem.axes.push_back(static_cast<int64_t>(axis) -
                             (random() % 2 == 0 ? static_cast<int64_t>(rank) : 0));
  }
  std::shuffle(problem.axes.begin(), problem.axes.end(), random);
  problem.keeps = random() % 2;
  std::uniform_real_distribution<double> value(-100, 100);
  for (size_t i = 0; i < count; ++i)
    problem.x.elements.push_back(dtype == BP_DTYPE_FLOAT32 ? stored(dtype, value(random))
                                                           : std::floor(value(random)));
  problem.groups = groups_of(problem.x, problem.axes);
  return problem;
}

Node node_of(const std::string& op, const Problem& problem) {
  Node node{op, {problem.x}, {int_attribute("keepdims", problem.keeps)}};
  if (problem.axes.empty()) return node;
  if (op == "ReduceSum")
    node.inputs.push_back(constant_integers(problem.axes));
  else
    node.attributes.push_back(ints_attribute("axes", problem.axes));
  return node;
}

double sum(const std::vector<double>& all) {
  double total = 0;
  for (const double x : all) total += x;
  return total;
}
double size_sum(const std::vector<double>& all) {
  double total = 0;
  for (const double x : all) total += std::fabs(x);
  return total;
}
double square_sum(const std::vector<double>& all) {
  double total = 0;
  for (const double x : all) total += x * x;
  return total;
}
double root_of_squares(const std::vector<double>& all) { return std::sqrt(square_sum(all)); }
double most(const std::vector<double>& all) { return *std::max_element(all.begin(), all.end()); }
double least(const std::vector<double>& all) { return *std::min_element(all.begin(), all.end()); }

struct Case {
  const char* op;
  double (*value)(const std::vector<double>&);
  double (*size)(const std::vector<double>&);  // of what is rounded; nullptr: nothing is
};
constexpr Case kCases[] = {{"ReduceSum", sum, size_sum},
                           {"ReduceL1", size_sum, size_sum},
                           {"ReduceSumSquare", square_sum, square_sum},
                           {"ReduceL2", root_of_squares, root_of_squares},
                           {"ReduceMax", most, nullptr},
                           {"ReduceMin", least, nullptr}};

// (n + 1) roundings of the sum of the sizes: the bound that the suite has for sums.
void expect_right(const Case& each, const Problem& problem) {
  const Ran ran = run_parts(node_of(each.op, problem));
  ASSERT_EQ(ran.status, "") << each.op;
  ASSERT_EQ(ran.outputs[0].elements.size(), problem.groups.size());
  for (size_t i = 0; i < problem.groups.size(); ++i) {
    const std::vector<double>& group = problem.groups[i];
    const double unit = 0x1p-24 * static_cast<double>(group.size() + 1);
    const double bound = each.size == nullptr ? 0 : unit * each.size(group);
    EXPECT_NEAR(ran.outputs[0].elements[i], each.value(group), bound) << each.op;
  }
}

TEST(DecomposedReduction, FoldsAnyAxesOfAnyShape) {
  std::mt19937 random(7);
  for (const Case& each : kCases)
    for (int i = 0; i < 60; ++i) expect_right(each, random_problem(random));
}

TEST(DecomposedReduction, IntegersAreExact) {
  std::mt19937 random(8);
  for (const bp_dtype_t dtype : {BP_DTYPE_INT32, BP_DTYPE_INT64})
    for (const Case& each : {Case{"ReduceSum", sum, nullptr}, Case{"ReduceL1", size_sum, nullptr},
                             Case{"ReduceSumSquare", square_sum, nullptr}})
      for (int i = 0; i < 10; ++i) expect_right(each, random_problem(random, dtype));
  for (const Case& each : {kCases[4], kCases[5]})
    for (int i = 0; i < 10; ++i) expect_right(each, random_problem(random, BP_DTYPE_INT8));
}

// -x and -1 - x go wrong or right at the ends of the type.
TEST(DecomposedReduction, ExtremesAreExactAtTheEndsOfAType) {
  const Numbers bytes = {BP_DTYPE_INT8, {2, 2}, {-128, 127, 5, -3}, false};
  const Numbers unsigned_bytes = {BP_DTYPE_UINT8, {2, 2}, {0, 255, 5, 7}, false};
  const std::vector<Attribute> last = {ints_attribute("axes", {1})};
  EXPECT_EQ(difference(run_parts({"ReduceMin", {bytes}, last}), {-128, -3}), "");
  EXPECT_EQ(difference(run_parts({"ReduceMin", {unsigned_bytes}, last}), {0, 5}), "");
  EXPECT_EQ(difference(run_parts({"ReduceMax", {unsigned_bytes}, last}), {255, 7}), "");
  const Numbers ends = floats({2, 2}, {-INFINITY, -INFINITY, INFINITY, 0x1p-149});
  EXPECT_EQ(difference(run_parts({"ReduceMax", {ends}, last}), {-INFINITY, INFINITY}), "");
  EXPECT_EQ(difference(run_parts({"ReduceMin", {ends}, last}), {-INFINITY, 0x1p-149}), "");
}

TEST(DecomposedReduction, InfinitiesAndNanGoThroughSums) {
  const Numbers x = floats({4, 2}, {1, INFINITY, -INFINITY, INFINITY, NAN, 1, -0.0, -3e38});
  for (const Device device : {Device::kKind, Device::kHostile}) {
    const Node sums{"ReduceSum", {x, constant_integers({1})}, {}};
    EXPECT_EQ(
        difference(run_parts(sums, device), {INFINITY, NAN, NAN, stored(BP_DTYPE_FLOAT32, -3e38)}),
        "");
    const Node sizes{"ReduceL1", {x}, {ints_attribute("axes", {-1})}};
    EXPECT_EQ(difference(run_parts(sizes, device),
                         {INFINITY, INFINITY, NAN, stored(BP_DTYPE_FLOAT32, 3e38)}),
              "");
    const Node squares{"ReduceSumSquare", {x}, {ints_attribute("axes", {-1})}};
    EXPECT_EQ(difference(run_parts(squares, device), {INFINITY, INFINITY, NAN, INFINITY}), "");
  }
}

TEST(DecomposedReduction, AxesThatAreEmptyOrOfOneElementLeaveTheElements) {
  const Numbers x = floats({2, 1}, {-0.0, 0x1p-149});
  EXPECT_EQ(difference(run_parts({"ReduceSum", {x, constant_integers({1})}, {}}), x.elements), "");
  const Node noop{
      "ReduceSum", {x, constant_integers({})}, {int_attribute("noop_with_empty_axes", 1)}};
  EXPECT_EQ(difference(run_parts(noop), x.elements), "");
  const Node all{"ReduceSum", {floats({2, 2}, {1, 2, 3, 4}), constant_integers({})}, {}};
  EXPECT_EQ(difference(run_parts(all), {10}), "");
  Node launched = all;  // with axes that come with a launch, but are none
  launched.inputs[1].is_constant = false;
  EXPECT_EQ(difference(run_parts(launched), {10}), "");
  EXPECT_EQ(run_parts(all).outputs.at(0).shape, (Shape{1, 1}));
}

TEST(DecomposedReduction, RefusesNothingAndWhatIsNotKnown) {
  EXPECT_NE(run_parts({"ReduceSum", {floats({0, 2}, {})}, {}}).status.find("without elements"),
            std::string::npos);
  Numbers axes = constant_integers({0});
  axes.is_constant = false;
  const Node unknown{"ReduceSum", {floats({3}, {1, 2, 3}), axes}, {}};
  EXPECT_NE(run_parts(unknown).status.find("at launch"), std::string::npos);
  const Numbers whole = {BP_DTYPE_INT32, {2}, {1, 2}, false};
  EXPECT_NE(run_parts({"ReduceL2", {whole}, {}}).status.find("int32"), std::string::npos);
  EXPECT_NE(run_parts({"ReduceMax", {whole}, {}}).status.find("int32"), std::string::npos);
}

TEST(DecomposedReduction, GlobalMaxPoolTakesTheLargestOfEachPlane) {
  std::mt19937 random(9);
  std::vector<double> x(120);  // 2 x 3 x 4 x 5
  for (double& each : x) each = static_cast<double>(random() % 1000) - 500;
  const Numbers image = floats({2, 3, 4, 5}, x);
  std::vector<double> wanted;
  for (const std::vector<double>& group : groups_of(image, {2, 3})) wanted.push_back(most(group));
  EXPECT_EQ(difference(run_parts({"GlobalMaxPool", {image}, {}}), wanted), "");
}

}  // namespace
}  // namespace backplane::ops
