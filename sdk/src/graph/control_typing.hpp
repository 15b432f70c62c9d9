// Output types of If, Loop and Scan, by trying their bodies on a graph that is thrown away.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace backplane::graph {

struct Known {
  bp_tensor_type_t type = {};
  ops::ConstantPtr constant;  // nullptr: not known
};
using KnownValues = std::map<std::string, Known>;

Known known_value(const Graph& graph, ValueId id);
// What a node's bodies read of the graph around.
KnownValues captured_values(const Graph& graph, const Node& node);

// Types of a body's outputs, from those of its inputs and of what it captures. NOT_READY: they hang
// on values.
Result<std::vector<bp_tensor_type_t>> infer_body(const Body& body, uint32_t opset,
                                                 const KnownValues& values);

// Of a node with bodies what ops::infer says of others. A size that differs between branches, or
// from trip to trip, is unknown; a rank that does is NOT_READY.
Result<std::vector<bp_tensor_type_t>> infer_control(const Graph& graph, const Node& node);

// INVALID_ARGUMENT unless it can be one element of `dtype`; `what` is for the text.
Status check_single(const bp_tensor_type_t& type, bp_dtype_t dtype, const char* what);
// Of a constant that passes.
bool flag_in(const ops::Constant& constant);
int64_t count_in(const ops::Constant& constant);

}  // namespace backplane::graph
