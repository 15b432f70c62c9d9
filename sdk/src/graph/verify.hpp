// Is a graph sound? Asked after it was read or built, and after everything that edits one.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace backplane::graph {

// Every rule that the graph breaks, a sentence each that names node and value; empty: it is sound.
// One producer per value, nodes in topological order, ids in range, consumers and edges as the
// nodes say, names unique, every used value of a known dtype and rank, types as ops::infer has
// them. Nothing of the graph is believed: an id out of range is a sentence, too.
std::vector<std::string> violations(const Graph& graph);

// INVALID_ARGUMENT with the first few of these.
Status verify(const Graph& graph);

}  // namespace backplane::graph
