// What the host computes by itself: the arithmetic of sizes that models do on small integers, and
// constants under another shape. A device needs none of it, so it is not asked.
#pragma once

#include "graph/graph.hpp"

namespace backplane::graph {

constexpr uint64_t kMostFolded = 1024;                  // elements of an input or output
constexpr uint64_t kLargestFilled = uint64_t{1} << 20;  // bytes that ConstantOfShape makes

// The value of a node's only output, whose type is known, or nullptr: an input is not known, or it
// is nothing for the host (other operators and types, more elements; also what overflows, divides
// by zero or reads out of range, of which the device's word counts).
ops::ConstantPtr folded_output(const Graph& graph, const Node& node);

}  // namespace backplane::graph
