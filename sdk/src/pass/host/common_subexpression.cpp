// Nodes that compute the same from the same become one.
#include <map>
#include <string>

#include "ops/table.hpp"
#include "pass/host/passes.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;

template <class T>
void append(const T& number, std::string* key) {
  key->append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class T>
void append_list(const std::vector<T>& list, std::string* key) {
  append(list.size(), key);
  for (const T& element : list) append(element, key);
}

void append_text(const std::string& text, std::string* key) {
  append(text.size(), key);
  key->append(text);
}

void append_attribute(const ops::Attribute& attribute, std::string* key) {
  append_text(attribute.name, key);
  append(attribute.kind, key);
  append_list(attribute.floats, key);
  append_list(attribute.ints, key);
  append(attribute.strings.size(), key);
  for (const std::string& text : attribute.strings) append_text(text, key);
  append(attribute.tensor == nullptr ? uint64_t{0} : attribute.tensor->id, key);
}

// Equal keys, equal results.
std::string key_of(const Node& node) {
  std::string key;
  append_text(node.op.domain, &key);
  append_text(node.op.op, &key);
  append(node.op.since, &key);
  append(node.op.attributes.size(), &key);
  for (const ops::Attribute& attribute : node.op.attributes) append_attribute(attribute, &key);
  append_list(node.inputs, &key);
  append(node.outputs.size(), &key);
  for (const graph::ValueId output : node.outputs) append(output == BP_NONE, &key);
  return key;
}

// Dropout draws while it trains.
bool draws(const Node& node) {
  return ops::draws_at_random(node.op.op) || (node.op.op == "Dropout" && node.inputs.size() > 2);
}

bool can_merge(const Node& node) {
  return !node.is_removed() && node.op.domain.empty() && !draws(node);
}

}  // namespace

Status merge_common_subexpressions(EditedGraph* edited) {
  const Graph& graph = edited->graph;
  std::map<std::string, NodeId> first;
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.node(id);
    if (!can_merge(node)) continue;
    const auto [found, is_new] = first.emplace(key_of(node), id);
    if (is_new) continue;
    const Node& same = graph.node(found->second);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == BP_NONE) continue;
      Status done = edited->replace_value(node.outputs[i], same.outputs[i]);
      if (!done.ok()) return done;
    }
    if (Status done = edited->remove_node(id); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
