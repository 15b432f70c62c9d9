#include "graph/compact.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/typing.hpp"

namespace backplane::graph {
namespace {

// Nodes in an order in which each comes after those that it reads from.
class Sorter {
 public:
  explicit Sorter(const Graph& graph) : graph_(graph), marks_(graph.nodes().size()) {}

  Result<std::vector<NodeId>> sort() {
    for (NodeId id = 0; id < marks_.size(); ++id)
      if (Status status = add(id); !status.ok()) return status;
    return std::move(order_);
  }

 private:
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  struct Open {
    NodeId node;
    size_t next_input;
  };

  // With a stack of its own: graphs are deeper than threads' stacks.
  Status add(NodeId root) {
    if (Status status = open(root); !status.ok()) return status;
    while (!open_.empty()) {
      Open& top = open_.back();
      const Node& node = graph_.node(top.node);
      if (top.next_input == node.inputs.size()) {
        marks_[top.node] = Mark::kDone;
        order_.push_back(top.node);
        open_.pop_back();
        continue;
      }
      const ValueId input = node.inputs[top.next_input++];
      const NodeId producer = input == BP_NONE ? NodeId{BP_NONE} : graph_.value(input).producer;
      if (producer == BP_NONE) continue;
      if (Status status = open(producer); !status.ok()) return status;
    }
    return {};
  }

  Status open(NodeId id) {
    if (graph_.node(id).is_removed() || marks_[id] == Mark::kDone) return {};
    if (marks_[id] == Mark::kOpen)
      return invalid_argument(
          fmt::format("{} needs its own result: the graph has a cycle", node_text(graph_, id)));
    marks_[id] = Mark::kOpen;
    open_.push_back({id, 0});
    return {};
  }

  const Graph& graph_;
  std::vector<Mark> marks_;
  std::vector<Open> open_;
  std::vector<NodeId> order_;
};

class Copier {
 public:
  explicit Copier(const Graph& from) : from_(from), ids_(from.values().size(), BP_NONE) {}

  Status copy(const std::vector<NodeId>& order) {
    copy_dimension_names();
    for (const ValueId input : from_.inputs())
      note(input, result_.graph.add_input(from_.value(input).name, from_.value(input).type));
    copy_constants();
    for (const NodeId id : order)
      if (Status status = copy_node(id); !status.ok()) return status;
    for (size_t i = 0; i < from_.outputs().size(); ++i) {
      const ValueId output = ids_[from_.outputs()[i]];
      Status added = output == BP_NONE
                         ? invalid_argument(fmt::format("no node makes output \"{}\" any more",
                                                        from_.output_name(i)))
                         : result_.graph.add_output(output, from_.output_name(i));
      if (!added.ok()) return added;
    }
    return {};
  }

  Compacted take() { return std::move(result_); }

 private:
  // Numbers are given in the order of asking: -2, -3, ...
  void copy_dimension_names() {
    std::vector<std::pair<int64_t, std::string>> names;
    for (const auto& [name, size] : from_.dimension_names()) names.emplace_back(-size, name);
    std::sort(names.begin(), names.end());
    for (const auto& [size, name] : names) result_.graph.unknown_size(name);
  }

  void copy_constants() {
    for (ValueId id = 0; id < ids_.size(); ++id) {
      const Value& value = from_.value(id);
      const bool is_used = !value.consumers.empty() || value.is_output;
      if (value.constant == nullptr || value.producer != BP_NONE || value.is_input || !is_used)
        continue;
      note(id, result_.graph.add_constant(value.name, value.constant));
    }
  }

  Status copy_node(NodeId id) {
    const Node& node = from_.node(id);
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) {
      inputs.push_back(input == BP_NONE ? BP_NONE : ids_[input]);
      if (input != BP_NONE && inputs.back() == BP_NONE)
        return invalid_argument(fmt::format("{} reads value \"{}\", which nothing makes any more",
                                            node_text(from_, id), from_.value(input).name));
    }
    std::vector<std::string> names;
    for (const ValueId output : node.outputs)
      names.push_back(output == BP_NONE ? "" : from_.value(output).name);
    Result<NodeId> added = result_.graph.add_node(node.op, std::move(inputs), names, node.bodies);
    if (!added.ok()) return added.status();
    result_.nodes.push_back(id);
    for (size_t i = 0; i < node.outputs.size(); ++i)
      if (node.outputs[i] != BP_NONE) copy_output(node.outputs[i], *added, i);
    return {};
  }

  void copy_output(ValueId from, NodeId node, size_t index) {
    const Value& value = from_.value(from);
    const ValueId to = result_.graph.node(node).outputs[index];
    note(from, to);
    if (value.is_declared)
      result_.graph.set_declared_type(to, value.type);
    else
      result_.graph.set_type(to, value.type);
    if (value.constant != nullptr) result_.graph.set_constant(to, value.constant);
  }

  void note(ValueId from, ValueId to) {
    ids_[from] = to;
    result_.values.resize(result_.graph.values().size(), BP_NONE);
    result_.values[to] = from;
  }

  const Graph& from_;
  std::vector<ValueId> ids_;
  Compacted result_;
};

}  // namespace

Result<Compacted> compact(const Graph& graph) {
  Result<std::vector<NodeId>> order = Sorter(graph).sort();
  if (!order.ok()) return order.status();
  Copier copier(graph);
  Status copied = copier.copy(*order);
  if (!copied.ok()) return copied;
  return copier.take();
}

}  // namespace backplane::graph
