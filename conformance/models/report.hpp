// What --model says of a model: a line for each node that is not simply right, progress on a
// terminal, and every node in the report of JSON Lines.
#pragma once

#include <string>

#include "graph/graph.hpp"
#include "report/record.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

// On every device of the run. True when no node was wrong, all were reached and one was judged on
// each; an error of the report's file.
Result<bool> run_model(const RunFacts& facts, const graph::Graph& graph);

}  // namespace backplane::conformance
