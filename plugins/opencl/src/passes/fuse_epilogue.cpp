// "fuse-epilogue": a Gemm, MatMul or Conv in float32 or float16 and the elementwise nodes behind it
// become one node, whose kernel computes them where it stores its results. These are the separate
// nodes', bit for bit. Each of the nodes alone reads the one before; what it reads beside that
// keeps its own nodes.
#include <algorithm>

#include "../kernels/epilogue.hpp"
#include "fusible.hpp"
#include "passes.hpp"

namespace backplane::opencl {

namespace {

struct Chain {
  bp_node_id_t product;
  std::vector<bp_node_id_t> nodes;    // in order
  std::vector<bp_value_id_t> inputs;  // the product's result, and what is read beside
  uint32_t operations = 0;
};

bool has_known_types(const bp_node_t& node) {
  return !has_unknown_size(node.outputs[0]) &&
         std::none_of(node.inputs, node.inputs + node.input_count, has_unknown_size);
}

bool is_product(const Device& device, const bp_node_t& node) {
  if (node.domain[0] != '\0' || node.output_count != 1) return false;
  return output_axes(Node(node)) && has_known_types(node) && is_served(Node(node), device);
}

// Adds what `node` reads beside `value` to `inputs`; false when a kernel cannot go through one.
bool take_inputs(const plugin::Graph& graph, const bp_node_t& product, bp_node_id_t id,
                 bp_value_id_t value, std::vector<bp_value_id_t>& inputs) {
  const bp_node_t& node = *graph.node(id);
  for (uint32_t i = 0; i < node.input_count; ++i) {
    const bp_value_id_t input = graph.input(id, i);
    if (input == BP_NONE || input == value) continue;
    Beside ignored;
    if (has_unknown_size(node.inputs[i]) ||
        !find_steps(node.inputs[i], product.outputs[0], *output_axes(Node(product)), &ignored))
      return false;
    place_in(inputs, input);
  }
  return inputs.size() <= 1 + size_t{kMostBeside};
}

// Makes the chain longer by the one node that reads `value`, its result; false when there is none.
bool take_next(const Device& device, const plugin::Graph& graph, bp_value_id_t value,
               Chain& chain) {
  const bp_node_t& product = *graph.node(chain.product);
  const bp_node_id_t next = graph.only_consumer(value);
  const bp_node_t* node = graph.node(next);
  if (!is_fusible(device, node, product.outputs[0])) return false;
  const uint32_t operations = chain.operations + operations_of(*node);
  std::vector<bp_value_id_t> inputs = chain.inputs;
  if (operations > kMostOperations || !take_inputs(graph, product, next, value, inputs))
    return false;
  chain.nodes.push_back(next);
  chain.inputs = std::move(inputs);
  chain.operations = operations;
  return true;
}

Chain chain_behind(const Device& device, const plugin::Graph& graph, bp_node_id_t product) {
  bp_value_id_t value = graph.output(product, 0);
  Chain chain = {product, {}, {value}};
  while (take_next(device, graph, value, chain)) value = graph.output(chain.nodes.back(), 0);
  return chain;
}

void fold(plugin::Graph& graph, const Chain& chain) {
  const bp_node_t& product = *graph.node(chain.product);
  const bp_node_id_t last = chain.nodes.back();
  std::vector<bp_value_id_t> inputs = {chain.inputs.front()};
  const Expression expression = write_expression(graph, chain.nodes, last, inputs);
  plugin::NodeDraft draft(kPluginId, product.op, 1, product.name);
  draft.copy_attributes(product);
  draft.add_string(kProgramAttribute, text_of(expression));
  for (uint32_t i = 0; i < kFirstBeside; ++i)
    draft.add_input(i < product.input_count ? graph.input(chain.product, i) : BP_NONE);
  for (auto input = inputs.begin() + 1; input != inputs.end(); ++input) draft.add_input(*input);
  draft.add_output(product.outputs[0]);
  graph.replace(graph.output(last, 0), graph.output(graph.add(draft), 0));
  for (auto node = chain.nodes.rbegin(); node != chain.nodes.rend(); ++node) graph.remove(*node);
  graph.remove(chain.product);
}

}  // namespace

void fuse_epilogue(const Device& device, plugin::Graph& graph) {
  graph.for_nodes([&](bp_node_id_t id) {
    if (!is_product(device, *graph.node(id))) return;
    const Chain chain = chain_behind(device, graph, id);
    if (!chain.nodes.empty()) fold(graph, chain);
  });
}

}  // namespace backplane::opencl
