// AttributeProto to Attribute.
#pragma once

#include <vector>

#include "onnx/external.hpp"
#include "onnx/proto.hpp"
#include "ops/node.hpp"

namespace backplane::onnx {

// All of a node's. CORRUPT: no name or type, two of one name, values that its type does not have;
// UNSUPPORTED: a body (control flow), a type, a string tensor, a sparse tensor, a list of tensors.
Result<std::vector<ops::Attribute>> to_attributes(format::NodeProto* node, ExternalFiles* files);

}  // namespace backplane::onnx
