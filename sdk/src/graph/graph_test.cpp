#include "graph/graph.hpp"

#include <gtest/gtest.h>

namespace backplane::graph {
namespace {

ops::Operator op(const char* name) {
  ops::Operator result;
  result.op = name;
  result.since = 14;
  return result;
}

const bp_tensor_type_t kVectorType = tensor_type(BP_DTYPE_FLOAT32, {3});

ops::ConstantPtr three_floats() {
  const float values[3] = {1, 2, 3};
  return ops::make_constant(kVectorType, values);
}

TEST(Graph, KnowsEveryConsumerOnceForEachUse) {
  Graph graph;
  const ValueId x = graph.add_input("x", kVectorType);
  const ValueId w = graph.add_constant("w", three_floats());
  ASSERT_TRUE(graph.add_node(op("Add"), {x, w}, {"y"}).ok());
  ASSERT_TRUE(graph.add_node(op("Mul"), {x, x}, {"z"}).ok());
  EXPECT_EQ(graph.value(x).consumers, (std::vector<NodeId>{0, 1, 1}));
  EXPECT_EQ(graph.value(w).consumers, (std::vector<NodeId>{0}));
  EXPECT_EQ(graph.value(graph.find("z")).producer, 1u);
  EXPECT_EQ(graph.value(x).producer, BP_NONE);
  EXPECT_TRUE(graph.value(x).is_input);
  EXPECT_TRUE(same_type(graph.value(w).type, kVectorType));
}

TEST(Graph, AnAbsentInputOrOutputIsNoValue) {
  Graph graph;
  const ValueId x = graph.add_input("x", kVectorType);
  ASSERT_TRUE(graph.add_node(op("Clip"), {x, BP_NONE, x}, {"y", "", "mask"}).ok());
  EXPECT_EQ(graph.node(0).outputs[1], BP_NONE);
  EXPECT_EQ(graph.values().size(), 3u);
}

TEST(Graph, RefusesAnInputThatIsNotThereYet) {
  Graph graph;
  graph.add_input("x", kVectorType);
  const Result<NodeId> node = graph.add_node(op("Add"), {0, 1}, {"y"});
  ASSERT_FALSE(node.ok());
  EXPECT_EQ(node.status().code(), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(node.status().text(), "Add: input 1 is value 1, and there are only 1");
  EXPECT_TRUE(graph.nodes().empty());
  EXPECT_TRUE(graph.value(0).consumers.empty()) << "a refused node leaves no trace";
}

TEST(Graph, RefusesAValueNameThatIsTaken) {
  Graph graph;
  const ValueId x = graph.add_input("x", kVectorType);
  ops::Operator named = op("Relu");
  named.name = "r";
  EXPECT_EQ(graph.add_node(named, {x}, {"x"}).status().text(),
            "Relu \"r\": there is already a value named \"x\"");
  EXPECT_EQ(graph.add_node(op("Split"), {x}, {"a", "a"}).status().text(),
            "Split: there is already a value named \"a\"");
  EXPECT_EQ(graph.add_input("x", kVectorType), BP_NONE);
  EXPECT_EQ(graph.add_constant("x", three_floats()), BP_NONE);
  EXPECT_EQ(graph.add_constant("none", nullptr), BP_NONE);
  EXPECT_EQ(graph.values().size(), 1u);
}

TEST(Graph, GivesFreshNamesThatNobodyHas) {
  Graph graph;
  const ValueId first = graph.add_input("value_1", kVectorType);
  const ValueId second = graph.add_input("", kVectorType);
  EXPECT_NE(graph.value(first).name, graph.value(second).name);
  EXPECT_EQ(graph.find(graph.value(second).name), second);
}

TEST(Graph, ANodeTakesOverAValueFromTheOneThatMadeIt) {
  Graph graph;
  const ValueId x = graph.add_input("x", kVectorType);
  const NodeId first = *graph.add_node(op("Relu"), {x}, {"y"});
  const ValueId y = graph.find("y");
  const NodeId reader = *graph.add_node(op("Neg"), {y}, {"z"});
  const NodeId second = *graph.add_node(op("Abs"), {x}, {""});
  graph.take_over(second, 0, y);
  EXPECT_EQ(graph.value(y).producer, second);
  EXPECT_EQ(graph.node(second).outputs, std::vector<ValueId>{y});
  EXPECT_EQ(graph.node(first).outputs, std::vector<ValueId>{BP_NONE});
  EXPECT_EQ(graph.value(y).consumers, std::vector<NodeId>{reader});
}

TEST(Graph, AnOutputHasItsOwnNameAndMayBeAnInput) {
  Graph graph;
  const ValueId x = graph.add_input("x", kVectorType);
  ASSERT_TRUE(graph.add_output(x, "same").ok());
  ASSERT_TRUE(graph.add_output(x, "").ok());
  EXPECT_EQ(graph.output_name(0), "same");
  EXPECT_EQ(graph.output_name(1), "x");
  EXPECT_TRUE(graph.value(x).is_output);
  EXPECT_EQ(graph.add_output(x, "same").text(), "the graph has two outputs named \"same\"");
  EXPECT_EQ(graph.add_output(7, "y").text(), "output \"y\": there is no value 7, only 1");
  EXPECT_EQ(graph.outputs().size(), 2u);
}

TEST(Graph, TheSameDimensionNameIsTheSameUnknownSize) {
  Graph graph;
  const int64_t batch = graph.unknown_size("batch");
  const int64_t length = graph.unknown_size("length");
  EXPECT_LT(batch, -1);
  EXPECT_LT(length, -1);
  EXPECT_NE(batch, length);
  EXPECT_EQ(graph.unknown_size("batch"), batch);
  EXPECT_EQ(graph.unknown_size(""), -1);
  EXPECT_EQ(graph.dimension_names().at("length"), length);
}

}  // namespace
}  // namespace backplane::graph
