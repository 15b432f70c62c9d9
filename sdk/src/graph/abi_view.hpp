// A graph as the ABI shows it: the object behind bp_graph_t, and the table to read it with.
#pragma once

#include <backplane/graph.h>

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "graph/graph.hpp"

// What a bp_graph_t is. Whoever hands one out owns it, and may derive from it to keep more.
// `graph` is edited by its owner alone; what was read through the view before stays valid as long
// as this object, and says what was true when it was asked for.
struct bp_graph {
  bp_graph();
  explicit bp_graph(backplane::graph::Graph contents);
  ~bp_graph();
  bp_graph(const bp_graph&) = delete;
  bp_graph& operator=(const bp_graph&) = delete;

  const bp_node_t* node(bp_node_id_t id) const;          // nullptr: not there
  const bp_value_info_t* value(bp_value_id_t id) const;  // nullptr: not there

  backplane::graph::Graph graph;

 private:
  struct NodeEntry;
  struct ValueEntry;

  mutable std::mutex mutex_;  // readers on several threads, once the graph is constant
  mutable std::deque<std::unique_ptr<NodeEntry>> node_entries_;  // all ever given out
  mutable std::deque<std::unique_ptr<ValueEntry>> value_entries_;
  mutable std::vector<NodeEntry*> newest_node_;  // by id
  mutable std::vector<ValueEntry*> newest_value_;
};

namespace backplane::graph {

// For reading: ids out of range get BP_NONE, 0 or NULL. add_node, add_constant, replace_value and
// remove_node return UNSUPPORTED and do nothing: they are for passes (pass/edited_graph.hpp).
const bp_graph_view_t* abi_view();

}  // namespace backplane::graph
