#include "exec/cut.hpp"

#include <algorithm>

#include "graph/typing.hpp"

namespace backplane::exec {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

class Cutter {
 public:
  explicit Cutter(const Graph& whole)
      : whole_(whole),
        is_needed_(graph::needed_nodes(whole)),
        there_in_(whole.values().size()),
        ids_(whole.values().size(), BP_NONE) {}

  std::vector<Stage> cut() {
    assign();
    for (uint32_t stage = 0; stages_.size() > 1 && stage < stages_.size(); ++stage) fill(stage);
    return std::move(stages_);
  }

 private:
  // Which stage each node belongs to.
  void assign() {
    stages_.emplace_back();
    for (NodeId id = 0; id < whole_.nodes().size(); ++id) {
      if (!is_needed_[id]) continue;
      const Node& node = whole_.node(id);
      uint32_t stage = 0;
      for (const ValueId input : node.inputs)
        if (input != BP_NONE) stage = std::max(stage, there_in_[input]);
      const bool decides = graph::is_sized_by_data(node);
      (decides ? stages_[stage].deciding : stages_[stage].nodes).push_back(id);
      const uint32_t there_in = decides ? stage + 1 : stage;
      if (there_in == stages_.size()) stages_.emplace_back();
      for (const ValueId output : node.outputs)
        if (output != BP_NONE) there_in_[output] = there_in;
    }
  }

  void fill(uint32_t index) {
    Stage& stage = stages_[index];
    std::fill(ids_.begin(), ids_.end(), ValueId{BP_NONE});
    const bool is_last = index + 1 == stages_.size();
    if (is_last)
      for (const ValueId output : whole_.outputs()) need(stage, output, index);
    for (const NodeId id : stage.nodes)
      for (const ValueId input : whole_.node(id).inputs) need(stage, input, index);
    for (const NodeId id : stage.nodes) add(stage.graph, whole_.node(id));
    stage.outputs = is_last ? whole_.outputs() : leaving(index);
    for (size_t i = 0; i < stage.outputs.size(); ++i)
      (void)stage.graph.add_output(ids_[stage.outputs[i]], is_last ? whole_.output_name(i) : "");
  }

  // What a stage reads and does not make: an input, or a constant of its own.
  void need(Stage& stage, ValueId id, uint32_t index) {
    if (id == BP_NONE || ids_[id] != BP_NONE || is_made_in(id, index)) return;
    const graph::Value& value = whole_.value(id);
    if (value.constant != nullptr) {
      ids_[id] = stage.graph.add_constant(value.name, value.constant);
      return;
    }
    ids_[id] = stage.graph.add_input(value.name, value.type);
    stage.inputs.push_back(id);
  }

  bool is_made_in(ValueId id, uint32_t index) const {
    const NodeId producer = whole_.value(id).producer;
    return producer != BP_NONE && there_in_[id] == index &&
           !graph::is_sized_by_data(whole_.node(producer));
  }

  void add(Graph& graph, const Node& node) {
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs)
      inputs.push_back(input == BP_NONE ? ValueId{BP_NONE} : ids_[input]);
    std::vector<std::string> names;
    for (const ValueId output : node.outputs)
      names.push_back(output == BP_NONE ? "" : whole_.value(output).name);
    const Result<NodeId> added = graph.add_node(node.op, std::move(inputs), names, node.bodies);
    for (size_t i = 0; added.ok() && i < node.outputs.size(); ++i) {
      if (node.outputs[i] == BP_NONE) continue;
      const graph::Value& value = whole_.value(node.outputs[i]);
      const ValueId id = graph.node(*added).outputs[i];
      ids_[node.outputs[i]] = id;
      if (value.is_declared)
        graph.set_declared_type(id, value.type);
      else
        graph.set_type(id, value.type);
      if (value.constant != nullptr) graph.set_constant(id, value.constant);
    }
  }

  // Made in this stage, and read behind it.
  std::vector<ValueId> leaving(uint32_t index) const {
    std::vector<ValueId> values;
    for (ValueId id = 0; id < whole_.values().size(); ++id) {
      const graph::Value& value = whole_.value(id);
      if (value.constant != nullptr || !is_made_in(id, index) || !is_needed_[value.producer])
        continue;
      const bool is_read_later = std::any_of(
          value.consumers.begin(), value.consumers.end(),
          [&](NodeId consumer) { return is_needed_[consumer] && !runs_in(consumer, index); });
      if (value.is_output || is_read_later) values.push_back(id);
    }
    return values;
  }

  bool runs_in(NodeId node, uint32_t index) const {
    const std::vector<NodeId>& nodes = stages_[index].nodes;
    return std::binary_search(nodes.begin(), nodes.end(), node);
  }

  const Graph& whole_;
  const std::vector<bool> is_needed_;
  std::vector<uint32_t> there_in_;  // per value: the first stage that can read it
  std::vector<ValueId> ids_;        // per value: its number in the stage that is being filled
  std::vector<Stage> stages_;
};

}  // namespace

std::vector<Stage> cut(const Graph& graph) { return Cutter(graph).cut(); }

}  // namespace backplane::exec
