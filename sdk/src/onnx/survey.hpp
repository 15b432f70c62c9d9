// What can be said of a model before any value of it is read: what it imports, and whether it holds
// something that this host does not do at all.
#pragma once

#include <string>

#include "graph/body.hpp"
#include "onnx/proto.hpp"

namespace backplane::onnx {

bool is_standard_domain(const std::string& domain);
// "MatMul", or "com.acme.Fused" outside the standard domain.
std::string operator_name(const format::NodeProto& node);
// 'node "fc"', or 'node 3' when it has no name.
std::string node_text(const format::NodeProto& node, int position);

// nullptr: an operator without bodies.
const graph::ControlForm* control_of(const format::NodeProto& node);

// The version of ai.onnx that a model asks for: 0 when it asks for none, which only a model without
// standard operators may. CORRUPT: no IR version, nothing imported, two versions at once.
Result<uint32_t> opset_of(const format::ModelProto& model);

// UNSUPPORTED: a newer format, functions, sparse weights.
Status check_model(const format::ModelProto& model);

// With those of bodies. CORRUPT: a nameless operator, a name that is not UTF-8. UNSUPPORTED: a body
// where none is read, one too deep in others, or operators that nobody knows, all of them named at
// once.
Status check_nodes(const format::GraphProto& graph, uint32_t opset, bool reads_bodies);

}  // namespace backplane::onnx
