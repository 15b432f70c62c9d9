// Elementwise nodes that become a part of another, and what they compute together.
#pragma once

#include <backplane/plugin/graph.hpp>
#include <vector>

#include "../device.hpp"
#include "../kernels/expression.hpp"

namespace backplane::opencl {

// How many operations of an expression a node is; 0: it cannot be said in one.
uint32_t operations_of(const bp_node_t& node);

bool is_same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b);

// Can this node be a part of one that makes a tensor of this type, as far as that hangs on the node
// and not on what its inputs are? nullptr cannot.
bool is_fusible(const Device& device, const bp_node_t* node, const bp_tensor_type_t& type);

// The place of `value` in `inputs`, which it is added to if need be.
uint32_t place_in(std::vector<bp_value_id_t>& inputs, bp_value_id_t value);

// What `nodes` compute that end in `root`. Its inputs get their places in `inputs` in the order of
// first use, behind those already there.
Expression write_expression(const plugin::Graph& graph, const std::vector<bp_node_id_t>& nodes,
                            bp_node_id_t root, std::vector<bp_value_id_t>& inputs);

}  // namespace backplane::opencl
