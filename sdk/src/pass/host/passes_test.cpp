// What each of the host's passes takes out or puts together, and what it has to leave alone.
#include "pass/host/passes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pass/testing.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;
using testing::ElementsAre;

// ---- no_operation.cpp

TEST(NoOperation, GoesWhereItGivesWhatItGets) {
  TestGraph build;
  const ValueId x = build.input("x", {2, 3});
  const ValueId same = build.node("Identity", {x}, "same");
  const ValueId kept = build.node("Reshape", {same, build.integers({2, 3})}, "kept");
  const ValueId turned =
      build.node("Transpose", {kept}, "turned", {ops::ints_attribute("perm", {0, 1})});
  build.output(build.node("Relu", {turned}, "relu"), "y");
  build.output(same, "x again");
  const Graph graph = after(build.graph, remove_no_operations);
  EXPECT_THAT(operators_of(graph), ElementsAre("Relu"));
  EXPECT_EQ(graph.outputs()[1], graph.inputs()[0]);
  EXPECT_EQ(graph.output_name(1), "x again");
}

TEST(NoOperation, StaysWhereItChangesSomething) {
  TestGraph build;
  const ValueId x = build.input("x", {3, 3});
  build.output(build.node("Transpose", {x}, "a", {ops::ints_attribute("perm", {1, 0})}), "a");
  build.output(build.node("Reshape", {x, build.integers({9})}, "b"), "b");
  build.output(build.node("Cast", {x}, "c", {ops::int_attribute("to", BP_DTYPE_FLOAT64)}), "c");
  build.output(build.node("Relu", {x}, "d"), "d");
  EXPECT_THAT(operators_of(after(build.graph, remove_no_operations)),
              ElementsAre("Transpose", "Reshape", "Cast", "Relu"));
}

TEST(NoOperation, GoesWhereOneTensorIsAllThereIsToCombine) {
  TestGraph build;
  const ValueId x = build.input("x", {3});
  build.output(build.node("Relu", {build.node("Sum", {x}, "a")}, "b"), "b");
  build.output(build.node("Relu", {build.node("Max", {x, x}, "c")}, "d"), "d");
  EXPECT_THAT(operators_of(after(build.graph, remove_no_operations)),
              ElementsAre("Relu", "Max", "Relu"));
}

// ---- sum_of_two.cpp

TEST(SumOfTwo, IsAnAddWithTheSameInputsInTheirOrder) {
  TestGraph build;
  const ValueId x = build.input("x", {2, 3});
  const ValueId row = build.input("row", {3});
  build.output(build.node("Sum", {row, x}, "sum"), "y");
  const Graph graph = after(build.graph, replace_sums_of_two);
  EXPECT_THAT(operators_of(graph), ElementsAre("Add"));
  EXPECT_EQ(graph.node(0).op.name, "sum");
  EXPECT_THAT(graph.node(0).inputs, ElementsAre(graph.inputs()[1], graph.inputs()[0]));
  EXPECT_EQ(graph.output_name(0), "y");
}

TEST(SumOfTwo, OthersStay) {
  TestGraph build;
  const ValueId x = build.input("x", {3});
  build.output(build.node("Sum", {x, x, x}, "a"), "a");
  build.output(build.node("Mean", {x, x}, "b"), "b");
  EXPECT_THAT(operators_of(after(build.graph, replace_sums_of_two)), ElementsAre("Sum", "Mean"));
}

TEST(SumOfTwo, StaysOnADeviceWithoutAdd) {
  TestGraph build;
  const ValueId x = build.input("x", {3});
  build.output(build.node("Sum", {x, x}, "a"), "a");
  EXPECT_THAT(operators_of(after(build.graph, replace_sums_of_two, false)), ElementsAre("Sum"));
}

// ---- dead_code.cpp

TEST(DeadCode, GoesWithAllThatOnlyItReads) {
  TestGraph build;
  const ValueId x = build.input("x", {4});
  const ValueId unread = build.node("Abs", {build.node("Neg", {x}, "neg")}, "abs");
  build.node("Relu", {unread}, "unused");
  build.output(build.node("Exp", {x}, "exp"), "y");
  EXPECT_THAT(operators_of(after(build.graph, remove_dead_code)), ElementsAre("Exp"));
}

