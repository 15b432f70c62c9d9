// Between floating point and 8-bit integers: QuantizeLinear, DequantizeLinear,
// DynamicQuantizeLinear; and CastLike, whose type is another input's.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

constexpr Dtypes kByte = set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8});
constexpr Dtypes kFloat32 = set_of({BP_DTYPE_FLOAT32});
constexpr Dtypes kInt32 = set_of({BP_DTYPE_INT32});

// A scale and a zero point for all elements, or a vector of them for the slices along `axis`.
Status check_scale(const Inference& node, uint32_t input) {
  if (!node.has_input(input) || node.rank(input) == 0) return {};
  const Result<int64_t> length = node.length(input);
  if (!length.ok()) return length.status();
  if (*length == 1 || is_unknown(*length)) return {};
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  return same_size(*length, node.input(0).shape[*axis])
      .status()
      .in(fmt::format("input {} and axis {}", input, *axis));
}

Status infer_linear(Inference& node) {
  for (uint32_t input : {1u, 2u}) {
    Status status = check_scale(node, input);
    if (!status.ok()) return status;
  }
  return node.set_shape(0, node.shape(0));
}

Status infer_quantize(Inference& node) {
  if (!node.has_input(2)) node.set_dtype(0, BP_DTYPE_UINT8);
  return infer_linear(node);
}

Status infer_dynamic_quantize(Inference& node) {
  for (const Status& status :
       {node.set_shape(0, node.shape(0)), node.set_shape(1, {}), node.set_shape(2, {})})
    if (!status.ok()) return status;
  return {};
}

}  // namespace

void define_quantize(Definitions& definitions) {
  definitions.add("QuantizeLinear", {10, 13})
      .input("x", 0, kFloat32 | kInt32)
      .input("y_scale", 0, kFloat32)
      .input("y_zero_point", 'Z', kByte, Presence::kOptional)
      .output("y", 'Z')
      .attribute(int_attribute("axis", 1), from(13))
      .attribute("saturate", BP_ATTRIBUTE_INT, Presence::kDead,
                 from(19))  // of 8-bit floating point
      .widened_in(19)
      .changed_in(21)
      .infers(infer_quantize);
  definitions.add("DequantizeLinear", {10, 13})
      .input("x", 'T', kByte | kInt32)
      .input("x_scale", 0, kFloat32)
      .input("x_zero_point", 'T', kByte | kInt32, Presence::kOptional)
      .output("y", 0, kFloat32)
      .attribute(int_attribute("axis", 1), from(13))
      .widened_in(19)
      .changed_in(21)
      .infers(infer_linear);
  definitions.add("DynamicQuantizeLinear", {11})
      .input("x", 0, kFloat32)
      .output("y", 0, set_of({BP_DTYPE_UINT8}))
      .output("y_scale", 0, kFloat32)
      .output("y_zero_point", 0, set_of({BP_DTYPE_UINT8}))
      .infers(infer_dynamic_quantize);
  definitions.add("CastLike", {15})
      .input("input", 0, kAny)
      .input("target_type", 'T', kAny)
      .output("output", 'T')
      .attribute("saturate", BP_ATTRIBUTE_INT, Presence::kDead,
                 from(19))  // of 8-bit floating point
      .attribute("round_mode", BP_ATTRIBUTE_STRING, Presence::kDead, from(24))
      .widened_in(19)
      .infers(infer_same_shape);
}

}  // namespace backplane::ops
