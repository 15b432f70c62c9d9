#include "onnx/proto.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include <climits>

namespace backplane::onnx {
namespace {

constexpr int kDeepest = 100;  // messages within messages; a body within a body takes three

Status parse_any(const void* bytes, uint64_t size, const char* what,
                 google::protobuf::MessageLite* message) {
  if (size == 0) return corrupt(fmt::format("no {}: it is empty", what));
  if (size > INT_MAX)
    return corrupt(
        fmt::format("no {}: {} bytes, and the format ends at 2 GiB; larger weights go "
                    "into files of their own",
                    what, size));
  google::protobuf::io::CodedInputStream stream(static_cast<const uint8_t*>(bytes),
                                                static_cast<int>(size));
  stream.SetRecursionLimit(kDeepest);
  if (!message->ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return corrupt(
        fmt::format("no {}: the {} bytes are cut short, damaged or of another format", what, size));
  return {};
}

}  // namespace

Status parse(const void* bytes, uint64_t size, format::ModelProto* message) {
  return parse_any(bytes, size, "ONNX model", message);
}

Status parse(const void* bytes, uint64_t size, format::TensorProto* message) {
  return parse_any(bytes, size, "ONNX tensor", message);
}

}  // namespace backplane::onnx
