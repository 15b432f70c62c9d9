// Sums, products and extremes against plain loops, around the borders of vectors and pieces.
#include <functional>

#include "test_numbers.hpp"

namespace backplane::opencl::testing {
namespace {

using Members = std::vector<double>;
using Fold = std::function<double(const Members&)>;

double sum_of(const Members& all) {
  double sum = 0;
  for (const double one : all) sum += one;
  return sum;
}
double squares_of(const Members& all) {
  double sum = 0;
  for (const double one : all) sum += one * one;
  return sum;
}
double magnitudes_of(const Members& all) {
  double sum = 0;
  for (const double one : all) sum += std::fabs(one);
  return sum;
}
double product_of(const Members& all) {
  double product = 1;
  for (const double one : all) product *= one;
  return product;
}
double greatest_of(const Members& all) { return *std::max_element(all.begin(), all.end()); }
double least_of(const Members& all) { return *std::min_element(all.begin(), all.end()); }

class ReduceFolds : public KernelTest {
 protected:
  // What each element of the output is made of, in order.
  template <class T>
  static std::vector<Members> members_of(const std::vector<T>& x, const Shape& shape,
                                         const Shape& kept) {
    std::vector<Members> members(count_of(kept));
    const Shape to = broadcast_strides(shape, kept);
    for (size_t i = 0; i < count_of(shape); ++i)
      members[index_of(to, place_of(shape, i))].push_back(value_of(x[i]));
    return members;
  }

  static Shape kept_of(Shape shape, const Shape& axes) {
    for (const int64_t axis : axes) shape[static_cast<size_t>(axis)] = 1;
    return shape;
  }

  template <class T>
  std::vector<T> reduced(const char* op, const Shape& shape, const Shape& axes,
                         const std::vector<T>& x) {
    TestNode node(op, 11, {tensor(shape, x)}, {wanted<T>(kept_of(shape, axes))});
    node.add("axes", axes);
    node.inputs[0].offset = 1;
    node.outputs[0].offset = 3;
    run(node);
    return node.outputs[0].as<T>();
  }

  // `ulps`: how far off a result may be.
  template <class T>
  void expect_fold(const char* op, const Fold& fold, const Shape& shape, const Shape& axes,
                   const std::vector<T>& x, double ulps = 0) {
    const std::vector<T> y = reduced(op, shape, axes, x);
    const auto members = members_of(x, shape, kept_of(shape, axes));
    for (size_t i = 0; i < y.size(); ++i) {
      const double exact = fold(members[i]);
      ASSERT_LE(std::fabs(value_of(y[i]) - exact), ulps * ulp_of<float>(exact))
          << op << ", element " << i << ": " << value_of(y[i]) << ", not " << exact;
    }
  }

  // Every border of vectors and pieces, along rows and across them.
  template <class T>
  void expect_folds(const char* op, const Fold& fold, const std::function<T(size_t)>& number,
                    double ulps = 0) {
    for (const int64_t length : {1, 15, 16, 17, 63, 64, 65, 130, 500})
      for (const int64_t axis : {0, 1, 2}) {
        const Shape shape = {3, length, 5};
        std::vector<T> x(count_of(shape));
        for (size_t i = 0; i < x.size(); ++i) x[i] = number(i);
        expect_fold(op, fold, shape, {axis}, x, ulps);
        expect_fold(op, fold, {15, length}, {axis % 2}, x, ulps);
      }
  }

