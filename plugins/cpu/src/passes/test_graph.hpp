// For tests only: a graph for passes to edit, said here anew in the plainest way, and its run, node
// by node.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "../kernels/test_kernel.hpp"
#include "passes.hpp"

struct bp_graph {
  using Tensor = backplane::cpu::testing::Tensor;
  using TestNode = backplane::cpu::testing::TestNode;

  struct Entry {
    std::unique_ptr<TestNode> made;
    const bp_node_t* node;  // nullptr: removed
    std::vector<bp_value_id_t> inputs, outputs;
  };
  struct Value {
    Tensor tensor;  // with bytes: an input or a constant
    bool is_constant, is_output;
    bp_node_id_t producer;
    std::vector<bp_node_id_t> consumers;
    bp_value_info_t info;
    bp_constant_t constant;
  };

  std::vector<Entry> entries;
  std::deque<Value> values;
  std::vector<bp_value_id_t> graph_outputs;
  mutable int64_t calls = 0;  // of the view

  bp_value_id_t add_value(Tensor tensor, bool is_constant, bp_node_id_t producer) {
    values.push_back({std::move(tensor), is_constant, false, producer, {}, {}, {}});
    return static_cast<bp_value_id_t>(values.size() - 1);
  }
  bp_node_id_t add_entry(std::unique_ptr<TestNode> made, std::vector<bp_value_id_t> inputs) {
    const auto id = static_cast<bp_node_id_t>(entries.size());
    std::vector<bp_value_id_t> outputs;
    for (const Tensor& output : made->outputs)
      outputs.push_back(add_value({output.type, {}}, false, id));
    for (const bp_value_id_t input : inputs)
      if (input != BP_NONE) values[input].consumers.push_back(id);
    const bp_node_t* node = &made->get();
    entries.push_back({std::move(made), node, std::move(inputs), std::move(outputs)});
    return id;
  }
};

namespace backplane::cpu::testing {

class TestGraph {
 public:
  bp_value_id_t input(const Tensor& tensor) { return graph.add_value(tensor, false, BP_NONE); }
  bp_value_id_t constant(const Tensor& tensor) { return graph.add_value(tensor, true, BP_NONE); }
  // `describe(node)` adds attributes. Gives the node's first output.
  template <class Describe>
  bp_value_id_t node(const std::string& op, uint32_t since, std::vector<bp_value_id_t> inputs,
                     const Shape& output, const Describe& describe) {
    auto made = std::make_unique<TestNode>(op, since, tensors(inputs),
                                           std::vector<Tensor>{wanted(dtype(inputs), output)});
    tell_constants(inputs, *made);
    describe(*made);
    const bp_node_id_t id = graph.add_entry(std::move(made), std::move(inputs));
    return graph.entries[id].outputs[0];
  }
  bp_value_id_t node(const std::string& op, uint32_t since, std::vector<bp_value_id_t> inputs,
                     const Shape& output) {
    return node(op, since, std::move(inputs), output, [](TestNode&) {});
  }
  void output(bp_value_id_t value) {
    graph.values[value].is_output = true;
    graph.graph_outputs.push_back(value);
  }

  void run_pass(void (*pass)(plugin::Graph&)) {
    plugin::Graph edited(&graph, view());
    pass(edited);
  }
  // "Conv Relu own:Conv", in the order of positions.
  std::string operators() const {
    std::string text;
    for (const bp_graph::Entry& entry : graph.entries)
      if (entry.node != nullptr)
        text += std::string(text.empty() ? "" : " ") +
                (entry.node->domain[0] == '\0' ? "" : "own:") + entry.node->op;
    return text;
  }
  // The graph's outputs, computed by the plugin's kernels, which serve every node.
  std::vector<Tensor> outputs() const {
    std::vector<Tensor> computed;
    for (const auto& value : graph.values) computed.push_back(value.tensor);
    std::vector<bool> is_done(graph.entries.size(), false);
    for (size_t round = 0; round < graph.entries.size(); ++round)
      for (size_t id = 0; id < graph.entries.size(); ++id) run_if_ready(id, is_done, computed);
    std::vector<Tensor> found;
    for (const bp_value_id_t id : graph.graph_outputs) found.push_back(computed[id]);
    return found;
  }

  bp_graph graph;

 private:
  static const bp_graph_view_t& view();

