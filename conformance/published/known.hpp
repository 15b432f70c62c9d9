// What the host knows of a published model before any of its nodes has run.
#pragma once

#include "graph/graph.hpp"

namespace backplane::conformance {

// Gives the values that the host computes by itself their constants: Constant, Shape and the
// arithmetic of sizes, as a plan has them. Outputs of the graph are left to the plugin, so that no
// model passes that has asked it for nothing.
void find_known_values(graph::Graph* graph);

// A node that the plugin need not run.
bool is_known(const graph::Graph& graph, const graph::Node& node);

}  // namespace backplane::conformance
