#include "pass/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "graph/compact.hpp"
#include "graph/typing.hpp"
#include "graph/verify.hpp"

namespace backplane::pass {

using graph::Compacted;
using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

namespace {

Status check_edges(const Graph& before, const Graph& after) {
  for (size_t i = 0; i < before.outputs().size(); ++i) {
    const bp_tensor_type_t& was = before.value(before.outputs()[i]).type;
    const bp_tensor_type_t& is = after.value(after.outputs()[i]).type;
    if (!same_type(was, is))
      return invalid_argument(fmt::format("output \"{}\" was {} and is {}", before.output_name(i),
                                          to_text(was), to_text(is)));
  }
  return {};
}

// Is the operator of each node that the pass added one that its owner supports?
Status check_added(const Compacted& result, NodeId first_added, const Owner& owner) {
  const Graph& graph = result.graph;
  for (NodeId id = 0; id < result.nodes.size(); ++id) {
    const Node& node = graph.node(id);
    if (result.nodes[id] < first_added || node.op.domain.empty()) continue;
    const ops::AbiNode abi_node(node.op, graph::types_of(graph, node.inputs),
                                graph::types_of(graph, node.outputs),
                                graph::constants_of(graph, node.inputs));
    Status supported = owner.supports ? owner.supports(abi_node.node())
                                      : unsupported("nobody says that it supports this");
    if (!supported.ok()) return supported.in(graph::node_text(graph, id));
  }
  return {};
}

// Which nodes of the graph before each node of the edited one stands for: it inherits from the
// makers of the values that its outputs replaced, and, of removed nodes that nothing replaced, from
// those whose results only it, or what it stands for, read.
class Heirs {
 public:
  Heirs(const Graph& before, const EditedGraph& edited)
      : before_(before), edited_(edited), heir_(before.nodes().size(), BP_NONE) {
    for (NodeId id = 0; id < heir_.size(); ++id)
      if (!edited.graph.node(id).is_removed()) heir_[id] = id;
    for (const EditedGraph::Replacement& replacement : edited.replacements())
      inherit(replacement.old_value, replacement.new_value);
    for (NodeId id = static_cast<NodeId>(heir_.size()); id-- > 0;)
      if (heir_[id] == BP_NONE) heir_[id] = heir_of_consumers(id);
  }

  std::vector<std::vector<NodeId>> of(const std::vector<NodeId>& nodes) const {
    std::vector<std::vector<NodeId>> by_heir(edited_.graph.nodes().size());
    for (NodeId id = 0; id < heir_.size(); ++id)
      if (heir_[id] != BP_NONE) by_heir[heir_[id]].push_back(id);
    std::vector<std::vector<NodeId>> result;
    result.reserve(nodes.size());
    for (const NodeId node : nodes) result.push_back(by_heir[node]);
    return result;
  }

 private:
  void inherit(ValueId old_value, ValueId new_value) {
    if (old_value >= before_.values().size()) return;
    const NodeId maker = before_.value(old_value).producer;
    if (maker != BP_NONE && heir_[maker] == BP_NONE)
      heir_[maker] = edited_.graph.value(new_value).producer;
  }

  NodeId heir_of_consumers(NodeId id) const {
    for (const ValueId output : before_.node(id).outputs) {
      if (output == BP_NONE) continue;
      for (const NodeId consumer : before_.value(output).consumers)
        if (heir_[consumer] != BP_NONE) return heir_[consumer];
    }
    return BP_NONE;
  }

  const Graph& before_;
  const EditedGraph& edited_;
  std::vector<NodeId> heir_;  // per node of the graph before: a node of the edited one
};

// A new node that stands for nothing removed stands for what reads its results.
void complete(const Graph& graph, std::vector<std::vector<NodeId>>& origins) {
  for (NodeId id = static_cast<NodeId>(origins.size()); id-- > 0;) {
    if (!origins[id].empty()) continue;
    std::set<NodeId> all;
    for (const ValueId output : graph.node(id).outputs) {
      if (output == BP_NONE) continue;
      for (const NodeId consumer : graph.value(output).consumers)
        all.insert(origins[consumer].begin(), origins[consumer].end());
    }
    origins[id].assign(all.begin(), all.end());
  }
}

Result<Change> unchanged(const Graph& graph) {
  Change change;
  change.graph = graph;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) change.origins.push_back({id});
  return change;
}

Status judge(const Graph& before, const EditedGraph& edited, const Compacted& result,
             const Owner& owner) {
  Status sound = graph::verify(result.graph);
  if (!sound.ok()) return sound;
  Status edges = check_edges(before, result.graph);
  return edges.ok() ? check_added(result, edited.first_added(), owner) : edges;
}

}  // namespace

Result<Change> transact(const Graph& graph, const Owner& owner, const Body& body) {
  EditedGraph edited(graph, owner);
  Status done = body(&edited, edit_view());
  if (!done.ok()) {
    const std::string& refusal = edited.refusal();
    return refusal.empty() ? done : Status(done.code(), done.text() + ": " + refusal);
  }
  if (!edited.is_changed()) return unchanged(graph);
  Result<Compacted> compacted = graph::compact(edited.graph);
  if (!compacted.ok()) return compacted.status();
  Status judged = judge(graph, edited, *compacted, owner);
  if (!judged.ok()) return judged;

  Change change;
  change.origins = Heirs(graph, edited).of(compacted->nodes);
  change.added = static_cast<uint32_t>(edited.graph.nodes().size()) - edited.first_added();
  change.removed = static_cast<uint32_t>(edited.removed().size());
  change.replaced = static_cast<uint32_t>(edited.replacements().size());
  change.graph = std::move(compacted->graph);
  complete(change.graph, change.origins);
  return change;
}

}  // namespace backplane::pass
