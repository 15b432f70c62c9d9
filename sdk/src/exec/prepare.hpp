// From a session's graph to what a plan runs, for one set of input types: sizes and constants are
// made known, passes run, and what the device refuses is taken apart.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/constant_pool.hpp"
#include "exec/specialise.hpp"
#include "pass/manager.hpp"

namespace backplane::exec {

// How a session wants its plans; the same for all of them.
struct Preparation {
  bool may_decompose = true;
  std::vector<pass::Pass> passes;      // in order
  std::vector<pass::Report> left_out;  // of those that cannot be put in order
  pass::Switches switches;
};

struct Prepared {
  // The graph that the passes left: every size known, no node that could be computed beforehand.
  std::shared_ptr<const graph::Graph> graph;
  std::vector<std::vector<graph::NodeId>> origins;  // per node of it: nodes of the session's graph
  std::vector<pass::Report> passes;
  Specialised specialised;  // of `graph`: a step's `whole` is a node of it

  // The node of the session's graph to name where a node of `graph` fails; BP_NONE: none.
  graph::NodeId named(graph::NodeId whole) const {
    return origins[whole].empty() ? BP_NONE : origins[whole].front();
  }
};

// Fails as specialise() does.
Result<Prepared> prepare(const graph::Graph& graph, OpenDevice& device, const Preparation& how,
                         const InputsKnown& inputs, FoldedNodes& folded, ConstantPool& pool,
                         std::vector<uint32_t>* out_wanted, Where* out_where);

}  // namespace backplane::exec
