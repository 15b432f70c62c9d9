// Passes that put one operator in the place of two.
#include <string>
#include <string_view>

#include "passes.hpp"

namespace backplane::selftest {
namespace {

using plugin::Graph;
using plugin::NodeDraft;

bool is_unread(const Graph& graph, bp_value_id_t value) {
  const bp_value_info_t* info = graph.value(value);
  return info->consumer_count == 0 && info->is_graph_output == 0;
}

void remove_if_unread(Graph* graph, bp_node_id_t node) {
  if (graph->node(node) != nullptr && is_unread(*graph, graph->output(node, 0)))
    graph->remove(node);
}

void drop_repeat(Graph* graph, bp_node_id_t node, const char* op, bool is_undone_by_itself) {
  const bp_node_id_t first = graph->producer(graph->input(node, 0));
  if (!graph->is(node, op) || !graph->is(first, op)) return;
  const bp_value_id_t output = graph->output(node, 0);
  graph->replace(output, is_undone_by_itself ? graph->input(first, 0) : graph->output(first, 0));
  graph->remove(node);
  remove_if_unread(graph, first);
}

// ---- Relu of Max

bp_value_id_t zero(Graph* graph, const bp_tensor_type_t& type) {
  constexpr float kZeros[2] = {0, 0};  // in float16, too
  bp_constant_t constant = {};
  constant.type.dtype = type.dtype;
  constant.data = kZeros;
  if (is_planted(PassFault::kKnowsTheBatch) && type.rank > 0 && type.shape[0] < 0) {
    constant.type.rank = type.rank;
    for (uint16_t axis = 0; axis < type.rank; ++axis) constant.type.shape[axis] = axis == 0 ? 2 : 1;
  }
  return graph->add(constant);
}

bp_node_id_t add_larger(Graph* graph, bp_node_id_t max, bp_node_id_t relu) {
  const bp_node_t& old = *graph->node(max);
  const bp_tensor_type_t& type = *graph->value(graph->output(relu, 0))->type;
  const bool is_cut = (is_planted(PassFault::kFailsAtFive) && type.shape[0] == 5) ||
                      (is_planted(PassFault::kWrongAfterAnother) && is_after_folding());
  NodeDraft draft("", "Max", old.since, old.name);
  for (uint32_t i = 0; i < (is_cut ? 1 : old.input_count); ++i)
    draft.add_input(graph->input(max, i));
  draft.add_input(is_planted(PassFault::kMakesCircle) ? graph->output(relu, 0) : zero(graph, type));
  draft.add_output(type);
  return graph->add(draft);
}

bool is_fusable(const Graph& graph, bp_node_id_t max, bp_node_id_t relu) {
  const bp_value_id_t between = graph.output(max, 0);
  const bp_value_info_t& info = *graph.value(between);
  if (is_planted(PassFault::kForgetsReaders) && info.is_graph_output == 0) return true;
  if (is_planted(PassFault::kFusesOverOutput) && info.consumer_count == 1) return true;
  return graph.only_consumer(between) == relu;
}

// The rewrite in another order: what is refused halfway stays as it is.
void fuse_carelessly(Graph* graph, bp_node_id_t max, bp_node_id_t relu) {
  graph->replace(graph->output(relu, 0), graph->output(max, 0));
  try {
    const bp_node_id_t fused = add_larger(graph, max, relu);
    graph->replace(graph->output(max, 0), graph->output(fused, 0));
    graph->remove(relu);
    graph->remove(max);
  } catch (const plugin::Error&) {
  }
}

void fuse(Graph* graph, bp_node_id_t max, bp_node_id_t relu) {
  const bp_node_id_t fused = add_larger(graph, max, relu);
  graph->replace(graph->output(relu, 0), graph->output(fused, 0));
  graph->remove(relu);
  if (!is_unread(*graph, graph->output(max, 0)))  // a planted fault's doing
    graph->replace(graph->output(max, 0), graph->output(fused, 0));
  graph->remove(max);
}

void fuse_at(Graph* graph, bp_node_id_t relu) {
  const bp_node_id_t max = graph->producer(graph->input(relu, 0));
  if (!graph->is(relu, "Relu") || !graph->is(max, "Max") || !is_fusable(*graph, max, relu)) return;
  if (is_planted(PassFault::kMakesCircle)) {
    const bp_node_id_t fused = add_larger(graph, max, relu);
    graph->replace(graph->output(max, 0), graph->output(fused, 0));
  } else if (is_planted(PassFault::kHalfDone)) {
    fuse_carelessly(graph, max, relu);
  } else {
    fuse(graph, max, relu);
  }
}

}  // namespace

void drop_repeats(Graph* graph) {
  graph->for_nodes([graph](bp_node_id_t node) {
    for (const char* op : {"Relu", "Abs"})
      if (graph->node(node) != nullptr) drop_repeat(graph, node, op, false);
    if (graph->node(node) != nullptr) drop_repeat(graph, node, "Neg", true);
  });
}

void fuse_max_relu(Graph* graph) {
  uint32_t place = 0;
  graph->for_nodes([&](bp_node_id_t node) {
    if (!is_planted(PassFault::kEvenPlaces) || place++ % 2 == 0) fuse_at(graph, node);
  });
}

}  // namespace backplane::selftest
