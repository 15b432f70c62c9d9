// The host's graph of a drawn one.
#pragma once

#include <string>

#include "graph/drawn_graph.hpp"
#include "graph/graph.hpp"

namespace backplane::conformance {

// Values and nodes are named as drawn. The batch is the first size of all inputs: as drawn, or
// unknown. Ends the case where the host refuses the graph, which is our own fault.
enum class Batch { kAsDrawn, kUnknown };
graph::Graph host_graph_of(const DrawnGraph& drawn, Batch batch = Batch::kAsDrawn);

// The type of a value of float32 or float16, and its data in that type.
bp_dtype_t dtype_of(const DrawnValue& value);
std::string bytes_of(const DrawnValue& value);

// The unknown batch of such a graph becomes `size`, everywhere.
graph::Graph with_batch(const graph::Graph& graph, int64_t size);

}  // namespace backplane::conformance
