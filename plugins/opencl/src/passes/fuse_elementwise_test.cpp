// What the pass makes of graphs, and that they compute the same.
#include "test_pass.hpp"

namespace backplane::opencl::testing {
namespace {

class FuseElementwise : public PassTest {
 protected:
  FuseElementwise() : PassTest("fuse-elementwise") {}

  const bp_tensor_type_t kWide = type_of(BP_DTYPE_FLOAT32, {6, 50});
  const bp_tensor_type_t kRow = type_of(BP_DTYPE_FLOAT32, {50});
  const bp_tensor_type_t kScalar = type_of(BP_DTYPE_FLOAT32, {});
};

TEST_F(FuseElementwise, AChainBecomesOneNode) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto bias = graph.add_input(kRow);
  const auto scale = graph.add_input(kScalar);
  auto value = graph.add("Add", 14, {x, bias}, kWide);
  value = graph.add("Mul", 14, {scale, value}, kWide);
  value = graph.add("LeakyRelu", 16, {value}, kWide, {{"alpha", 0.5f}});
  graph.set_output(graph.add("Sub", 14, {value, x}, kWide));
  expect_fused(graph, "Elementwise(in0 in1 in2 add multiply leaky_relu:3f000000 in1 subtract)");
}

TEST_F(FuseElementwise, ATreeBecomesOneNode) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto y = graph.add_input(kWide);
  const auto left = graph.add("Mul", 14, {x, y}, kWide);
  const auto right = graph.add("Tanh", 13, {graph.add("Add", 14, {x, y}, kWide)}, kWide);
  graph.set_output(graph.add("Max", 13, {left, right, y}, kWide));
  expect_fused(graph,
               "Elementwise(in0 in1 multiply in0 in1 add hyperbolic_tangent greater in1 greater)");
}

TEST_F(FuseElementwise, ClipAndWhereHaveInputsOfTheirOwn) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto low = graph.add_input(kScalar);
  const auto condition = graph.add_input(type_of(BP_DTYPE_BOOL, {6, 1}));
  const auto held = graph.add("Clip", 13, {x, low, BP_NONE}, kWide);
  graph.set_output(graph.add("Where", 16, {condition, held, x}, kWide));
  expect_fused(graph, "Elementwise(in0 in1 in2 raise in1 choose)");
}

TEST_F(FuseElementwise, WhatTwoReadStays) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto both = graph.add("Exp", 13, {x}, kWide);
  const auto left = graph.add("Neg", 13, {both}, kWide);
  const auto twice = graph.add("Abs", 13, {left}, kWide);
  graph.set_output(graph.add("Mul", 14, {twice, twice}, kWide));
  graph.set_output(graph.add("Softmax", 13, {both}, kWide));
  expect_fused(graph, "Exp Mul Softmax Elementwise(in0 negative magnitude)");
}

TEST_F(FuseElementwise, WhatTheGraphGivesAwayStays) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto inner = graph.add("Exp", 13, {x}, kWide);
  graph.set_output(inner);
  graph.set_output(graph.add("Neg", 13, {inner}, kWide));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, OtherTypesStay) {
  TestGraph graph;
  const auto whole = type_of(BP_DTYPE_INT32, {6, 50});
  const auto x = graph.add_input(whole);
  graph.set_output(graph.add("Relu", 14, {graph.add("Add", 14, {x, x}, whole)}, whole));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, ASmallerValueIsNotComputedForEveryElement) {
  TestGraph graph;
  const auto x = graph.add_input(kWide);
  const auto row = graph.add("Exp", 13, {graph.add_input(kRow)}, kRow);
  graph.set_output(graph.add("Add", 14, {x, row}, kWide));
  expect_untouched(graph);
}

TEST_F(FuseElementwise, AnInputRepeatedInTwoPiecesStaysWithItsNode) {
  TestGraph graph;
  const auto type = type_of(BP_DTYPE_FLOAT32, {4, 3, 5});
  const auto x = graph.add_input(type);
  const auto holes = graph.add_input(type_of(BP_DTYPE_FLOAT32, {4, 1, 5}));
  const auto sum = graph.add("Add", 14, {x, holes}, type);
  graph.set_output(graph.add("Exp", 13, {graph.add("Neg", 13, {sum}, type)}, type));
  expect_fused(graph, "Add Elementwise(in0 negative exponential)");
}

TEST_F(FuseElementwise, NoMoreInputsAndOperationsThanAllowed) {
  TestGraph graph;
  auto value = graph.add_input(kWide);
  for (int i = 0; i < 20; ++i) value = graph.add("Add", 14, {value, graph.add_input(kWide)}, kWide);
  graph.set_output(value);
  const std::vector<Tensor> before = outputs_of(graph);
  ASSERT_NO_FATAL_FAILURE(run_pass(graph));
  std::vector<size_t> inputs;
  for (const TestGraph::Node* node : graph.nodes()) inputs.push_back(node->inputs.size());
  EXPECT_EQ(inputs, (std::vector<size_t>{16, 6}));
  EXPECT_EQ(before[0].bytes, outputs_of(graph)[0].bytes);

  TestGraph deep;
  value = deep.add_input(kWide);
  for (int i = 0; i < 70; ++i) value = deep.add(i % 2 != 0 ? "Relu" : "Neg", 13, {value}, kWide);
  deep.set_output(value);
  ASSERT_NO_FATAL_FAILURE(run_pass(deep));
  EXPECT_EQ(deep.nodes().size(), 2u);
}

TEST_F(FuseElementwise, SinesStay) {
  TestGraph graph;
  const auto x = graph.add("Sin", 22, {graph.add_input(kWide)}, kWide);
  graph.set_output(graph.add("Neg", 13, {x}, kWide));
  expect_untouched(graph);
}

// Branches that meet.
bp_value_id_t add_node(TestGraph& graph, int i, bp_value_id_t value, bp_value_id_t other,
                       const bp_tensor_type_t& type) {
  const bool is_read_twice = i % 7 == 0;
  return i % 3 == 0   ? graph.add("Add", 14, {value, is_read_twice ? value : other}, type)
         : i % 3 == 1 ? graph.add("Relu", 14, {value}, type)
                      : graph.add("Softmax", 13, {value}, type);
}

TEST_F(FuseElementwise, AsksAboutEachNodeAsOftenInALargeGraph) { expect_linear(kWide, add_node); }

}  // namespace
}  // namespace backplane::opencl::testing
