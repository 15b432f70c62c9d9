// For tests: graphs in a few lines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"
#include "pass/transaction.hpp"

namespace backplane::pass {

inline bp_tensor_type_t float_type(const Shape& shape) {
  return tensor_type(BP_DTYPE_FLOAT32, shape);
}

class TestGraph {
 public:
  graph::ValueId input(const std::string& name, const Shape& shape) {
    return graph.add_input(name, float_type(shape));
  }
  graph::ValueId constant(const Shape& shape, const std::vector<float>& values) {
    return graph.add_constant("", ops::make_constant(float_type(shape), values.data()));
  }
  graph::ValueId integers(const std::vector<int64_t>& values) {
    return graph.add_constant("", ops::make_int64_constant(values));
  }
  // The newest form of a standard operator, with the types that its definition gives.
  graph::ValueId node(const char* op, const std::vector<graph::ValueId>& inputs,
                      const std::string& name = "", std::vector<ops::Attribute> attributes = {}) {
    ops::Draft draft;
    draft.op.op = op;
    draft.op.name = name;
    draft.op.attributes = std::move(attributes);
    for (const graph::ValueId id : inputs)
      draft.inputs.push_back(id == BP_NONE ? "" : graph.value(id).name);
    draft.outputs = {"out"};
    ops::Values values;
    values.type = [this](const std::string& value) { return &graph.value(graph.find(value)).type; };
    values.constant = [this](const std::string& value) {
      return graph.value(graph.find(value)).constant;
    };
    Result<ops::Normalised> normal = ops::normalise(draft, 18, values);
    EXPECT_TRUE(normal.ok()) << normal.status().text();
    EXPECT_EQ(normal->nodes.size(), 1u);
    const std::string output =
        name.empty() ? "value " + std::to_string(graph.values().size()) : name;
    Result<graph::NodeId> added = graph.add_node(normal->nodes[0].op, inputs, {output});
    EXPECT_TRUE(added.ok()) << added.status().text();
    const graph::Node& made = graph.node(*added);
    Result<std::vector<bp_tensor_type_t>> types = graph::infer_outputs(graph, made);
    EXPECT_TRUE(types.ok()) << types.status().text();
    graph.set_type(made.outputs[0], (*types)[0]);
    return made.outputs[0];
  }
  void output(graph::ValueId value, const std::string& name) {
    EXPECT_TRUE(graph.add_output(value, name).ok());
  }

  graph::Graph graph;
};

// What a pass of the host's makes of a graph, on a device that takes every node or none.
inline graph::Graph after(const graph::Graph& graph, Status (*edit)(EditedGraph*),
                          bool is_supported = true) {
  const Owner owner = {"com.acme.x100", [is_supported](const bp_node_t&) {
                         return is_supported ? Status() : unsupported("no");
                       }};
  Result<Change> change = transact(
      graph, owner, [&](EditedGraph* edited, const bp_graph_view_t*) { return edit(edited); });
  EXPECT_TRUE(change.ok()) << change.status().text();
  return change.ok() ? change->graph : graph::Graph();
}

inline std::vector<std::string> operators_of(const graph::Graph& graph) {
  std::vector<std::string> operators;
  for (const graph::Node& node : graph.nodes()) operators.push_back(node.op.op);
  return operators;
}

}  // namespace backplane::pass
