// One pass over a graph, all of it or nothing. [BP-HOST-13]
#pragma once

#include <functional>
#include <vector>

#include "pass/edited_graph.hpp"

namespace backplane::pass {

// `view` is for those who know the graph as a bp_graph_t alone.
using Body = std::function<Status(EditedGraph* edited, const bp_graph_view_t* view)>;

struct Change {
  graph::Graph graph;  // compact and verified; ids are new
  // Per node of it: the nodes of the graph before that it stands for, in their order. One that the
  // pass left alone stands for itself.
  std::vector<std::vector<graph::NodeId>> origins;
  uint32_t added = 0;  // nodes
  uint32_t removed = 0;
  uint32_t replaced = 0;  // values
  bool is_none() const { return added == 0 && removed == 0 && replaced == 0; }
};

// Runs `body` on a copy of `graph`. Its failure, and whatever is wrong with the graph that its
// edits made (a cycle, another type at the graph's edges, a node that breaks its definition or that
// the owner does not support), is returned in words.
Result<Change> transact(const graph::Graph& graph, const Owner& owner, const Body& body);

}  // namespace backplane::pass
