// ModelProto to Summary.
#pragma once

#include "onnx/proto.hpp"
#include "onnx/reader.hpp"

namespace backplane::onnx {

Result<Summary> to_summary(const format::ModelProto& model);

}  // namespace backplane::onnx