  std::vector<Tensor> tensors(const std::vector<bp_value_id_t>& ids) const {
    std::vector<Tensor> found;
    for (const bp_value_id_t id : ids)
      found.push_back(id == BP_NONE ? Tensor{} : graph.values[id].tensor);
    return found;
  }
  bp_dtype_t dtype(const std::vector<bp_value_id_t>& inputs) const {
    return graph.values[inputs[0]].tensor.type.dtype;
  }
  void tell_constants(const std::vector<bp_value_id_t>& inputs, TestNode& node) const {
    for (size_t i = 0; i < inputs.size(); ++i)
      node.constant[i] = inputs[i] != BP_NONE && graph.values[inputs[i]].is_constant;
  }
  void run_if_ready(size_t id, std::vector<bool>& is_done, std::vector<Tensor>& computed) const {
    const bp_graph::Entry& entry = graph.entries[id];
    if (entry.node == nullptr || is_done[id]) return;
    std::vector<Tensor> inputs;
    for (const bp_value_id_t input : entry.inputs) {
      inputs.push_back(input == BP_NONE ? Tensor{} : computed[input]);
      if (inputs.back().type.dtype != 0 && inputs.back().bytes.empty()) return;
    }
    entry.made->inputs = inputs;
    const OpenDevice device(kSynchronousDevice);
    const TestKernel kernel(device, *entry.made);
    ASSERT_EQ(kernel.status(), BP_OK) << kernel.reason();
    computed[entry.outputs[0]] = kernel.run();
    is_done[id] = true;
  }
};

// The table, on TestGraph.
struct TestView {
  static uint32_t node_count(const bp_graph* graph) {
    ++graph->calls;
    return static_cast<uint32_t>(graph->entries.size());
  }
  static bp_node_id_t get_node_id(const bp_graph* graph, uint32_t position) {
    ++graph->calls;
    return position;
  }
  static const bp_node_t* get_node(const bp_graph* graph, bp_node_id_t id) {
    ++graph->calls;
    return graph->entries[id].node;
  }
  static bp_value_id_t get_input(const bp_graph* graph, bp_node_id_t id, uint32_t index) {
    ++graph->calls;
    return graph->entries[id].inputs[index];
  }
  static bp_value_id_t get_output(const bp_graph* graph, bp_node_id_t id, uint32_t index) {
    ++graph->calls;
    return graph->entries[id].outputs[index];
  }
  static const bp_value_info_t* get_value(const bp_graph* graph, bp_value_id_t id) {
    ++graph->calls;
    auto& value = const_cast<bp_graph::Value&>(graph->values[id]);
    value.constant = {value.tensor.type, value.tensor.bytes.data(), 0};
    value.info = {sizeof value.info,
                  "",
                  &value.tensor.type,
                  value.is_constant ? &value.constant : nullptr,
                  value.producer,
                  static_cast<uint32_t>(value.consumers.size()),
                  value.is_output ? 1U : 0U,
                  0};
    return &value.info;
  }
  static bp_node_id_t get_consumer(const bp_graph* graph, bp_value_id_t id, uint32_t index) {
    ++graph->calls;
    return graph->values[id].consumers[index];
  }

  static bp_status_t add_node(bp_graph* graph, const bp_node_t* node, const bp_value_id_t* inputs,
                              bp_node_id_t* out_node) {
    std::vector<bp_value_id_t> ids(inputs, inputs + node->input_count);
    std::vector<Tensor> given;
    for (const bp_value_id_t id : ids)
      given.push_back(id == BP_NONE ? Tensor{} : graph->values[id].tensor);
    std::vector<Tensor> made;
    for (uint32_t i = 0; i < node->output_count; ++i) made.push_back({node->outputs[i], {}});
    auto entry = std::make_unique<TestNode>(node->op, node->since, given, made);
    entry->domain = *node->domain == '\0' ? "" : kDomain;
    for (size_t i = 0; i < ids.size(); ++i)
      entry->constant[i] = ids[i] != BP_NONE && graph->values[ids[i]].is_constant;
    for (uint32_t i = 0; i < node->attribute_count; ++i) entry->add_copy(node->attributes[i]);
    *out_node = graph->add_entry(std::move(entry), std::move(ids));
    const OpenDevice device(kSynchronousDevice);
    return kKernelApi.supports(device.get(), graph->entries[*out_node].node);
  }
  static bp_status_t add_constant(bp_graph* graph, const bp_constant_t* constant,
                                  bp_value_id_t* out_value) {
    const auto* bytes = static_cast<const char*>(constant->data);
    const Tensor tensor = {constant->type, {bytes, bytes + byte_size(constant->type)}};
    *out_value = graph->add_value(tensor, true, BP_NONE);
    return BP_OK;
  }
  static bp_status_t replace_value(bp_graph* graph, bp_value_id_t from, bp_value_id_t to) {
    bp_graph::Value &old_value = graph->values[from], &new_value = graph->values[to];
    if (to_text(old_value.tensor.type) != to_text(new_value.tensor.type))
      return BP_STATUS_INVALID_ARGUMENT;
    std::vector<bp_node_id_t> kept;
    for (const bp_node_id_t id : old_value.consumers) {
      const bool is_maker = id == new_value.producer;
      (is_maker ? kept : new_value.consumers).push_back(id);
      if (is_maker) continue;
      auto& inputs = graph->entries[id].inputs;
      std::replace(inputs.begin(), inputs.end(), from, to);
    }
    old_value.consumers = kept;
    std::replace(graph->graph_outputs.begin(), graph->graph_outputs.end(), from, to);
    new_value.is_output = old_value.is_output || new_value.is_output;
    old_value.is_output = false;
    return BP_OK;
  }
  static bp_status_t remove_node(bp_graph* graph, bp_node_id_t id) {
    bp_graph::Entry& entry = graph->entries[id];
    for (const bp_value_id_t output : entry.outputs)
      if (!graph->values[output].consumers.empty() || graph->values[output].is_output)
        return BP_STATUS_INVALID_ARGUMENT;
    for (const bp_value_id_t input : entry.inputs) {
      if (input == BP_NONE) continue;
      auto& consumers = graph->values[input].consumers;
      consumers.erase(std::remove(consumers.begin(), consumers.end(), id), consumers.end());
    }
    entry.node = nullptr;
    return BP_OK;
  }
};

inline const bp_graph_view_t& TestGraph::view() {
  using View = TestView;
  static const bp_graph_view_t table = {sizeof table,
                                        View::node_count,
                                        View::get_node_id,
                                        View::get_node,
                                        View::get_input,
                                        View::get_output,
                                        View::get_value,
                                        View::get_consumer,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        View::add_node,
                                        View::add_constant,
                                        View::replace_value,
                                        View::remove_node};
  return table;
}

}  // namespace backplane::cpu::testing
