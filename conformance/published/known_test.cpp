// What the runner of published models takes as known, and what it leaves to the plugin.
#include "published/known.hpp"

#include <gtest/gtest.h>

#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

using graph::Graph;

ops::Operator named(const char* op, uint32_t since) {
  ops::Operator made;
  made.op = op;
  made.since = since;
  return made;
}

bool knows(const Graph& graph, const char* value) {
  return is_known(graph, graph.node(graph.value(graph.find(value)).producer));
}

// x [2,3] -> Shape -> sizes; sizes + Constant -> target; Reshape(x, target) -> y, an output.
Graph reshaped_by_its_sizes() {
  Graph graph;
  const graph::ValueId x = graph.add_input("x", tensor_type(BP_DTYPE_FLOAT32, {2, 3}));
  ops::Operator constant = named("Constant", 13);
  ops::Attribute value;
  value.name = "value";
  value.kind = BP_ATTRIBUTE_TENSOR;
  value.tensor = ops::make_int64_constant({1, -1});
  constant.attributes = {value};
  EXPECT_TRUE(graph.add_node(constant, {}, {"added"}).ok());
  EXPECT_TRUE(graph.add_node(named("Shape", 15), {x}, {"sizes"}).ok());
  EXPECT_TRUE(
      graph.add_node(named("Add", 14), {graph.find("sizes"), graph.find("added")}, {"target"})
          .ok());
  EXPECT_TRUE(graph.add_node(named("Reshape", 14), {x, graph.find("target")}, {"y"}).ok());
  EXPECT_TRUE(graph.add_output(graph.find("y"), "").ok());
  return graph;
}

TEST(Known, ConstantsAndTheArithmeticOfSizes) {
  Graph graph = reshaped_by_its_sizes();
  find_known_values(&graph);
  for (const char* name : {"added", "sizes", "target"}) EXPECT_TRUE(knows(graph, name)) << name;
  EXPECT_FALSE(knows(graph, "y"));
  const auto* const target =
      static_cast<const int64_t*>(graph.value(graph.find("target")).constant->bytes());
  EXPECT_EQ(target[0], 3);
  EXPECT_EQ(target[1], 2);
}

TEST(Known, OutputsAreThePluginsToCompute) {
  Graph graph = reshaped_by_its_sizes();
  for (const char* name : {"added", "sizes", "target"})
    EXPECT_TRUE(graph.add_output(graph.find(name), "").ok());
  find_known_values(&graph);
  for (const char* name : {"added", "sizes", "target", "y"})
    EXPECT_FALSE(knows(graph, name)) << name;
}

}  // namespace
}  // namespace backplane::conformance
