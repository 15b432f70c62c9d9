#include "graph/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "graph/typing.hpp"

namespace backplane::graph {
namespace {

constexpr size_t kSentencesInStatus = 3;

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  std::vector<std::string> run() {
    check_edges(graph_.inputs(), "input");
    check_edges(graph_.outputs(), "output");
    check_output_names();
    count_uses();
    for (ValueId id = 0; id < graph_.values().size(); ++id) check_value(id);
    // Types mean something only where every id does.
    if (found_.empty())
      for (NodeId id = 0; id < graph_.nodes().size(); ++id) check_types(id);
    return std::move(found_);
  }

 private:
  bool is_value(ValueId id) const { return id < graph_.values().size(); }

  std::string value_text(ValueId id) const {
    return is_value(id) ? fmt::format("value \"{}\"", graph_.value(id).name)
                        : fmt::format("value {}", id);
  }

  template <class... Arguments>
  void add(const char* format, const Arguments&... arguments) {
    found_.push_back(fmt::vformat(format, fmt::make_format_args(arguments...)));
  }

  void check_edges(const std::vector<ValueId>& ids, const char* kind) {
    std::set<ValueId> seen;
    for (const ValueId id : ids) {
      if (!is_value(id)) add("the graph's {} {} does not exist", kind, value_text(id));
      const bool is_second = !seen.insert(id).second;
      if (is_second && &ids == &graph_.inputs())
        add("{} is listed twice among the graph's inputs", value_text(id));
    }
    const bool are_inputs = &ids == &graph_.inputs();
    for (ValueId id = 0; id < graph_.values().size(); ++id) {
      const Value& value = graph_.value(id);
      if ((are_inputs ? value.is_input : value.is_output) != (seen.count(id) != 0))
        add("{} is marked as {} and listed as one at odds", value_text(id), kind);
    }
  }

  void check_output_names() {
    if (graph_.outputs().empty()) add("the graph has no output");
    std::set<std::string> names;
    for (size_t index = 0; index < graph_.outputs().size(); ++index) {
      const std::string& name = graph_.output_name(index);
      if (name.empty()) add("output {} of the graph has no name", index);
      if (!names.insert(name).second) add("two outputs of the graph are named \"{}\"", name);
    }
  }

  // What the nodes say of each value, to be held against what the value says of itself.
  void count_uses() {
    producers_.resize(graph_.values().size());
    consumers_.resize(graph_.values().size());
    for (NodeId id = 0; id < graph_.nodes().size(); ++id) {
      count_uses_of(id, graph_.node(id).inputs, "reads", &consumers_);
      count_uses_of(id, graph_.node(id).outputs, "makes", &producers_);
      for (const ValueId input : graph_.node(id).inputs) check_order(id, input);
    }
  }

  void count_uses_of(NodeId node, const std::vector<ValueId>& ids, const char* verb,
                     std::vector<std::vector<NodeId>>* uses) {
    for (const ValueId id : ids) {
      if (id == BP_NONE) continue;
      if (is_value(id))
        (*uses)[id].push_back(node);
      else
        add("{} {} {}, which does not exist", node_text(graph_, node), verb, value_text(id));
    }
  }

  void check_order(NodeId node, ValueId input) {
    if (!is_value(input)) return;
    const NodeId producer = graph_.value(input).producer;
    if (producer != BP_NONE && producer >= node)
      add("{} reads {}, which {} makes only later", node_text(graph_, node), value_text(input),
          node_text(graph_, producer));
  }

  void check_value(ValueId id) {
    const Value& value = graph_.value(id);
    if (value.name.empty()) add("{} has no name", value_text(id));
    if (graph_.find(value.name) != id)
      add("{} is not the one that is found under its name", value_text(id));
    check_producer(id);
    std::vector<NodeId> consumers = value.consumers;
    std::sort(consumers.begin(), consumers.end());
    if (consumers != consumers_[id])
      add("{} says that {} uses of it exist, and the nodes have {} that differ", value_text(id),
          consumers.size(), consumers_[id].size());
    const bool is_used = !consumers_[id].empty() || value.is_output;
    if (is_used && is_absent(value.type)) add("{} is used and has no type", value_text(id));
    if (value.type.rank > BP_MAX_RANK)
      add("{} has rank {}, at most {} is possible", value_text(id), value.type.rank, BP_MAX_RANK);
    if (value.constant != nullptr && !same_type(value.constant->type, value.type))
      add("{} is {}, and its constant is {}", value_text(id), to_text(value.type),
          to_text(value.constant->type));
  }

  void check_producer(ValueId id) {
    const Value& value = graph_.value(id);
    const std::vector<NodeId>& makers = producers_[id];
    if (makers.size() > 1)
      add("{} is made twice, by {} and {}", value_text(id), node_text(graph_, makers[0]),
          node_text(graph_, makers[1]));
    const NodeId maker = makers.empty() ? NodeId{BP_NONE} : makers[0];
    if (value.producer != maker)
      add("{} says that {} makes it, and the nodes say {}", value_text(id),
          producer_text(value.producer), producer_text(maker));
    if (maker == BP_NONE && !value.is_input && value.constant == nullptr)
      add("{} is neither input nor constant, and no node makes it", value_text(id));
    if (value.is_input && (maker != BP_NONE || value.constant != nullptr))
      add("{} is an input of the graph and made in it, too", value_text(id));
  }

  std::string producer_text(NodeId id) const {
    return id == BP_NONE ? std::string("no node") : node_text(graph_, id);
  }

  void check_types(NodeId id) {
    const Node& node = graph_.node(id);
    const Result<std::vector<bp_tensor_type_t>> inferred = infer_outputs(graph_, node);
    if (!inferred.ok()) {
      if (inferred.status().code() != BP_STATUS_NOT_READY)
        add("{}: {}", node_text(graph_, id), inferred.status().text());
      return;
    }
    for (size_t index = 0; index < node.outputs.size(); ++index)
      check_type(id, node.outputs[index], (*inferred)[index]);
  }

  void check_type(NodeId node, ValueId output, const bp_tensor_type_t& inferred) {
    if (output == BP_NONE || agree(graph_.value(output).type, inferred)) return;
    add("{}: {} is {}, and the operator gives {}", node_text(graph_, node), value_text(output),
        to_text(graph_.value(output).type), to_text(inferred));
  }

  const Graph& graph_;
  std::vector<std::vector<NodeId>> producers_;
  std::vector<std::vector<NodeId>> consumers_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(const Graph& graph) { return Verifier(graph).run(); }

Status verify(const Graph& graph) {
  const std::vector<std::string> found = violations(graph);
  if (found.empty()) return {};
  std::string text = found[0];
  for (size_t index = 1; index < std::min(found.size(), kSentencesInStatus); ++index)
    text += "; " + found[index];
  if (found.size() > kSentencesInStatus)
    text += fmt::format("; and {} more", found.size() - kSentencesInStatus);
  return invalid_argument(std::move(text));
}

}  // namespace backplane::graph
