// NodeProto to nodes of a graph: brought into the newest form, with types inferred.
#pragma once

#include <map>
#include <set>
#include <string>

#include "graph/graph.hpp"
#include "onnx/declared.hpp"
#include "onnx/external.hpp"
#include "onnx/proto.hpp"
#include "ops/table.hpp"

namespace backplane::onnx {

class NodeReader {
 public:
  // All of these outlive the reader. The graph already has its inputs and initializers.
  NodeReader(const format::GraphProto& proto, uint32_t opset, const Declarations* declarations,
             ExternalFiles* files, graph::Graph* graph);

  // Adds what a node of the model becomes: itself, or the few nodes of its normal form. The text of
  // a failure names the node. Takes the node's tensors away.
  Status add(format::NodeProto* node, int position);

 private:
  Status add_unnamed(format::NodeProto* node);
  Status add_control(format::NodeProto* node, const graph::ControlForm& form);
  Status check_values(const format::NodeProto& node) const;
  ops::Values lookup() const;

  std::string own_name(const std::string& name) const;
  Status add_own_constant(const std::string& name, ops::ConstantPtr constant);
  Status add_part(ops::Draft part, const ops::Draft& whole);
  Result<std::vector<graph::ValueId>> find_all(const std::vector<std::string>& names) const;

  Status infer(graph::NodeId id);
  Status use_declared(const graph::Node& node, const Status& reason);

  uint32_t opset_;
  const Declarations* declarations_;
  ExternalFiles* files_;
  graph::Graph* graph_;
  std::set<std::string> made_;                        // what any node of the model makes
  std::map<std::string, graph::ValueId> own_values_;  // of the node being added, by draft's name
};

}  // namespace backplane::onnx
