// A node's decomposition, put into its graph in the node's place.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "ops/decomposition.hpp"

namespace backplane::exec {

class Expansion {
 public:
  // Adds the constants of `parts` to `graph`, which outlives this. Types and constants of what the
  // node reads are known.
  Expansion(graph::Graph& graph, graph::NodeId node, ops::Parts parts);

  // Adds the next part, mostly one node, and says which; none when there are no more. The types of
  // what it makes have to be set before the next call, which may hang on them.
  Result<std::vector<graph::NodeId>> add_next();

 private:
  graph::ValueId find(const std::string& name) const;  // BP_NONE: absent
  Result<graph::NodeId> add(ops::Draft draft);
  graph::ValueId add_constant(const ops::ConstantPtr& constant);
  std::string fresh_name(const std::string& name) const;

  graph::Graph& graph_;
  const graph::NodeId node_;
  const ops::Parts parts_;
  size_t next_ = 0;
  std::map<std::string, graph::ValueId> values_;  // by the names that the parts give them
};

// What to run in place of a node that the device refused with `refusal`: these words stand first in
// the failure of a node that has no decomposition, or none of this form.
Result<ops::Parts> parts_of(const graph::Graph& graph, graph::NodeId id, const Status& refusal);

}  // namespace backplane::exec
