// "fuse-elementwise": trees of elementwise operators of float32 and float16 become one node that
// reads each input once. Its results are the separate nodes', bit for bit, and what lies between
// them is never stored. None is left out for its cost: five Tanh, Exp or Erf in one kernel are no
// slower than apart (opencl_benchmark, table "fusion"), nor are rows too short for vectors.
#include "../kernels/fused.hpp"
#include "passes.hpp"
#include "tree.hpp"

namespace backplane::opencl {

namespace {

void replace(plugin::Graph& graph, const Tree& tree) {
  const bp_node_id_t root = tree.nodes.front();
  plugin::NodeDraft draft(kPluginId, kFusedOperator, 1, graph.node(root)->name);
  for (const bp_value_id_t input : tree.inputs) draft.add_input(input);
  draft.add_output(graph.node(root)->outputs[0]);
  draft.add_string(kProgramAttribute, text_of(tree.expression));
  graph.replace(graph.output(root, 0), graph.output(graph.add(draft), 0));
  for (const bp_node_id_t node : tree.nodes) graph.remove(node);
}

}  // namespace

// From the end, so that every tree is met at its root.
void fuse_elementwise(const Device& device, plugin::Graph& graph) {
  std::vector<bp_node_id_t> nodes;
  graph.for_nodes([&](bp_node_id_t node) { nodes.push_back(node); });
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (graph.node(*node) == nullptr) continue;  // in a tree already
    const Tree tree = grow_tree(device, graph, *node);
    if (tree.nodes.size() > 1) replace(graph, tree);
  }
}

}  // namespace backplane::opencl