  // Whole numbers from -100 to 100, none of which is 0.
  template <class T>
  static T whole(size_t i) {
    const int value = static_cast<int>(i * 37 % 100) + 1;
    return static_cast<T>(std::is_signed_v<T> && i % 3 == 0 ? -value : value);
  }
};

TEST_F(ReduceFolds, FloatsAroundVectors) {
  const auto number = [](size_t i) { return eighths(i); };
  expect_folds<float>("ReduceSum", sum_of, number, 1);
  expect_folds<float>("ReduceSumSquare", squares_of, number, 4);
  expect_folds<float>("ReduceL1", magnitudes_of, number, 1);
  expect_folds<float>("ReduceMax", greatest_of, number);
  expect_folds<float>("ReduceMin", least_of, number);
  const auto l2 = [](const Members& all) { return std::sqrt(squares_of(all)); };
  expect_folds<float>("ReduceL2", l2, number, 4);
  const auto log_sum = [](const Members& all) { return std::log(sum_of(all)); };
  expect_folds<float>(
      "ReduceLogSum", log_sum, [](size_t i) { return 200 + eighths(i); }, 4);
}

TEST_F(ReduceFolds, ProductsAroundVectors) {
  const auto number = [](size_t i) { return i % 7 == 0 ? -1.0f : i % 101 == 0 ? 2.0f : 1.0f; };
  expect_folds<float>("ReduceProd", product_of, number);
}

TEST_F(ReduceFolds, ExtremesOfEveryInteger) {
  expect_folds<int8_t>("ReduceMax", greatest_of, whole<int8_t>);
  expect_folds<uint8_t>("ReduceMin", least_of, whole<uint8_t>);
  expect_folds<int32_t>("ReduceMin", least_of, whole<int32_t>);
  expect_folds<uint32_t>("ReduceMax", greatest_of, whole<uint32_t>);
  expect_folds<int64_t>("ReduceMax", greatest_of, whole<int64_t>);
  expect_folds<uint64_t>("ReduceMin", least_of, whole<uint64_t>);
}

TEST_F(ReduceFolds, SumsOfIntegers) {
  expect_folds<int32_t>("ReduceSum", sum_of, whole<int32_t>);
  expect_folds<int32_t>("ReduceL1", magnitudes_of, whole<int32_t>);
  expect_folds<int64_t>("ReduceSumSquare", squares_of, whole<int64_t>);
  expect_folds<uint32_t>("ReduceSum", sum_of, whole<uint32_t>);
  expect_folds<uint64_t>("ReduceL1", magnitudes_of, whole<uint64_t>);
}

TEST_F(ReduceFolds, IntegersWrapAroundAndMeansAreOfTheWholeSum) {
  const std::vector<int32_t> large(20, INT32_MAX);
  EXPECT_EQ(reduced<int32_t>("ReduceSum", {20}, {0}, large)[0], -20);
  EXPECT_EQ(reduced<int32_t>("ReduceMean", {20}, {0}, large)[0], INT32_MAX);
  const std::vector<int32_t> small(20, INT32_MIN);
  EXPECT_EQ(reduced<int32_t>("ReduceMean", {20, 1}, {0}, small)[0], INT32_MIN);
  EXPECT_EQ(reduced<int32_t>("ReduceL1", {1}, {0}, {INT32_MIN})[0], INT32_MIN);
  const std::vector<uint64_t> most(3, UINT64_MAX);
  EXPECT_EQ(reduced<uint64_t>("ReduceSum", {3}, {0}, most)[0], UINT64_MAX - 2);
}

TEST_F(ReduceFolds, LogarithmsOfSumsOfPowersDoNotOverflow) {
  const auto log_sum_exp = [](const Members& all) {
    const double base = greatest_of(all);
    double sum = 0;
    for (const double one : all) sum += std::exp(one - base);
    return base + std::log(sum);
  };
  expect_folds<float>(
      "ReduceLogSumExp", log_sum_exp, [](size_t i) { return 1000 + eighths(i); }, 4);
  EXPECT_EQ(reduced<float>("ReduceLogSumExp", {3}, {0}, {1, INFINITY, 2})[0], INFINITY);
  EXPECT_TRUE(std::isnan(reduced<float>("ReduceLogSumExp", {3}, {0}, {1, NAN, 2})[0]));
}

TEST_F(ReduceFolds, NanIsTheExtremeWhereverItIs) {
  for (const char* op : {"ReduceMax", "ReduceMin"})
    for (const size_t at : {0, 7, 16, 99, 199}) {
      std::vector<float> x = floats(200);
      x[at] = NAN;
      EXPECT_TRUE(std::isnan(reduced<float>(op, {200}, {0}, x)[0])) << op << " " << at;
      EXPECT_TRUE(std::isnan(reduced<float>(op, {100, 2}, {0}, x)[at % 2])) << op << " " << at;
    }
}

TEST_F(ReduceFolds, OfNoElementsIsWhatChangesNothing) {
  const std::pair<const char*, float> wanted_of[] = {
      {"ReduceSum", 0.0f},           {"ReduceProd", 1.0f},    {"ReduceL2", 0.0f},
      {"ReduceMax", -INFINITY},      {"ReduceMin", INFINITY}, {"ReduceLogSum", -INFINITY},
      {"ReduceLogSumExp", -INFINITY}};
  for (const auto& [op, wanted] : wanted_of)
    for (const Shape& shape : {Shape{3, 0}, Shape{0, 3}}) {
      const int64_t axis = shape[0] == 0 ? 0 : 1;
      EXPECT_EQ(reduced<float>(op, shape, {axis}, {}), std::vector<float>(3, wanted)) << op;
    }
}

TEST_F(ReduceFolds, AxesThatAreNotThereAreRefused) {
  for (const int64_t axis : {int64_t{2}, int64_t{-3}, int64_t{1} << 32}) {
    TestNode node("ReduceMax", 13, {tensor({2, 2}, floats(4))}, {wanted<float>({1, 2})});
    node.add("axes", Shape{axis});
    EXPECT_EQ(reason_against(node), "ReduceMax: axes name one that is not there");
  }
  TestNode other("ReduceMax", 13, {tensor({2, 3}, floats(6))}, {wanted<float>({1, 2})});
  other.add("axes", Shape{0});
  EXPECT_EQ(reason_against(other), "ReduceMax: the output has not the sizes that are kept");
}

}  // namespace
}  // namespace backplane::opencl::testing
