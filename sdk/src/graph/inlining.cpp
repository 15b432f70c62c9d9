#include "graph/inlining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "graph/typing.hpp"
#include "ops/table.hpp"

namespace backplane::graph {

Scope captured_scope(const Node& node) {
  Scope scope;
  const std::vector<std::string>& names = node.bodies->captured;
  const size_t first = node.inputs.size() - names.size();
  for (size_t i = 0; i < names.size(); ++i) scope[names[i]] = node.inputs[first + i];
  return scope;
}

std::vector<ValueId> own_inputs(const Node& node) {
  const size_t captured = node.bodies == nullptr ? 0 : node.bodies->captured.size();
  return {node.inputs.begin(), node.inputs.end() - static_cast<std::ptrdiff_t>(captured)};
}

void add_constants(Graph& graph, const Body& body, Scope* scope) {
  for (const auto& [name, constant] : body.constants)
    (*scope)[name] = graph.add_constant("", constant);
}

Inlining::Inlining(Graph& graph, const Body& body, uint32_t opset, Scope scope,
                   const std::vector<std::string>& wanted)
    : graph_(graph),
      body_(body),
      opset_(opset),
      scope_(std::move(scope)),
      is_needed_(body.nodes.size()) {
  mark_needed(wanted);
}

void Inlining::mark_needed(const std::vector<std::string>& wanted) {
  std::set<std::string> names(wanted.begin(), wanted.end());
  for (size_t i = body_.nodes.size(); i-- > 0;) {
    const BodyNode& node = body_.nodes[i];
    const std::vector<std::string>& outputs = node.draft.outputs;
    is_needed_[i] = std::any_of(outputs.begin(), outputs.end(), [&](const std::string& name) {
      return !name.empty() && names.count(name) != 0;
    });
    if (!is_needed_[i]) continue;
    names.insert(node.draft.inputs.begin(), node.draft.inputs.end());
    if (node.bodies == nullptr) continue;
    names.insert(node.bodies->captured.begin(), node.bodies->captured.end());
  }
}

Result<std::vector<NodeId>> Inlining::add_next() {
  while (next_ < body_.nodes.size() && !is_needed_[next_]) ++next_;
  if (next_ == body_.nodes.size()) return std::vector<NodeId>();
  const BodyNode& node = body_.nodes[next_++];
  Result<std::vector<NodeId>> added = add(node);
  if (added.ok()) return added;
  return added.status().in("its node " + named_text(node.draft.op));
}

Result<std::vector<NodeId>> Inlining::add(const BodyNode& node) {
  own_.clear();
  if (node.bodies != nullptr) {
    Result<NodeId> id = add_control(node);
    if (!id.ok()) return id.status();
    return std::vector<NodeId>{*id};
  }
  const ops::Values known =
      known_values(graph_, [this](const std::string& name) { return find(name); });
  Result<ops::Normalised> normal = ops::normalise(node.draft, opset_, known);
  if (!normal.ok()) return normal.status();
  for (auto& [name, constant] : normal->constants)
    own_[name] = graph_.add_constant("", std::move(constant));
  std::vector<NodeId> added;
  for (ops::Draft& part : normal->nodes) {
    Result<NodeId> id = add_part(std::move(part), node.draft);
    if (!id.ok()) return id.status();
    added.push_back(*id);
  }
  return added;
}

Result<NodeId> Inlining::add_control(const BodyNode& node) {
  Result<std::vector<ValueId>> inputs = find_all(node.draft.inputs);
  if (!inputs.ok()) return inputs.status();
  Result<std::vector<ValueId>> captured = find_all(node.bodies->captured);
  if (!captured.ok()) return captured.status();
  inputs->insert(inputs->end(), captured->begin(), captured->end());
  Result<NodeId> id =
      graph_.add_node(node.draft.op, inputs.take(), fresh_names(node.draft.outputs), node.bodies);
  if (!id.ok()) return id;
  for (size_t i = 0; i < node.draft.outputs.size(); ++i)
    if (!node.draft.outputs[i].empty()) scope_[node.draft.outputs[i]] = graph_.node(*id).outputs[i];
  return id;
}

Result<NodeId> Inlining::add_part(ops::Draft part, const ops::Draft& whole) {
  Result<std::vector<ValueId>> inputs = find_all(part.inputs);
  if (!inputs.ok()) return inputs.status();
  Result<NodeId> id = graph_.add_node(std::move(part.op), inputs.take(), fresh_names(part.outputs));
  if (!id.ok()) return id;
  for (size_t i = 0; i < part.outputs.size(); ++i) {
    const std::string& name = part.outputs[i];
    if (name.empty()) continue;
    const auto& given = whole.outputs;
    const bool is_given = std::find(given.begin(), given.end(), name) != given.end();
    (is_given ? scope_ : own_)[name] = graph_.node(*id).outputs[i];
  }
  return id;
}

ValueId Inlining::find(const std::string& name) const {
  if (const auto own = own_.find(name); own != own_.end()) return own->second;
  const auto found = scope_.find(name);
  return found == scope_.end() ? BP_NONE : graph_.current(found->second);
}

Result<std::vector<ValueId>> Inlining::find_all(const std::vector<std::string>& names) const {
  std::vector<ValueId> ids;
  for (const std::string& name : names) {
    ids.push_back(find(name));
    if (!name.empty() && ids.back() == BP_NONE)
      return Status(BP_STATUS_NOT_READY, fmt::format("\"{}\" is not known yet", name));
  }
  return ids;
}

std::vector<std::string> Inlining::fresh_names(const std::vector<std::string>& names) const {
  size_t number = graph_.values().size();
  std::vector<std::string> fresh;
  for (const std::string& name : names) {
    std::string one = name.empty() ? "" : fmt::format("{} ({})", name, number++);
    while (!one.empty() && graph_.find(one) != BP_NONE) one += '\'';
    fresh.push_back(std::move(one));
  }
  return fresh;
}

}  // namespace backplane::graph
