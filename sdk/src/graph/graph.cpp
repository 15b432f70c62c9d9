#include "graph/graph.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backplane::graph {

ValueId Graph::add_input(const std::string& name, const bp_tensor_type_t& type) {
  const ValueId id = add_value(name);
  if (id == BP_NONE) return BP_NONE;
  values_[id].type = type;
  values_[id].is_input = true;
  inputs_.push_back(id);
  return id;
}

ValueId Graph::add_constant(const std::string& name, ops::ConstantPtr constant) {
  if (constant == nullptr) return BP_NONE;
  const ValueId id = add_value(name);
  if (id == BP_NONE) return BP_NONE;
  values_[id].type = constant->type;
  values_[id].constant = std::move(constant);
  return id;
}

Result<NodeId> Graph::add_node(ops::Operator op, std::vector<ValueId> inputs,
                               const std::vector<std::string>& output_names, BodiesPtr bodies) {
  const Status status = check_node(inputs, output_names);
  if (!status.ok()) return status.in(op.name.empty() ? op.op : op.op + " \"" + op.name + "\"");
  const auto id = static_cast<NodeId>(nodes_.size());
  for (const ValueId input : inputs)
    if (input != BP_NONE) values_[input].consumers.push_back(id);
  std::vector<ValueId> outputs;
  outputs.reserve(output_names.size());
  for (const std::string& name : output_names) {
    outputs.push_back(name.empty() ? ValueId{BP_NONE} : add_value(name));
    if (outputs.back() != BP_NONE) values_[outputs.back()].producer = id;
  }
  nodes_.push_back({std::move(op), std::move(inputs), std::move(outputs), std::move(bodies)});
  return id;
}

void Graph::take_over(NodeId node, uint32_t index, ValueId value) {
  NodeId& producer = values_[value].producer;
  if (producer != BP_NONE) {
    std::vector<ValueId>& before = nodes_[producer].outputs;
    std::replace(before.begin(), before.end(), value, ValueId{BP_NONE});
  }
  nodes_[node].outputs[index] = value;
  producer = node;
}

void Graph::replace_value(ValueId old_value, ValueId new_value) {
  if (old_value == new_value) return;
  Value& from = values_[old_value];
  Value& to = values_[new_value];
  std::vector<NodeId> left;
  for (const NodeId consumer : from.consumers) {
    (consumer == to.producer ? left : to.consumers).push_back(consumer);
    if (consumer == to.producer) continue;
    std::vector<ValueId>& inputs = nodes_[consumer].inputs;
    std::replace(inputs.begin(), inputs.end(), old_value, new_value);
  }
  from.consumers = std::move(left);
  std::replace(outputs_.begin(), outputs_.end(), old_value, new_value);
  to.is_output = to.is_output || from.is_output;
  from.is_output = false;
}

void Graph::remove_node(NodeId node) {
  for (const ValueId input : nodes_[node].inputs) {
    if (input == BP_NONE) continue;
    std::vector<NodeId>& consumers = values_[input].consumers;
    const auto use = std::find(consumers.begin(), consumers.end(), node);
    if (use != consumers.end()) consumers.erase(use);
  }
  for (const ValueId output : nodes_[node].outputs)
    if (output != BP_NONE) values_[output].producer = BP_NONE;
  nodes_[node] = {};
}

void Graph::stand_in(ValueId old_value, ValueId new_value) {
  replace_value(old_value, new_value);
  values_[old_value].stand_in = new_value;
}

ValueId Graph::current(ValueId value) const {
  while (value != BP_NONE && values_[value].stand_in != BP_NONE) value = values_[value].stand_in;
  return value;
}

Status Graph::add_output(ValueId value, const std::string& name) {
  if (value >= values_.size())
    return invalid_argument(
        fmt::format("output \"{}\": there is no value {}, only {}", name, value, values_.size()));
  const std::string& own_name = name.empty() ? values_[value].name : name;
  if (!output_names_taken_.insert(own_name).second)
    return invalid_argument(fmt::format("the graph has two outputs named \"{}\"", own_name));
  values_[value].is_output = true;
  outputs_.push_back(value);
  output_names_.push_back(own_name);
  return {};
}

ValueId Graph::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? BP_NONE : found->second;
}

void Graph::set_declared_type(ValueId value, const bp_tensor_type_t& type) {
  values_[value].type = type;
  values_[value].is_declared = true;
}

void Graph::set_constant(ValueId value, ops::ConstantPtr constant) {
  values_[value].constant = std::move(constant);
}

int64_t Graph::unknown_size(const std::string& dimension_name) {
  if (dimension_name.empty()) return -1;
  const int64_t next = -2 - static_cast<int64_t>(dimension_names_.size());
  return dimension_names_.emplace(dimension_name, next).first->second;
}

ValueId Graph::add_value(const std::string& name) {
  const auto id = static_cast<ValueId>(values_.size());
  std::string own_name = name.empty() ? fresh_name() : name;
  if (!by_name_.emplace(own_name, id).second) return BP_NONE;
  Value value;
  value.name = std::move(own_name);
  values_.push_back(std::move(value));
  return id;
}

std::string Graph::fresh_name() const {
  std::string name = fmt::format("value_{}", values_.size());
  while (by_name_.count(name) != 0) name += '_';
  return name;
}

Status Graph::check_node(const std::vector<ValueId>& inputs,
                         const std::vector<std::string>& output_names) const {
  for (size_t index = 0; index < inputs.size(); ++index)
    if (inputs[index] != BP_NONE && inputs[index] >= values_.size())
      return invalid_argument(fmt::format("input {} is value {}, and there are only {}", index,
                                          inputs[index], values_.size()));
  std::set<std::string> own_names;
  for (const std::string& name : output_names)
    if (!name.empty() && (by_name_.count(name) != 0 || !own_names.insert(name).second))
      return invalid_argument(fmt::format("there is already a value named \"{}\"", name));
  return {};
}

std::vector<bool> needed_nodes(const Graph& graph) {
  std::vector<bool> is_needed(graph.nodes().size());
  std::vector<ValueId> values = graph.outputs();
  while (!values.empty()) {
    const ValueId value = values.back();
    values.pop_back();
    if (value == BP_NONE) continue;
    const NodeId producer = graph.value(value).producer;
    if (producer == BP_NONE || is_needed[producer]) continue;
    is_needed[producer] = true;
    const std::vector<ValueId>& inputs = graph.node(producer).inputs;
    values.insert(values.end(), inputs.begin(), inputs.end());
  }
  return is_needed;
}

}  // namespace backplane::graph
