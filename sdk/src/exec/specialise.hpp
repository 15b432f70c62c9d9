// A graph for one set of input types: every size known, what hangs on constants alone computed once
// and for all, and the nodes left that have to run. prepare.hpp does it twice: before passes, to
// know the sizes, and after them, to ask the device.
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
  graph::NodeId id = BP_NONE;  // of the graph that failed, where that is known
};

struct Specialised {
  // One that runs: as it stands in the graph given, or a part of such a node, which the device
  // refused.
  struct Step {
    graph::NodeId node;   // of `graph`
    graph::NodeId whole;  // of the graph given, and of `graph` by the same number
    bool is_part() const { return node != whole; }
  };
  graph::Graph graph;       // a value that is known beforehand has its constant
  std::vector<Step> steps;  // in the order of running
  std::map<graph::NodeId, std::string> refusals;  // the device's words for wholes
};

// "its part Div": of a node that is named before it.
std::string part_text(const std::string& op);
// 'its node Add "x"': of a node with bodies that is named before it.
std::string body_node_text(const std::string& name);

// Results of nodes that hang on the graph's own constants: the same for every set of types.
using FoldedNodes = std::map<graph::NodeId, std::vector<ops::ConstantPtr>>;

struct InputsKnown {
  std::vector<bp_tensor_type_t> types;   // of the graph's inputs, without unknown sizes
  std::vector<ops::ConstantPtr> values;  // nullptr: not known beforehand
};

enum class Refused {
  kStays,      // nobody asks: a node that the device may refuse is a step as it stands
  kDecomposed  // its parts run in its place where it has a decomposition, each going the same way
};

// NOT_READY: sizes hang on the values of inputs; `out_wanted` says of which. UNSUPPORTED, beginning
// with ops::kUnknownSize: on values that no input gives. `out_where` is set with every failure that
// is about a node. The nodes of bodies stand in place of theirs; UNSUPPORTED, beginning with
// ops::kControlFlow: a condition or a number of trips that no input gives.
Result<Specialised> specialise(const graph::Graph& graph, OpenDevice& device, Refused refused,
                               const InputsKnown& inputs, FoldedNodes& folded,
                               std::vector<uint32_t>* out_wanted, Where* out_where);

}  // namespace backplane::exec
