// A graph as text, for people.
#pragma once

#include <string>

#include "graph/graph.hpp"

namespace backplane::graph {

// One line an input, a constant, a node and an output:
//   input x: float32[2,3]
//   y: float32[2,3] = Relu-14(x) "layer1/relu"
std::string to_text(const Graph& graph);
std::string node_line(const Graph& graph, const Node& node);  // the node's alone

// The same as a drawing, in the DOT language.
std::string to_dot(const Graph& graph);

}  // namespace backplane::graph
