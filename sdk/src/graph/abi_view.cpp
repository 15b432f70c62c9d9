#include "graph/abi_view.hpp"

#include <algorithm>
#include <utility>

#include "graph/typing.hpp"

namespace {

using backplane::same_type;
using backplane::graph::Graph;
using backplane::graph::Node;
using backplane::graph::Value;

bool same_types(const std::vector<bp_tensor_type_t>& a, const std::vector<bp_tensor_type_t>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_type);
}

// The id at `index`, or BP_NONE past the end.
uint32_t at(const std::vector<uint32_t>& ids, uint32_t index) {
  return index < ids.size() ? ids[index] : BP_NONE;
}

}  // namespace

// Copies of what the graph holds: its vectors move when it grows.
struct bp_graph::NodeEntry {
  NodeEntry(const Graph& from, const Node& node)
      : op(node.op),
        inputs(backplane::graph::types_of(from, node.inputs)),
        outputs(backplane::graph::types_of(from, node.outputs)),
        constants(backplane::graph::constants_of(from, node.inputs)),
        abi(op, inputs, outputs, constants) {}

  bool is_true_of(const Graph& from, const Node& node) const {
    return same_types(inputs, backplane::graph::types_of(from, node.inputs)) &&
           same_types(outputs, backplane::graph::types_of(from, node.outputs)) &&
           constants == backplane::graph::constants_of(from, node.inputs);
  }

  backplane::ops::Operator op;
  std::vector<bp_tensor_type_t> inputs;
  std::vector<bp_tensor_type_t> outputs;
  std::vector<backplane::ops::ConstantPtr> constants;
  backplane::ops::AbiNode abi;
};

struct bp_graph::ValueEntry {
  explicit ValueEntry(const Value& value)
      : name(value.name), type(value.type), owner(value.constant) {
    if (owner != nullptr) constant = owner->view();
    info.struct_size = sizeof(info);
    info.name = name.c_str();
    info.type = &type;
    info.constant = owner == nullptr ? nullptr : &constant;
    info.producer = value.producer;
    info.consumer_count = static_cast<uint32_t>(value.consumers.size());
    info.is_graph_output = value.is_output ? 1 : 0;
  }

  bool is_true_of(const Value& value) const {
    return same_type(type, value.type) && owner == value.constant &&
           info.consumer_count == value.consumers.size() && info.producer == value.producer &&
           (info.is_graph_output != 0) == value.is_output;
  }

  std::string name;
  bp_tensor_type_t type;
  backplane::ops::ConstantPtr owner;
  bp_constant_t constant = {};
  bp_value_info_t info = {};
};

bp_graph::bp_graph() = default;
bp_graph::bp_graph(Graph contents) : graph(std::move(contents)) {}
bp_graph::~bp_graph() = default;

const bp_node_t* bp_graph::node(bp_node_id_t id) const {
  if (id >= graph.nodes().size()) return nullptr;
  const Node& node = graph.node(id);
  if (node.is_removed()) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  newest_node_.resize(graph.nodes().size());
  if (newest_node_[id] == nullptr || !newest_node_[id]->is_true_of(graph, node)) {
    node_entries_.push_back(std::make_unique<NodeEntry>(graph, node));
    newest_node_[id] = node_entries_.back().get();
  }
  return &newest_node_[id]->abi.node();
}

const bp_value_info_t* bp_graph::value(bp_value_id_t id) const {
  if (id >= graph.values().size()) return nullptr;
  const Value& value = graph.value(id);
  const std::lock_guard<std::mutex> lock(mutex_);
  newest_value_.resize(graph.values().size());
  if (newest_value_[id] == nullptr || !newest_value_[id]->is_true_of(value)) {
    value_entries_.push_back(std::make_unique<ValueEntry>(value));
    newest_value_[id] = value_entries_.back().get();
  }
  return &newest_value_[id]->info;
}

namespace backplane::graph {
namespace {

uint32_t node_count(const bp_graph_t* graph) {
  return static_cast<uint32_t>(graph->graph.nodes().size());
}

bp_node_id_t get_node_id(const bp_graph_t* graph, uint32_t position) {
  return position < graph->graph.nodes().size() ? position : BP_NONE;
}

const bp_node_t* get_node(const bp_graph_t* graph, bp_node_id_t node) { return graph->node(node); }

bp_value_id_t get_input(const bp_graph_t* graph, bp_node_id_t node, uint32_t index) {
  return node < graph->graph.nodes().size() ? at(graph->graph.node(node).inputs, index) : BP_NONE;
}

bp_value_id_t get_output(const bp_graph_t* graph, bp_node_id_t node, uint32_t index) {
  return node < graph->graph.nodes().size() ? at(graph->graph.node(node).outputs, index) : BP_NONE;
}

const bp_value_info_t* get_value(const bp_graph_t* graph, bp_value_id_t value) {
  return graph->value(value);
}

bp_node_id_t get_consumer(const bp_graph_t* graph, bp_value_id_t value, uint32_t index) {
  return value < graph->graph.values().size() ? at(graph->graph.value(value).consumers, index)
                                              : BP_NONE;
}

bp_value_id_t get_graph_input(const bp_graph_t* graph, uint32_t index) {
  return at(graph->graph.inputs(), index);
}

bp_value_id_t get_graph_output(const bp_graph_t* graph, uint32_t index) {
  return at(graph->graph.outputs(), index);
}

// No graph that is shown has a graph around it.
bp_value_id_t get_outer(const bp_graph_t* /*graph*/, bp_value_id_t /*value*/) { return BP_NONE; }

bp_status_t add_node(bp_graph_t* /*graph*/, const bp_node_t* /*node*/,
                     const bp_value_id_t* /*inputs*/, bp_node_id_t* /*out_node*/) {
  return BP_STATUS_UNSUPPORTED;
}

bp_status_t add_constant(bp_graph_t* /*graph*/, const bp_constant_t* /*constant*/,
                         bp_value_id_t* /*out_value*/) {
  return BP_STATUS_UNSUPPORTED;
}

bp_status_t replace_value(bp_graph_t* /*graph*/, bp_value_id_t /*old_value*/,
                          bp_value_id_t /*new_value*/) {
  return BP_STATUS_UNSUPPORTED;
}

bp_status_t remove_node(bp_graph_t* /*graph*/, bp_node_id_t /*node*/) {
  return BP_STATUS_UNSUPPORTED;
}

constexpr bp_graph_view_t kView = {sizeof(bp_graph_view_t),
                                   node_count,
                                   get_node_id,
                                   get_node,
                                   get_input,
                                   get_output,
                                   get_value,
                                   get_consumer,
                                   get_graph_input,
                                   get_graph_output,
                                   get_outer,
                                   add_node,
                                   add_constant,
                                   replace_value,
                                   remove_node};

}  // namespace

const bp_graph_view_t* abi_view() { return &kView; }

}  // namespace backplane::graph
