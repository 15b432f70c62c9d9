// A graph for one set of input types: every size known, what hangs on constants alone computed once
// and for all, and the nodes left that have to run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exec/open_device.hpp"
#include "graph/graph.hpp"

namespace backplane::exec {

// Where in a graph something failed, for errors.
struct Where {
  std::string node;
  std::string op;
};

struct Specialised {
  graph::Graph graph;  // a value that is known beforehand has its constant
  std::vector<graph::NodeId> nodes;
};

// Results of nodes that hang on the graph's own constants: the same for every set of types.
using FoldedNodes = std::map<graph::NodeId, std::vector<ops::ConstantPtr>>;

struct InputsKnown {
  std::vector<bp_tensor_type_t> types;   // of the graph's inputs, without unknown sizes
  std::vector<ops::ConstantPtr> values;  // nullptr: not known beforehand
};

// NOT_READY: sizes hang on the values of inputs; `out_wanted` says of which. UNSUPPORTED, beginning
// with ops::kUnknownSize: on values that no input gives. `out_where` is set with every failure that
// is about a node.
Result<Specialised> specialise(const graph::Graph& graph, OpenDevice& device,
                               const InputsKnown& inputs, FoldedNodes& folded,
                               std::vector<uint32_t>* out_wanted, Where* out_where);

}  // namespace backplane::exec
