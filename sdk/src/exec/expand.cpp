#include "exec/expand.hpp"

#include <fmt/format.h>

#include "graph/typing.hpp"
#include "ops/schema.hpp"

namespace backplane::exec {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

Expansion::Expansion(Graph& graph, NodeId node, ops::Parts parts)
    : graph_(graph), node_(node), parts_(std::move(parts)) {
  const Node& whole = graph_.node(node);
  for (size_t i = 0; i < whole.inputs.size(); ++i)
    values_[fmt::format("in{}", i)] = whole.inputs[i];
  for (size_t i = 0; i < whole.outputs.size(); ++i)
    values_[fmt::format("out{}", i)] = whole.outputs[i];
  for (const auto& [name, constant] : parts_.constants) values_[name] = add_constant(constant);
}

Result<std::vector<NodeId>> Expansion::add_next() {
  std::vector<NodeId> added;
  if (next_ == parts_.nodes.size()) return added;
  const ops::Values known =
      graph::known_values(graph_, [this](const std::string& name) { return find(name); });
  Result<ops::Normalised> part = ops::normalise(parts_.nodes[next_++], ops::kReferenceOpset, known);
  if (!part.ok()) return part.status();
  for (const auto& [name, constant] : part->constants) values_[name] = add_constant(constant);
  for (ops::Draft& draft : part->nodes) {
    Result<NodeId> id = add(std::move(draft));
    if (!id.ok()) return id.status();
    added.push_back(*id);
  }
  return added;
}

ValueId Expansion::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? BP_NONE : found->second;
}

// Outputs of the whole are taken over; others are new values.
Result<NodeId> Expansion::add(ops::Draft draft) {
  std::vector<ValueId> inputs;
  for (const std::string& name : draft.inputs) {
    if (!name.empty() && values_.count(name) == 0)
      return internal(fmt::format("a part reads \"{}\", which nothing makes", name));
    inputs.push_back(find(name));
  }
  std::vector<std::string> fresh;
  for (const std::string& name : draft.outputs)
    fresh.push_back(name.empty() || values_.count(name) != 0 ? "" : fresh_name(name));
  draft.op.name = graph_.node(node_).op.name;
  Result<NodeId> id = graph_.add_node(std::move(draft.op), std::move(inputs), fresh);
  if (!id.ok()) return id;
  for (uint32_t i = 0; i < draft.outputs.size(); ++i) {
    if (!fresh[i].empty())
      values_[draft.outputs[i]] = graph_.node(*id).outputs[i];
    else if (const ValueId value = find(draft.outputs[i]); value != BP_NONE)
      graph_.take_over(*id, i, value);
  }
  return id;
}

ValueId Expansion::add_constant(const ops::ConstantPtr& constant) {
  return graph_.add_constant("", constant);
}

std::string Expansion::fresh_name(const std::string& name) const {
  std::string fresh = fmt::format("node {} {}", node_, name);
  while (graph_.find(fresh) != BP_NONE) fresh += '\'';
  return fresh;
}

Result<ops::Parts> parts_of(const Graph& graph, NodeId id, const Status& refusal) {
  const Node& node = graph.node(id);
  const ops::AbiNode abi_node(node.op, graph::types_of(graph, node.inputs),
                              graph::types_of(graph, node.outputs),
                              graph::constants_of(graph, node.inputs));
  Result<std::optional<ops::Parts>> parts = ops::decompose(abi_node.node());
  if (!parts.ok())
    return Status(parts.status().code(), refusal.text() + "; " + parts.status().text());
  if (!parts->has_value()) return refusal;
  return std::move(**parts);
}

}  // namespace backplane::exec
