#include "published/known.hpp"

#include <algorithm>

#include "graph/folding.hpp"
#include "graph/typing.hpp"

namespace backplane::conformance {
namespace {

bool is_output(const graph::Graph& graph, graph::ValueId id) {
  const std::vector<graph::ValueId>& outputs = graph.outputs();
  return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

bool may_be_known(const graph::Graph& graph, const graph::Node& node) {
  return node.outputs.size() == 1 && node.outputs[0] != BP_NONE &&
         !is_output(graph, node.outputs[0]);
}

// With what has been found for its inputs the sizes of a node's output may be known.
void find_type(graph::Graph* graph, const graph::Node& node) {
  const Result<std::vector<bp_tensor_type_t>> types = graph::infer_outputs(*graph, node);
  if (types.ok()) graph->set_type(node.outputs[0], (*types)[0]);
}

}  // namespace

void find_known_values(graph::Graph* graph) {
  for (const graph::Node& node : graph->nodes()) {
    if (!may_be_known(*graph, node)) continue;
    find_type(graph, node);
    ops::ConstantPtr known = graph::known_output(*graph, node);
    if (known == nullptr) known = graph::folded_output(*graph, node);
    if (known != nullptr) graph->set_constant(node.outputs[0], std::move(known));
  }
}

bool is_known(const graph::Graph& graph, const graph::Node& node) {
  return may_be_known(graph, node) && graph.value(node.outputs[0]).constant != nullptr;
}

}  // namespace backplane::conformance
