#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "../kernels/fused.hpp"
#include "passes.hpp"

namespace backplane::cpu {

namespace {

using plugin::Graph;
using plugin::NodeDraft;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool is_equal(const bp_tensor_type_t& one, const bp_tensor_type_t& other) {
  return one.dtype == other.dtype && one.rank == other.rank &&
         std::memcmp(one.shape, other.shape, one.rank * sizeof *one.shape) == 0;
}

bool is_float(const bp_tensor_type_t& type) {
  return type.dtype == BP_DTYPE_FLOAT32 && type.layout == 0 && !has_unknown_size(type);
}

// What is found behind a product, and becomes one node with it.
struct Chain {
  bp_node_id_t product;
  std::vector<bp_node_id_t> followers;
  Epilogue epilogue = {};
  std::vector<bp_value_id_t> residuals = {};
  bp_value_id_t bias = BP_NONE;
  bp_value_id_t result = BP_NONE;  // of the last node so far
};

struct Product {
  const char* op;
  uint32_t least_since;  // Gemm before 7 has an attribute for what broadcasts
};
constexpr Product kProducts[] = {{"Conv", 1}, {"Gemm", 7}, {"MatMul", 1}};

// Types alone: the plugin serves the node as it is, and sizes fit.
bool is_product(const Graph& graph, bp_node_id_t id) {
  const bp_node_t& node = *graph.node(id);
  const auto* found = std::find_if(std::begin(kProducts), std::end(kProducts),
                                   [&](const Product& one) { return graph.is(id, one.op); });
  if (found == std::end(kProducts) || node.since < found->least_since || node.output_count != 1 ||
      !is_float(node.outputs[0]) || node.refused != 0)
    return false;
  for (uint32_t i = 0; i < node.input_count; ++i)
    if (node.inputs[i].dtype != 0 && !is_float(node.inputs[i])) return false;
  return element_count(node.outputs[0]) != 0;
}

// A bound of a Clip; NaN where it is not known now.
float bound(const Graph& graph, bp_node_id_t clip, uint32_t index, float absent) {
  const bp_node_t& node = *graph.node(clip);
  if (index >= node.input_count || node.inputs[index].dtype == 0) return absent;
  const bp_constant_t* constant = graph.constant(graph.input(clip, index));
  if (constant == nullptr || constant->data == nullptr ||
      constant->type.dtype != BP_DTYPE_FLOAT32 || element_count(constant->type) != 1)
    return std::nanf("");
  float value;
  std::memcpy(&value, constant->data, sizeof value);
  return value;
}

bool take_clip(const Graph& graph, bp_node_id_t id, Chain& chain) {
  if (graph.node(id)->since < 11 || graph.input(id, 0) != chain.result) return false;
  const float low = bound(graph, id, 1, -kInfinity);
  const float high = bound(graph, id, 2, kInfinity);
  if (std::isnan(low) || std::isnan(high)) return false;
  chain.epilogue.push_back({EpilogueKind::kClip, low, high});
  return true;
}

bool take_relu(const Graph&, bp_node_id_t, Chain& chain) {
  chain.epilogue.push_back({EpilogueKind::kRelu});
  return true;
}

bool take_leaky_relu(const Graph& graph, bp_node_id_t id, Chain& chain) {
  const float alpha = Node(*graph.node(id)).float_attribute("alpha", 0.01F);
  if (!std::isfinite(alpha)) return false;
  chain.epilogue.push_back({EpilogueKind::kLeakyRelu, alpha});
  return true;
}

// One row that is added to every row of a matrix product which has none yet.
bool is_bias(const Graph& graph, const Chain& chain, const bp_tensor_type_t& type) {
  const bp_node_t& product = *graph.node(chain.product);
  const bp_tensor_type_t& output = product.outputs[0];
  return std::strcmp(product.op, "MatMul") == 0 && chain.followers.empty() && type.rank == 1 &&
         product.inputs[1].rank >= 2 && output.rank > 0 &&
         type.shape[0] == output.shape[output.rank - 1];
}

bool take_add(const Graph& graph, bp_node_id_t id, Chain& chain) {
  const bp_node_t& node = *graph.node(id);
  const uint32_t other = graph.input(id, 0) == chain.result ? 1 : 0;
  const bp_tensor_type_t& added = node.inputs[other];
  if (node.since < 7 || !is_float(added)) return false;
  if (is_bias(graph, chain, added)) {
    chain.bias = graph.input(id, other);
    return true;
  }
  if (!is_equal(added, node.outputs[0]) || chain.residuals.size() == kMaxResiduals) return false;
  chain.epilogue.push_back({EpilogueKind::kAdd});
  chain.residuals.push_back(graph.input(id, other));
  return true;
}

struct Follower {
  const char* op;
  bool (*take)(const Graph& graph, bp_node_id_t id, Chain& chain);
};
constexpr Follower kFollowers[] = {
    {"Add", take_add}, {"Clip", take_clip}, {"LeakyRelu", take_leaky_relu}, {"Relu", take_relu}};

bool take_follower(const Graph& graph, bp_node_id_t id, Chain& chain) {
  const bp_node_t* node = graph.node(id);
  if (node == nullptr || node->output_count != 1 || node->refused != 0 ||
      !is_equal(node->outputs[0], graph.node(chain.product)->outputs[0]))
    return false;
  for (const Follower& follower : kFollowers)
    if (graph.is(id, follower.op)) return follower.take(graph, id, chain);
  return false;
}

Chain chain_from(const Graph& graph, bp_node_id_t product) {
  Chain chain = {product, {}};
  chain.result = graph.output(product, 0);
  for (;;) {
    const bp_node_id_t next = graph.only_consumer(chain.result);
    if (next == BP_NONE || !take_follower(graph, next, chain)) return chain;
    chain.followers.push_back(next);
    chain.result = graph.output(next, 0);
  }
}

NodeDraft draft_of(const Graph& graph, const Chain& chain) {
  const bp_node_t& product = *graph.node(chain.product);
  NodeDraft draft(kDomain, product.op, kFusedSince, product.name);
  draft.copy_attributes(product);
  std::vector<std::string> steps;
  for (const EpilogueStep& step : chain.epilogue) steps.push_back(to_text(step));
  draft.add_strings(kEpilogueAttribute, steps);
  for (uint32_t i = 0; i < kFirstResidualInput; ++i)
    draft.add_input(i < product.input_count ? graph.input(chain.product, i) : chain.bias);
  for (const bp_value_id_t residual : chain.residuals) draft.add_input(residual);
  draft.add_output(product.outputs[0]);
  return draft;
}

void fuse(Graph& graph, const Chain& chain) {
  const bp_node_id_t fused = graph.add(draft_of(graph, chain));
  graph.replace(chain.result, graph.output(fused, 0));
  for (auto node = chain.followers.rbegin(); node != chain.followers.rend(); ++node)
    graph.remove(*node);
  graph.remove(chain.product);
}

}  // namespace

void fuse_epilogue(Graph& graph) {
  graph.for_nodes([&](bp_node_id_t id) {
    if (!is_product(graph, id)) return;
    const Chain chain = chain_from(graph, id);
    if (!chain.followers.empty()) fuse(graph, chain);
  });
}

}  // namespace backplane::cpu
