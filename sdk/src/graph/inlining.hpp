// A body's nodes, put into a graph.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace backplane::graph {

using Scope = std::map<std::string, ValueId>;  // what a body's names stand for

// Of a node with bodies: what these read of the graph around.
Scope captured_scope(const Node& node);
// Its inputs without those.
std::vector<ValueId> own_inputs(const Node& node);

// Adds the body's constants to the graph, and to the scope: once for all trips.
void add_constants(Graph& graph, const Body& body, Scope* scope);

class Inlining {
 public:
  // `scope`: the body's inputs, its constants, and what it captures. Of the nodes only those are
  // added that the outputs named in `wanted` need. Graph and body outlive this.
  Inlining(Graph& graph, const Body& body, uint32_t opset, Scope scope,
           const std::vector<std::string>& wanted);

  // Adds the next node, mostly as one, and says which; none when there are no more. The types of
  // what it makes have to be set before the next call. NOT_READY: an input's type is not known.
  Result<std::vector<NodeId>> add_next();

  ValueId output(size_t index) const { return find(body_.outputs[index]); }  // BP_NONE: not wanted

 private:
  void mark_needed(const std::vector<std::string>& wanted);
  ValueId find(const std::string& name) const;  // BP_NONE: absent
  Result<std::vector<NodeId>> add(const BodyNode& node);
  Result<NodeId> add_control(const BodyNode& node);
  Result<NodeId> add_part(ops::Draft part, const ops::Draft& whole);
  Result<std::vector<ValueId>> find_all(const std::vector<std::string>& names) const;
  std::vector<std::string> fresh_names(const std::vector<std::string>& names) const;

  Graph& graph_;
  const Body& body_;
  const uint32_t opset_;
  Scope scope_;
  Scope own_;  // of the node being added: what only its normal form names
  std::vector<bool> is_needed_;
  size_t next_ = 0;
};

}  // namespace backplane::graph