// ---- common_subexpression.cpp

TEST(CommonSubexpression, BecomesOneNodeAndSoDoesWhatReadsIt) {
  TestGraph build;
  const ValueId x = build.input("x", {4});
  const ValueId one = build.node("Neg", {build.node("Abs", {x}, "a")}, "b");
  const ValueId two = build.node("Neg", {build.node("Abs", {x}, "c")}, "d");
  build.output(one, "one");
  build.output(two, "two");
  const Graph graph = after(build.graph, merge_common_subexpressions);
  EXPECT_THAT(operators_of(graph), ElementsAre("Abs", "Neg"));
  EXPECT_EQ(graph.outputs()[0], graph.outputs()[1]);
  EXPECT_EQ(graph.output_name(1), "two");
}

TEST(CommonSubexpression, IsNotWhatDiffersOrIsDrawn) {
  TestGraph build;
  const ValueId x = build.input("x", {4});
  const ValueId z = build.input("z", {4});
  const auto leaky = [&](float alpha, const char* name) {
    build.output(build.node("LeakyRelu", {x}, name, {ops::float_attribute("alpha", alpha)}), name);
  };
  leaky(0.5F, "a");
  leaky(0.25F, "b");
  build.output(build.node("Sub", {x, z}, "c"), "c");
  build.output(build.node("Sub", {z, x}, "d"), "d");
  build.output(build.node("RandomNormalLike", {x}, "e"), "e");
  build.output(build.node("RandomNormalLike", {x}, "f"), "f");
  const bool yes = true;
  const ValueId trains =
      build.graph.add_constant("", ops::make_constant(tensor_type(BP_DTYPE_BOOL, {}), &yes));
  build.output(build.node("Dropout", {x, BP_NONE, trains}, "g"), "g");
  build.output(build.node("Dropout", {x, BP_NONE, trains}, "h"), "h");
  EXPECT_EQ(after(build.graph, merge_common_subexpressions).nodes().size(), 8u);
}

// ---- matrix_bias.cpp

struct MatrixBias : testing::Test {
  // MatMul of [2,3] and [3,4] with an Add of `bias` behind it, on whichever side.
  void make(const Shape& bias, bool is_first = false) {
    const ValueId product =
        build.node("MatMul", {build.input("a", {2, 3}), build.input("b", {3, 4})}, "product");
    const ValueId other = build.input("bias", bias);
    sum = is_first ? build.node("Add", {other, product}, "sum")
                   : build.node("Add", {product, other}, "sum");
    build.output(sum, "y");
  }
  TestGraph build;
  ValueId sum = BP_NONE;
};

TEST_F(MatrixBias, BecomesOneGemm) {
  make({4}, true);
  const Graph graph = after(build.graph, merge_matrix_biases);
  ASSERT_THAT(operators_of(graph), ElementsAre("Gemm"));
  const Node& gemm = graph.node(0);
  EXPECT_EQ(graph.value(gemm.inputs[0]).name, "a");
  EXPECT_EQ(graph.value(gemm.inputs[1]).name, "b");
  EXPECT_EQ(graph.value(gemm.inputs[2]).name, "bias");
  EXPECT_EQ(gemm.op.name, "product");
}

TEST_F(MatrixBias, StaysWhereTheSumIsLarger) {
  make({5, 2, 4});
  EXPECT_THAT(operators_of(after(build.graph, merge_matrix_biases)), ElementsAre("MatMul", "Add"));
}

TEST_F(MatrixBias, StaysWhereTheProductIsWanted) {
  make({4});
  build.output(build.graph.find("product"), "product");
  EXPECT_THAT(operators_of(after(build.graph, merge_matrix_biases)), ElementsAre("MatMul", "Add"));
}

TEST_F(MatrixBias, StaysWhereTheDeviceHasNoGemm) {
  make({4});
  EXPECT_THAT(operators_of(after(build.graph, merge_matrix_biases, false)),
              ElementsAre("MatMul", "Add"));
}

