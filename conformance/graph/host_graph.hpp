// The host's graph of a drawn one.
#pragma once

#include "graph/drawn_graph.hpp"
#include "graph/graph.hpp"

namespace backplane::conformance {

// Values and nodes are named as drawn. `batch` is the first size of all inputs, negative for a
// graph whose batch is not known; 0: as drawn. Ends the case where the host refuses the graph,
// which is our own fault.
graph::Graph host_graph_of(const DrawnGraph& drawn, int64_t batch = 0);

// Sizes that are `unknown` become `size`, everywhere.
graph::Graph with_batch(const graph::Graph& graph, int64_t unknown, int64_t size);

}  // namespace backplane::conformance
