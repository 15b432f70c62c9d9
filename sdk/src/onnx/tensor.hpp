// TensorProto to Constant: every dtype of tensor.h, in each of the ways the format can hold it.
#pragma once

#include "onnx/external.hpp"
#include "onnx/proto.hpp"
#include "ops/node.hpp"

namespace backplane::onnx {

// The element type `value` of the format as the ABI has it. CORRUPT: none; UNSUPPORTED: a string,
// or one that tensor.h does not know.
Result<bp_dtype_t> to_dtype(int32_t value);

// Takes the message's raw bytes away instead of copying them. The number of bytes is checked
// against the shape before anything is allocated.
Result<ops::ConstantPtr> to_constant(format::TensorProto* tensor, ExternalFiles* files);

}  // namespace backplane::onnx
