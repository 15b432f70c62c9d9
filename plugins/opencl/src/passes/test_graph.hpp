// For tests only: a graph that passes can read and edit, and that counts their calls.
#pragma once

#include <backplane/graph.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace backplane::opencl::testing {

class TestGraph {
 public:
  struct Value {
    bp_tensor_type_t type;
    bp_node_id_t producer;
    std::vector<bp_node_id_t> consumers = {};  // one for each time that it is read
    bool is_output = false;
    bp_value_info_t info = {};
  };
  struct Node {
    std::string domain, op;
    uint32_t since;
    std::vector<bp_value_id_t> inputs;
    std::vector<bp_value_id_t> outputs = {};
    std::map<std::string, float> floats = {};
    std::map<std::string, std::string> strings = {};
    std::map<std::string, int64_t> ints = {};
    std::map<std::string, std::vector<int64_t>> lists = {};
    bool is_removed = false;
    std::vector<bp_tensor_type_t> types = {};
    std::deque<bp_string_t> texts = {};
    std::vector<bp_attribute_t> attributes = {};
    bp_node_t abi = {};
  };

  bp_value_id_t add_input(const bp_tensor_type_t& type) {
    values_.push_back({type, BP_NONE});
    return static_cast<bp_value_id_t>(values_.size() - 1);
  }
  bp_value_id_t add(const std::string& op, uint32_t since, const std::vector<bp_value_id_t>& inputs,
                    const bp_tensor_type_t& type, const std::map<std::string, float>& floats = {},
                    const std::map<std::string, int64_t>& ints = {},
                    const std::map<std::string, std::vector<int64_t>>& lists = {}) {
    nodes_.push_back({"", op, since, inputs});
    nodes_.back().floats = floats;
    nodes_.back().ints = ints;
    nodes_.back().lists = lists;
    return finish({type}).front();
  }
  void set_output(bp_value_id_t value) { values_[value].is_output = true; }

  // In the order of their ids.
  std::vector<const Node*> nodes() const {
    std::vector<const Node*> left;
    for (const Node& node : nodes_)
      if (!node.is_removed) left.push_back(&node);
    return left;
  }
  std::vector<bp_value_id_t> outputs() const {
    std::vector<bp_value_id_t> found;
    for (size_t i = 0; i < values_.size(); ++i)
      if (values_[i].is_output) found.push_back(static_cast<bp_value_id_t>(i));
    return found;
  }
  const Value& value(bp_value_id_t id) const { return values_[id]; }
  const Node& node(bp_node_id_t id) const { return nodes_[id]; }
  // "Elementwise(in0 in1 add positive_part) Softmax": what runs, in the order of ids.
  std::string text() const {
    std::string text;
    for (const Node* node : nodes()) {
      text += (text.empty() ? "" : " ") + node->op;
      for (const auto& [name, value] : node->strings) text += "(" + value + ")";
    }
    return text;
  }

  bp_graph_t* get() { return reinterpret_cast<bp_graph_t*>(this); }
  static const bp_graph_view_t& view() {
    static const bp_graph_view_t all = make_view();
    return all;
  }
  uint64_t calls() const { return calls_; }

 private:
  static TestGraph& of(bp_graph_t* graph) { return *reinterpret_cast<TestGraph*>(graph); }
  static TestGraph& of(const bp_graph_t* graph) {
    auto& found = *reinterpret_cast<TestGraph*>(const_cast<bp_graph_t*>(graph));
    ++found.calls_;
    return found;
  }
  static bp_value_id_t at(const std::vector<bp_value_id_t>& ids, uint32_t index) {
    return index < ids.size() ? ids[index] : BP_NONE;
  }

  // The last node has inputs and attributes; gives it outputs and its bp_node_t.
  std::vector<bp_value_id_t> finish(const std::vector<bp_tensor_type_t>& outputs) {
    const auto id = static_cast<bp_node_id_t>(nodes_.size() - 1);
    Node& node = nodes_.back();
    for (const bp_value_id_t input : node.inputs) {
      node.types.push_back(input == BP_NONE ? bp_tensor_type_t{} : values_[input].type);
      if (input != BP_NONE) values_[input].consumers.push_back(id);
    }
    for (const bp_tensor_type_t& type : outputs) {
      node.types.push_back(type);
      values_.push_back({type, id});
      node.outputs.push_back(static_cast<bp_value_id_t>(values_.size() - 1));
    }
    for (const auto& [name, value] : node.floats)
      node.attributes.push_back({name.c_str(), BP_ATTRIBUTE_FLOAT, 1, &value});
    for (const auto& [name, value] : node.ints)
      node.attributes.push_back({name.c_str(), BP_ATTRIBUTE_INT, 1, &value});
    for (const auto& [name, values] : node.lists)
      node.attributes.push_back(
          {name.c_str(), BP_ATTRIBUTE_INTS, static_cast<uint32_t>(values.size()), values.data()});
    for (const auto& [name, value] : node.strings) {
      node.texts.push_back({value.data(), value.size()});
      node.attributes.push_back({name.c_str(), BP_ATTRIBUTE_STRING, 1, &node.texts.back()});
    }
    bp_node_t& abi = node.abi;
    abi.struct_size = sizeof abi;
    abi.since = node.since;
    abi.domain = node.domain.c_str();
    abi.op = node.op.c_str();
    abi.name = "";
    abi.input_count = static_cast<uint32_t>(node.inputs.size());
    abi.output_count = static_cast<uint32_t>(outputs.size());
    abi.attribute_count = static_cast<uint32_t>(node.attributes.size());
    abi.inputs = node.types.data();
    abi.outputs = node.types.data() + node.inputs.size();
    abi.attributes = node.attributes.data();
    return node.outputs;
  }

