// Sum of two tensors is their Add, of which more is known: passes fold it into what stands before.
#include "pass/host/passes.hpp"

namespace backplane::pass {
namespace {

using graph::Node;
using graph::NodeId;
using graph::ValueId;

constexpr uint32_t kAddSince = 14;

Status replace(EditedGraph* edited, NodeId sum) {
  const Node& node = edited->graph.node(sum);
  const std::vector<ValueId> inputs = node.inputs;
  ops::Operator add;
  add.op = "Add";
  add.name = node.op.name;
  add.since = kAddSince;
  return replace_nodes(edited, add, inputs, {sum});
}

}  // namespace

Status replace_sums_of_two(EditedGraph* edited) {
  const auto count = static_cast<NodeId>(edited->graph.nodes().size());
  for (NodeId id = 0; id < count; ++id) {
    const Node& node = edited->graph.node(id);
    if (node.is_removed() || !is_operator(node, "Sum") || node.inputs.size() != 2) continue;
    if (Status done = replace(edited, id); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
