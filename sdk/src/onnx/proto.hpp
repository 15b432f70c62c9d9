// Bytes to the format's messages; nothing outside this folder sees these.
#pragma once

#include <onnx_format.pb.h>

#include <cstdint>

#include "support/status.hpp"

namespace backplane::onnx {

namespace format = backplane::onnx_format;

// CORRUPT when the bytes are not one whole message of its kind: cut short, nested too deep, larger
// than the format allows (2 GiB), or something else altogether.
Status parse(const void* bytes, uint64_t size, format::ModelProto* message);
Status parse(const void* bytes, uint64_t size, format::TensorProto* message);

}  // namespace backplane::onnx
