// The host's graph: nodes, values, constants; one producer per value.
#pragma once

#include <backplane/graph.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/body.hpp"
#include "ops/node.hpp"

namespace backplane::graph {

using ValueId = bp_value_id_t;
using NodeId = bp_node_id_t;

struct Value {
  std::string name;
  bp_tensor_type_t type = {};     // dtype 0 until it is known
  ops::ConstantPtr constant;      // nullptr unless it never changes
  NodeId producer = BP_NONE;      // BP_NONE for a graph input or constant
  std::vector<NodeId> consumers;  // once for each use
  bool is_input = false;
  bool is_output = false;
  // The type is the model's own word, because nothing can be inferred before the inputs' values are
  // known. Whoever runs the node infers again with those values, and believes that instead.
  bool is_declared = false;
  ValueId stand_in = BP_NONE;  // see Graph::stand_in()
};

struct Node {
  ops::Operator op;
  std::vector<ValueId> inputs;   // BP_NONE: absent
  std::vector<ValueId> outputs;  // BP_NONE: nobody wants it
  // Of If, Loop and Scan, else nullptr. What the bodies read of this graph, Bodies::captured, are
  // the last of `inputs`.
  BodiesPtr bodies = nullptr;

  bool is_removed() const { return op.op.empty(); }  // see Graph::remove_node
};

class Graph {
 public:
  // Names are unique and not empty; "" gets a fresh one. BP_NONE: the name is taken (or, for a
  // constant, there is none).
  ValueId add_input(const std::string& name, const bp_tensor_type_t& type);
  ValueId add_constant(const std::string& name, ops::ConstantPtr constant);
  // Adds a node whose `outputs` are fresh values of the names given ("" is absent). `inputs` must
  // exist already, so nodes are always in topological order. INVALID_ARGUMENT: an id that is not
  // there, or a name that is.
  Result<NodeId> add_node(ops::Operator op, std::vector<ValueId> inputs,
                          const std::vector<std::string>& output_names, BodiesPtr bodies = nullptr);
  // From now on output `index` of `node`, absent until now, is `value`, which whoever made it
  // before no longer makes. A value may then be made by a node that stands after its consumers in
  // nodes(): who replaces nodes like this keeps an order of its own.
  void take_over(NodeId node, uint32_t index, ValueId value);
  // Every consumer of `old_value` but the node that makes `new_value` reads the new one instead,
  // and where the old one was a graph output the new one is, under the old name. Both exist. Nodes
  // may then stand before what they read: compact() puts them in order again.
  void replace_value(ValueId old_value, ValueId new_value);
  // Leaves a gap under the node's id, without operator, inputs and outputs, which compact() closes.
  // Nothing uses the node's outputs.
  void remove_node(NodeId node);
  // replace_value(), and what is added later finds the new value with current().
  void stand_in(ValueId old_value, ValueId new_value);
  ValueId current(ValueId value) const;  // the value itself, or what stands in for it
  // "" is the value's own name. INVALID_ARGUMENT: an id that is not there, or a second output of
  // the name. One value may be several outputs, and an input may be one.
  Status add_output(ValueId value, const std::string& name);

  const std::vector<Node>& nodes() const { return nodes_; }  // topological, but for take_over()
  const Node& node(NodeId id) const { return nodes_[id]; }
  const std::vector<Value>& values() const { return values_; }
  const Value& value(ValueId id) const { return values_[id]; }
  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<ValueId>& outputs() const { return outputs_; }
  const std::string& output_name(size_t index) const { return output_names_[index]; }
  ValueId find(const std::string& name) const;  // BP_NONE: not there

  void set_type(ValueId value, const bp_tensor_type_t& type) { values_[value].type = type; }
  // A type that cannot be inferred yet; see Value::is_declared.
  void set_declared_type(ValueId value, const bp_tensor_type_t& type);
  // What a node computes is known beforehand: Constant, or Shape of known sizes.
  void set_constant(ValueId value, ops::ConstantPtr constant);

  // A negative size for a dimension's name ("batch"), the same for the same name; "" gets -1.
  int64_t unknown_size(const std::string& dimension_name);
  const std::map<std::string, int64_t>& dimension_names() const { return dimension_names_; }

 private:
  friend class Surgeon;  // verify_test.cpp: breaks graphs on purpose

  ValueId add_value(const std::string& name);
  std::string fresh_name() const;
  Status check_node(const std::vector<ValueId>& inputs,
                    const std::vector<std::string>& output_names) const;

  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<std::string> output_names_;
  std::set<std::string> output_names_taken_;
  std::map<std::string, ValueId> by_name_;
  std::map<std::string, int64_t> dimension_names_;
};

// Per node: does an output hang on it?
std::vector<bool> needed_nodes(const Graph& graph);

}  // namespace backplane::graph
