// A graph without the gaps and the disorder that edits leave.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace backplane::graph {

struct Compacted {
  Graph graph;
  std::vector<NodeId> nodes;    // per node of it: which of the graph given it is
  std::vector<ValueId> values;  // likewise per value
};

// The same inputs, outputs and names; nodes in topological order, each as early as it was or just
// before the first node that needs it; no constant that nothing reads. A node whose results nobody
// wants stays. INVALID_ARGUMENT, naming a node, when some node needs its own result.
Result<Compacted> compact(const Graph& graph);

}  // namespace backplane::graph
