// A real model, node by node through the plugin, each held against its reference on the inputs that
// it really got: the first node that leaves its bound is named, and no error of one node is blamed
// on the next.
#pragma once

#include <functional>
#include <string>

#include "graph/graph.hpp"
#include "run/options.hpp"
#include "run/outcome.hpp"

namespace backplane::conformance {

// A node that has been run. PASS; a failure; UNSUPPORTED: the reference's results went on in its
// place; SKIPPED: served, but there is no reference.
struct NodeResult {
  size_t number = 0;    // from 1, in the order of the model; constants are not counted
  std::string name;     // "node conv1 (Conv)"
  std::string problem;  // its line, "" when it has none
  Outcome outcome;
};

struct ModelWalk {
  size_t judged = 0;
  size_t unjudged = 0;
  size_t unsupported = 0;
  std::string stopped;  // why the model could not be walked to its end; "" when it was
  std::string wrong;    // "node conv1 (Conv): ..." of the first node that is wrong; "" when none
};

// Called before and after each node.
struct WalkEvents {
  std::function<void(size_t number, const std::string& name)> begins;
  std::function<void(const NodeResult&)> ends;
};

size_t nodes_to_walk(const graph::Graph& graph);
ModelWalk walk_model(const RunOptions& options, uint32_t device, const graph::Graph& graph,
                     const WalkEvents& events);

}  // namespace backplane::conformance
