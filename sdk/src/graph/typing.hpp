// Types of a graph's values, from its inputs and constants onwards.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "ops/table.hpp"

namespace backplane::graph {

// Of a node's inputs and outputs in its order; an absent one has dtype 0 and no constant.
std::vector<bp_tensor_type_t> types_of(const Graph& graph, const std::vector<ValueId>& values);
std::vector<ops::ConstantPtr> constants_of(const Graph& graph, const std::vector<ValueId>& values);

// What ops::infer says of a node's outputs, with every constant that is known; its failures too. Of
// a node with bodies, what infer_control() says; of an operator of a plugin's own (it has a domain)
// what its outputs are by now.
Result<std::vector<bp_tensor_type_t>> infer_outputs(const Graph& graph, const Node& node);

// Does the data decide sizes of what the node gives? The most that they can be; see
// ops::infer_bounds.
bool is_sized_by_data(const Node& node);
Result<std::vector<bp_tensor_type_t>> infer_bounds(const Graph& graph, const Node& node);

// What is known of values by names of somebody's own: `find` says which value a name is, BP_NONE
// for none. For normalise(); both outlive what is returned.
ops::Values known_values(const Graph& graph, std::function<ValueId(const std::string&)> find);

// The value that a node's only output always has: of Constant its attribute, of Shape the sizes
// when all are known. nullptr: not known beforehand.
ops::ConstantPtr known_output(const Graph& graph, const Node& node);

// Two types say the same as far as both are known: a size that is unknown agrees with every other.
bool agree(const bp_tensor_type_t& a, const bp_tensor_type_t& b);

// 'MatMul "layer1/fc"', or 'node 3 (MatMul)' when the model gives it no name.
std::string node_text(const Graph& graph, NodeId id);
// The same without a number, for what has none in the model.
std::string named_text(const ops::Operator& op);

}  // namespace backplane::graph
