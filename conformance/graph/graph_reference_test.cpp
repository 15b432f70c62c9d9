#include "graph/graph_reference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace backplane::conformance {
namespace {

using Numbers = std::vector<double>;

Bounded64 tensor(std::vector<int64_t> shape, Numbers values, double error = 0) {
  const size_t count = values.size();
  return {std::move(shape), std::move(values), Numbers(count, error)};
}

Bounded64 counted(std::vector<int64_t> shape) {
  Numbers values(static_cast<size_t>(elements_in(shape)));
  std::iota(values.begin(), values.end(), 1.0);
  return tensor(std::move(shape), values);
}

DrawnNode node(const char* op) {
  DrawnNode made;
  made.op = op;
  return made;
}

Bounded64 result(const DrawnNode& made, const std::vector<Bounded64>& inputs,
                 const LocalErrors& errors = no_errors()) {
  std::vector<const Bounded64*> pointers;
  for (const Bounded64& input : inputs) pointers.push_back(&input);
  return evaluate(made, pointers, errors);
}

TEST(GraphReference, RowsColumnsAndNumbersAreBroadcast) {
  const Bounded64 matrix = tensor({2, 3}, {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(result(node("Add"), {matrix, tensor({3}, {10, 20, 30})}).value,
            (Numbers{10, 21, 32, 13, 24, 35}));
  EXPECT_EQ(result(node("Sub"), {tensor({2, 1}, {10, 20}), matrix}).value,
            (Numbers{10, 9, 8, 17, 16, 15}));
  EXPECT_EQ(result(node("Mul"), {matrix, tensor({}, {2})}).value, (Numbers{0, 2, 4, 6, 8, 10}));
}

TEST(GraphReference, FunctionsAreTheirFormulas) {
  const Bounded64 x = tensor({4}, {-2, -0.5, 0.5, 2});
  EXPECT_EQ(result(node("Relu"), {x}).value, (Numbers{0, 0, 0.5, 2}));
  EXPECT_EQ(result(node("Abs"), {x}).value, (Numbers{2, 0.5, 0.5, 2}));
  EXPECT_EQ(result(node("Clip"), {x, tensor({}, {-1}), tensor({}, {1})}).value,
            (Numbers{-1, -0.5, 0.5, 1}));
  EXPECT_EQ(result(node("Max"), {x, tensor({}, {0}), tensor({}, {1})}).value,
            (Numbers{1, 1, 1, 2}));
  DrawnNode leaky = node("LeakyRelu");
  leaky.floats["alpha"] = 0.5f;
  EXPECT_EQ(result(leaky, {x}).value, (Numbers{-1, -0.25, 0.5, 2}));
  // tanh x = 2 sigmoid 2x - 1
  const Numbers tanh = result(node("Tanh"), {x}).value;
  const Numbers sigmoid = result(node("Sigmoid"), {tensor({4}, {-4, -1, 1, 4})}).value;
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(tanh[i], 2 * sigmoid[i] - 1, 1e-15);
}

TEST(GraphReference, ProductsOfMatricesInEitherStorage) {
  const Bounded64 a = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  const Bounded64 b = tensor({3, 2}, {1, 0, 0, 1, 1, 1});
  EXPECT_EQ(result(node("MatMul"), {a, b}).value, (Numbers{4, 5, 10, 11}));
  DrawnNode gemm = node("Gemm");
  gemm.ints["transB"] = 1;
  gemm.floats["alpha"] = 2;
  EXPECT_EQ(result(gemm, {a, tensor({2, 3}, {1, 0, 1, 0, 1, 1}), tensor({2, 1}, {100, 200})}).value,
            (Numbers{108, 110, 220, 222}));
}

TEST(GraphReference, AConvolutionOfOnesCountsNeighbours) {
  DrawnNode conv = node("Conv");
  conv.lists["kernel_shape"] = {3, 3};
  conv.lists["pads"] = {1, 1, 1, 1};
  const Bounded64 ones = tensor({1, 1, 3, 3}, Numbers(9, 1));
  EXPECT_EQ(result(conv, {ones, ones, tensor({1}, {10})}).value,
            (Numbers{14, 16, 14, 16, 19, 16, 14, 16, 14}));
}

TEST(GraphReference, PoolsAndNormalisation) {
  DrawnNode pool = node("MaxPool");
  pool.lists["kernel_shape"] = {2, 2};
  EXPECT_EQ(result(pool, {counted({1, 1, 3, 3})}).value, (Numbers{5, 6, 8, 9}));
  pool.op = "AveragePool";
  EXPECT_EQ(result(pool, {counted({1, 1, 3, 3})}).value, (Numbers{3, 4, 6, 7}));
  DrawnNode norm = node("BatchNormalization");
  norm.floats["epsilon"] = 0;
  const auto channels = [](double a, double b) { return tensor({2}, {a, b}); };
  EXPECT_EQ(result(norm, {tensor({1, 2, 1, 1}, {7, 9}), channels(3, 2), channels(1, 0),
                          channels(5, 1), channels(4, 16)})
                .value,
            (Numbers{4, 4}));
}

// What comes in passes on as its derivative has it, and each operation adds its own.
TEST(GraphReference, ErrorsAreCarriedAlong) {
  const Bounded64 x = tensor({1}, {3}, 0.5);
  const Bounded64 y = tensor({1}, {-2}, 0.25);
  EXPECT_EQ(result(node("Add"), {x, y}).error, (Numbers{0.75}));
  EXPECT_EQ(result(node("Mul"), {x, y}).error, (Numbers{3 * 0.25 + 2 * 0.5 + 0.125}));
  EXPECT_EQ(result(node("Sigmoid"), {x}).error, (Numbers{0.125}));
  EXPECT_EQ(result(node("Max"), {x, y}).error, (Numbers{0.5}));
  LocalErrors errors;
  errors.rounding = 0.5;
  EXPECT_EQ(result(node("Neg"), {x}, errors).error, (Numbers{0.5}));
  EXPECT_EQ(result(node("Add"), {x, x}, errors).error, (Numbers{1 + 0.5 * 7}));
}

// The bound of a quotient holds at the corners of its operands' intervals.
TEST(GraphReference, AQuotientIsWithinItsBound) {
  const Bounded64 wanted =
      result(node("Div"), {tensor({1}, {3}, 0.5), tensor({1}, {2}, 0.25)}, no_errors());
  for (double a : {2.5, 3.5})
    for (double b : {1.75, 2.25}) EXPECT_LE(std::abs(a / b - 1.5), wanted.error[0]);
  EXPECT_LT(wanted.error[0], 0.6);
}

TEST(GraphReference, ANaNIsNeverRightAndZerosAreEqual) {
  const Bounded64 wanted = tensor({2}, {0, 1}, 0.5);
  EXPECT_EQ(difference(wanted, {-0.0f, 1.5f}), "");
  EXPECT_NE(difference(wanted, {0, NAN}), "");
  EXPECT_NE(difference(wanted, {0, 1.6f}), "");
  EXPECT_NE(difference(wanted, {0}), "");
  EXPECT_NE(difference(tensor({1}, {0}), {1e-30f}), "");
}

}  // namespace
}  // namespace backplane::conformance
