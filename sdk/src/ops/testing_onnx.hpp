// For tests only: libonnx's own messages into the host's words.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <optional>

#include "ops/table.hpp"

namespace backplane::ops::testing {

// Nothing: an attribute or type that the ABI has no words for (graphs, strings, sequences ...).
std::optional<Draft> draft_from(const onnx::NodeProto& node);
std::optional<bp_tensor_type_t> type_from(const onnx::TypeProto& type);
ConstantPtr constant_from(const onnx::TensorProto& tensor);  // nullptr: strings, complex numbers

// The model or tensor in a file; a message without fields when it cannot be read.
onnx::ModelProto read_model(const std::filesystem::path& path);
onnx::TensorProto read_tensor(const std::filesystem::path& path);

// Version of the standard domain.
uint32_t opset_of(const onnx::ModelProto& model);

}  // namespace backplane::ops::testing
