// Nodes and constants that come from outside, as the C API hands them over. Nothing of them is
// believed.
#pragma once

#include "ops/node.hpp"

namespace backplane::graph {

// INVALID_ARGUMENT, naming the field, when the node cannot be read: pointers that are NULL, ranks
// above BP_MAX_RANK, attributes without data. Whether it fits its definition is for ops to say.
Status check_node(const bp_node_t& node);

// Of a checked node.
ops::Operator operator_from(const bp_node_t& node);
std::vector<bp_tensor_type_t> inputs_of(const bp_node_t& node);

// A constant with its own copy of the bytes. A caller's id stays one: equal ids are equal bytes.
Result<ops::ConstantPtr> constant_from(const bp_constant_t& constant);
// One that keeps `data` alive instead.
Result<ops::ConstantPtr> constant_over(const bp_constant_t& constant,
                                       std::shared_ptr<const void> data);

}  // namespace backplane::graph
