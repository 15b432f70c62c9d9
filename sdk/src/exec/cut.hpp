// A graph cut where the data decides sizes: into stages in which every size is known once the types
// of their inputs are, and between them the nodes that decide (NonZero, Compress).
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace backplane::exec {

// Numbers are those of the whole graph.
struct Stage {
  graph::Graph graph;
  std::vector<graph::ValueId> inputs;   // what each input of `graph` is
  std::vector<graph::ValueId> outputs;  // likewise; of the last stage the whole graph's
  std::vector<graph::NodeId> nodes;     // what each node of `graph` is
  std::vector<graph::NodeId> deciding;  // those that run behind it, in order
};

// One stage, without a graph of its own, where nothing that an output hangs on decides sizes: there
// is nothing to cut. Else at least two, of which some may have nothing to do. A node stands in the
// first stage in which its inputs are there. Nodes in bodies of If, Loop and Scan are not looked
// at.
std::vector<Stage> cut(const graph::Graph& graph);

}  // namespace backplane::exec
