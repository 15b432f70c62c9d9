// A tree of elementwise nodes that end in one, each of whose values only the next one reads.
#pragma once

#include <backplane/plugin/graph.hpp>
#include <vector>

#include "../device.hpp"
#include "../kernels/expression.hpp"

namespace backplane::opencl {

struct Tree {
  std::vector<bp_node_id_t> nodes;    // the root first, each behind the one that reads it
  std::vector<bp_value_id_t> inputs;  // each once, in the order of first use
  Expression expression;
};

// The largest one within the limits of expressions that ends in `root`; no nodes when `root` is not
// a node that can be fused.
Tree grow_tree(const Device& device, const plugin::Graph& graph, bp_node_id_t root);

}  // namespace backplane::opencl
