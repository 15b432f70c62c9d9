// The host's graph of a drawn one.
#pragma once

#include "graph/drawn_graph.hpp"
#include "graph/graph.hpp"

namespace backplane::conformance {

// Values and nodes are named as drawn. The batch is the first size of all inputs: as drawn, or
// unknown. Ends the case where the host refuses the graph, which is our own fault.
enum class Batch { kAsDrawn, kUnknown };
graph::Graph host_graph_of(const DrawnGraph& drawn, Batch batch = Batch::kAsDrawn);

// The unknown batch of such a graph becomes `size`, everywhere.
graph::Graph with_batch(const graph::Graph& graph, int64_t size);

}  // namespace backplane::conformance
