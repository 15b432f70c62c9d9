#include "graph/typing.hpp"

#include <gtest/gtest.h>

namespace backplane::graph {
namespace {

ops::Operator op(const char* name, uint32_t since) {
  ops::Operator result;
  result.op = name;
  result.since = since;
  return result;
}

std::vector<int64_t> integers(const ops::ConstantPtr& constant) {
  Result<std::vector<int64_t>> values = ops::integers_of(constant->view());
  return values.ok() ? values.take() : std::vector<int64_t>{-99};
}

TEST(Typing, AnUnknownSizeAgreesWithEveryOther) {
  const bp_tensor_type_t known = tensor_type(BP_DTYPE_FLOAT32, {2, 3});
  EXPECT_TRUE(agree(known, tensor_type(BP_DTYPE_FLOAT32, {-1, 3})));
  EXPECT_TRUE(
      agree(tensor_type(BP_DTYPE_FLOAT32, {-2, 3}), tensor_type(BP_DTYPE_FLOAT32, {-5, 3})));
  EXPECT_FALSE(agree(known, tensor_type(BP_DTYPE_FLOAT32, {-1, 4})));
  EXPECT_FALSE(agree(known, tensor_type(BP_DTYPE_FLOAT32, {2, 3, 1})));
  EXPECT_FALSE(agree(known, tensor_type(BP_DTYPE_INT32, {2, 3})));
}

TEST(Typing, InfersFromTheGraphsTypesAndConstants) {
  Graph graph;
  const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {2, 6}));
  const ValueId shape = graph.add_constant("shape", ops::make_int64_constant({3, -1}));
  ops::Operator reshape = op("Reshape", 14);
  reshape.attributes = {ops::int_attribute("allowzero", 0)};
  ASSERT_TRUE(graph.add_node(reshape, {x, shape}, {"y"}).ok());
  const auto types = infer_outputs(graph, graph.node(0));
  ASSERT_TRUE(types.ok()) << types.status().text();
  EXPECT_EQ(backplane::to_text((*types)[0]), "float32[3,4]");
}

TEST(Typing, AConstantNodesOutputIsItsAttribute) {
  Graph graph;
  ops::Operator constant = op("Constant", 13);
  ops::Attribute value;
  value.name = "value";
  value.kind = BP_ATTRIBUTE_TENSOR;
  value.tensor = ops::make_int64_constant({4, 5});
  constant.attributes = {value};
  ASSERT_TRUE(graph.add_node(constant, {}, {"c"}).ok());
  EXPECT_EQ(known_output(graph, graph.node(0)), value.tensor);
}

// The sizes that `Shape` gives with `start` and `end`, checked against ONNX's text: both count from
// the back when negative and are cut to the rank.
struct ShapeCase {
  std::vector<ops::Attribute> attributes;
  std::vector<int64_t> want;
};

TEST(Typing, AShapeNodesOutputIsKnownWhenTheSizesAre) {
  const auto start = [](int64_t at) { return ops::int_attribute("start", at); };
  const auto end = [](int64_t at) { return ops::int_attribute("end", at); };
  const std::vector<ShapeCase> cases = {
      {{}, {3, 4, 5}},
      {{start(0)}, {3, 4, 5}},
      {{start(1)}, {4, 5}},
      {{start(-1)}, {5}},
      {{end(-1)}, {3, 4}},
      {{start(1), end(2)}, {4}},
      {{start(-9)}, {3, 4, 5}},
      {{end(9)}, {3, 4, 5}},
      {{start(2), end(1)}, {}},
      {{start(9), end(9)}, {}},
      {{start(INT64_MIN)}, {3, 4, 5}},
      {{end(INT64_MIN)}, {}},
      {{start(INT64_MAX)}, {}},
  };
  for (const ShapeCase& example : cases) {
    Graph graph;
    const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {3, 4, 5}));
    ops::Operator shape = op("Shape", 15);
    shape.attributes = example.attributes;
    ASSERT_TRUE(graph.add_node(shape, {x}, {"s"}).ok());
    const ops::ConstantPtr known = known_output(graph, graph.node(0));
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(integers(known), example.want);
  }
}

TEST(Typing, AnUnknownSizeKeepsShapeUnknown) {
  Graph graph;
  const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {3, -1}));
  ASSERT_TRUE(graph.add_node(op("Shape", 15), {x}, {"s"}).ok());
  EXPECT_EQ(known_output(graph, graph.node(0)), nullptr);
  ASSERT_TRUE(graph.add_node(op("Shape", 15), {BP_NONE}, {"t"}).ok());
  EXPECT_EQ(known_output(graph, graph.node(1)), nullptr);
}

TEST(Typing, ANodeWithoutANameIsNamedByItsPlace) {
  Graph graph;
  const ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {3}));
  ASSERT_TRUE(graph.add_node(op("Relu", 14), {x}, {"y"}).ok());
  ops::Operator named = op("Relu", 14);
  named.name = "layer1/relu";
  ASSERT_TRUE(graph.add_node(named, {x}, {"z"}).ok());
  EXPECT_EQ(node_text(graph, 0), "node 0 (Relu)");
  EXPECT_EQ(node_text(graph, 1), "Relu \"layer1/relu\"");
  EXPECT_EQ(node_text(graph, 9), "node 9");
}

}  // namespace
}  // namespace backplane::graph