TEST(MatrixBiasOfItself, TheProductAddedToItselfStays) {
  TestGraph build;
  const ValueId product =
      build.node("MatMul", {build.input("a", {2, 2}), build.input("b", {2, 2})}, "product");
  build.output(build.node("Add", {product, product}, "sum"), "y");
  EXPECT_THAT(operators_of(after(build.graph, merge_matrix_biases)), ElementsAre("MatMul", "Add"));
}

// ---- batch_normalization.cpp

struct BatchNormalization : testing::Test {
  // Conv of [1,1,2,2] with two filters of [1,1] and a bias, normalized.
  void make(const std::vector<float>& variance) {
    const ValueId x = build.input("x", {1, 1, 2, 2});
    conv = build.node(
        "Conv", {x, build.constant({2, 1, 1, 1}, {2, -3}), build.constant({2}, {0.5F, 1})}, "conv");
    const ValueId normal =
        build.node("BatchNormalization",
                   {conv, build.constant({2}, {1.5F, 2}), build.constant({2}, {10, 20}),
                    build.constant({2}, {1, -1}), build.constant({2}, variance)},
                   "normal", {ops::float_attribute("epsilon", 0.25F)});
    build.output(normal, "y");
  }
  std::vector<float> constant(const Graph& graph, size_t input) {
    const ops::ConstantPtr& value = graph.value(graph.node(0).inputs[input]).constant;
    const auto* numbers = static_cast<const float*>(value->bytes());
    return {numbers, numbers + 2};
  }
  TestGraph build;
  ValueId conv = BP_NONE;
};

// By the definition: y = (w x + b - mean) / sqrt(variance + epsilon) * scale + shift.
TEST_F(BatchNormalization, GoesIntoWeightsAndBias) {
  make({3.75F, 0.75F});  // roots of 4 and 1
  const Graph graph = after(build.graph, fold_batch_normalizations);
  ASSERT_THAT(operators_of(graph), ElementsAre("Conv"));
  EXPECT_EQ(graph.output_name(0), "y");
  EXPECT_THAT(constant(graph, 1), ElementsAre(2 * 0.75F, -3 * 2.0F));
  EXPECT_THAT(constant(graph, 2), ElementsAre((0.5F - 1) * 0.75F + 10, (1 + 1) * 2.0F + 20));
}

TEST_F(BatchNormalization, StaysWhereAWeightWouldBeInfiniteOrNoNumber) {
  make({-1, 0.75F});
  EXPECT_THAT(operators_of(after(build.graph, fold_batch_normalizations)),
              ElementsAre("Conv", "BatchNormalization"));
}

// Filter [i][j] of the transposed one makes output j.
TEST(BatchNormalizationOfOthers, GoesIntoATransposedConvolution) {
  TestGraph build;
  const ValueId conv = build.node("ConvTranspose", {build.input("x", {1, 2, 1, 1}),
                                                    build.constant({2, 2, 1, 1}, {1, 2, 3, 4})});
  const ValueId normal =
      build.node("BatchNormalization",
                 {conv, build.constant({2}, {2, 3}), build.constant({2}, {0, 0}),
                  build.constant({2}, {0, 0}), build.constant({2}, {0.75F, 3.75F})},
                 "normal", {ops::float_attribute("epsilon", 0.25F)});
  build.output(normal, "y");
  const Graph graph = after(build.graph, fold_batch_normalizations);
  ASSERT_THAT(operators_of(graph), ElementsAre("ConvTranspose"));
  const ops::ConstantPtr& weights = graph.value(graph.node(0).inputs[1]).constant;
  const auto* numbers = static_cast<const float*>(weights->bytes());
  EXPECT_THAT(std::vector<float>(numbers, numbers + 4), ElementsAre(2, 3, 6, 6));
}

TEST_F(BatchNormalization, StaysWhereTheConvolutionIsWanted) {
  make({3.75F, 0.75F});
  build.output(conv, "conv");
  EXPECT_THAT(operators_of(after(build.graph, fold_batch_normalizations)),
              ElementsAre("Conv", "BatchNormalization"));
}

}  // namespace
}  // namespace backplane::pass