  static bool take(const bp_attribute_t& given, Node& node) {
    if (given.kind == BP_ATTRIBUTE_INT)
      node.ints[given.name] = *static_cast<const int64_t*>(given.data);
    else if (given.kind == BP_ATTRIBUTE_FLOAT)
      node.floats[given.name] = *static_cast<const float*>(given.data);
    else if (given.kind == BP_ATTRIBUTE_INTS)
      node.lists[given.name] = {static_cast<const int64_t*>(given.data),
                                static_cast<const int64_t*>(given.data) + given.count};
    else if (given.kind == BP_ATTRIBUTE_STRING)
      node.strings[given.name] = {static_cast<const bp_string_t*>(given.data)->data,
                                  static_cast<const bp_string_t*>(given.data)->size};
    else
      return false;
    return true;
  }
  static bp_status_t add_node(bp_graph_t* graph, const bp_node_t* given,
                              const bp_value_id_t* inputs, bp_node_id_t* out_node) {
    TestGraph& self = of(graph);
    self.nodes_.push_back(
        {given->domain, given->op, given->since, {inputs, inputs + given->input_count}});
    for (uint32_t i = 0; i < given->attribute_count; ++i)
      if (!take(given->attributes[i], self.nodes_.back())) return BP_STATUS_UNSUPPORTED;
    self.finish({given->outputs, given->outputs + given->output_count});
    *out_node = static_cast<bp_node_id_t>(self.nodes_.size() - 1);
    return BP_OK;
  }
  static bp_status_t replace_value(bp_graph_t* graph, bp_value_id_t old_value,
                                   bp_value_id_t new_value) {
    TestGraph& self = of(graph);
    Value& old = self.values_[old_value];
    Value& next = self.values_[new_value];
    for (const bp_node_id_t consumer : old.consumers) {
      std::vector<bp_value_id_t>& inputs = self.nodes_[consumer].inputs;
      std::replace(inputs.begin(), inputs.end(), old_value, new_value);
      next.consumers.push_back(consumer);
    }
    old.consumers.clear();
    if (std::exchange(old.is_output, false)) next.is_output = true;
    return BP_OK;
  }
  static bp_status_t remove_node(bp_graph_t* graph, bp_node_id_t id) {
    TestGraph& self = of(graph);
    Node& node = self.nodes_[id];
    for (const bp_value_id_t output : node.outputs)
      if (!self.values_[output].consumers.empty() || self.values_[output].is_output)
        return BP_STATUS_INVALID_ARGUMENT;
    for (const bp_value_id_t input : node.inputs) {
      if (input == BP_NONE) continue;
      std::vector<bp_node_id_t>& readers = self.values_[input].consumers;
      readers.erase(std::find(readers.begin(), readers.end(), id));
    }
    node.is_removed = true;
    return BP_OK;
  }

  const bp_value_info_t* info_of(bp_value_id_t id) {
    Value& value = values_[id];
    value.info = {sizeof(bp_value_info_t), "", &value.type, nullptr, value.producer, 0, 0, 0};
    value.info.consumer_count = static_cast<uint32_t>(value.consumers.size());
    value.info.is_graph_output = value.is_output ? 1 : 0;
    return &value.info;
  }

  static bp_graph_view_t make_view() {
    bp_graph_view_t view = {};
    view.struct_size = sizeof view;
    view.node_count = [](const bp_graph_t* graph) {
      return static_cast<uint32_t>(of(graph).nodes_.size());
    };
    view.get_node_id = [](const bp_graph_t* graph, uint32_t position) {
      return of(graph).calls_ != 0 ? position : BP_NONE;
    };
    view.get_node = [](const bp_graph_t* graph, bp_node_id_t id) -> const bp_node_t* {
      const Node& node = of(graph).nodes_[id];
      return node.is_removed ? nullptr : &node.abi;
    };
    view.get_input = [](const bp_graph_t* graph, bp_node_id_t id, uint32_t index) {
      return at(of(graph).nodes_[id].inputs, index);
    };
    view.get_output = [](const bp_graph_t* graph, bp_node_id_t id, uint32_t index) {
      return at(of(graph).nodes_[id].outputs, index);
    };
    view.get_value = [](const bp_graph_t* graph, bp_value_id_t id) -> const bp_value_info_t* {
      return of(graph).info_of(id);
    };
    view.get_consumer = [](const bp_graph_t* graph, bp_value_id_t id, uint32_t index) {
      return at(of(graph).values_[id].consumers, index);
    };
    view.add_node = add_node;
    view.replace_value = replace_value;
    view.remove_node = remove_node;
    return view;
  }

  std::deque<Node> nodes_;  // a deque: what is in it never moves
  std::deque<Value> values_;
  uint64_t calls_ = 0;
};

}  // namespace backplane::opencl::testing
