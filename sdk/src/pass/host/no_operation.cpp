// Nodes that give what they get: Identity, Dropout that drops nothing, a sum of one tensor, and
// what changes neither sizes nor type.
#include <algorithm>

#include "pass/host/passes.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

// These keep the order of elements, so that the same type is the same tensor.
constexpr const char* kKeepOrder[] = {"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                                      "Cast",    "Expand",  "Identity"};

// Of one tensor alone they are that tensor.
constexpr const char* kCombine[] = {"Sum", "Mean", "Max", "Min"};

template <size_t kCount>
bool is_one_of(const Node& node, const char* const (&operators)[kCount]) {
  return std::any_of(std::begin(operators), std::end(operators),
                     [&](const char* op) { return node.op.op == op; });
}

bool has_identity_order(const Node& node) {
  const ops::Attribute* order = node.op.attribute("perm");
  if (order == nullptr) return false;
  for (size_t axis = 0; axis < order->ints.size(); ++axis)
    if (order->ints[axis] != static_cast<int64_t>(axis)) return false;
  return true;
}

// Inference: without a mask, and not told at launch that it is training.
bool drops_nothing(const Node& node) {
  const auto is_absent = [](const std::vector<ValueId>& ids, size_t index) {
    return ids.size() <= index || ids[index] == BP_NONE;
  };
  return is_absent(node.outputs, 1) && is_absent(node.inputs, 2);
}

bool gives_what_it_gets(const Graph& graph, const Node& node) {
  if (node.is_removed() || !node.op.domain.empty() || node.inputs.empty()) return false;
  if (node.inputs[0] == BP_NONE || node.outputs[0] == BP_NONE) return false;
  if (!same_type(graph.value(node.inputs[0]).type, graph.value(node.outputs[0]).type)) return false;
  if (node.op.op == "Transpose") return has_identity_order(node);
  if (node.op.op == "Dropout") return drops_nothing(node);
  if (is_one_of(node, kCombine)) return node.inputs.size() == 1;
  return is_one_of(node, kKeepOrder);
}

}  // namespace

Status remove_no_operations(EditedGraph* edited) {
  const Graph& graph = edited->graph;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.node(id);
    if (!gives_what_it_gets(graph, node)) continue;
    Status done = edited->replace_value(node.outputs[0], node.inputs[0]);
    if (done.ok()) done = edited->remove_node(id);
    if (!done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
