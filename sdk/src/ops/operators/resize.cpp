// Resize.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

enum ResizeInput : uint32_t { kImage, kRegion, kScales, kSizes };

// In version 11 what was not wanted had to be given, without elements.
bool is_given(const Inference& node, uint32_t input) {
  return node.has_input(input) && !(node.rank(input) == 1 && node.input(input).shape[0] == 0);
}

// Given, and not of a length that may turn out to be 0.
bool is_surely_given(const Inference& node, uint32_t input) {
  return is_given(node, input) && !has_unknown_size(node.input(input));
}

Status check_length(const Inference& node, uint32_t input, size_t wanted) {
  if (!is_given(node, input)) return {};
  const Result<int64_t> length = node.length(input);
  if (!length.ok()) return length.status();
  if (same_size(*length, static_cast<int64_t>(wanted)).ok()) return {};
  return invalid_argument(
      fmt::format("input {} has {} elements, wanted {}", input, *length, wanted));
}

Status check_inputs(const Inference& node) {
  if (is_surely_given(node, kScales) && is_surely_given(node, kSizes))
    return invalid_argument("scales and sizes exclude each other");
  if (!is_given(node, kScales) && !is_given(node, kSizes))
    return invalid_argument("neither scales nor sizes");
  for (const Status& status : {check_length(node, kScales, node.rank(kImage)),
                               check_length(node, kSizes, node.rank(kImage)),
                               check_length(node, kRegion, 2 * node.rank(kImage))})
    if (!status.ok()) return status;
  return {};
}

// floor(size * scale), in the scale's own precision.
Result<int64_t> scaled(int64_t size, float scale) {
  if (!(scale > 0)) return invalid_argument(fmt::format("a scale of {}", scale));
  if (is_unknown(size)) return scale == 1.0f ? size : kUnknown;
  const float result = std::floor(static_cast<float>(size) * scale);
  constexpr float kMost = 9.0e18f;
  if (result < kMost) return static_cast<int64_t>(result);
  return invalid_argument(fmt::format("size {} times {} is beyond 2^63 - 1", size, scale));
}

Status set_scaled(Inference& node) {
  Shape shape = node.shape(kImage);
  const bp_constant_t* const scales = node.constant(kScales);
  const bool is_cropped = node.text("coordinate_transformation_mode") == "tf_crop_and_resize";
  if (scales == nullptr || is_cropped)  // what is cropped says the region's value
    return node.set_shape(0, Shape(shape.size(), kUnknown));
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    float scale = 0;
    std::memcpy(&scale, static_cast<const float*>(scales->data) + axis, sizeof(scale));
    const Result<int64_t> size = scaled(shape[axis], scale);
    if (!size.ok()) return size.status();
    shape[axis] = *size;
  }
  return node.set_shape(0, shape);
}

Status infer_resize(Inference& node) {
  Status status = check_inputs(node);
  if (!status.ok()) return status;
  if (is_given(node, kScales) && !is_surely_given(node, kSizes)) return set_scaled(node);
  if (!node.is_constant(kSizes)) return node.set_shape(0, Shape(node.rank(kImage), kUnknown));
  const Result<std::vector<int64_t>> sizes = node.values(kSizes);
  if (!sizes.ok()) return sizes.status();
  for (const int64_t size : *sizes)
    if (size < 0) return invalid_argument(fmt::format("a size of {}", size));
  return node.set_shape(0, *sizes);
}

Status upgrade_resize(Rewrite& rewrite) {
  return rewrite.refuse("nothing says how places are mapped");
}

}  // namespace

void define_resize(Definitions& definitions) {
  definitions.add("Resize", {10, 11, 13})
      .input("X", 'T', kAny)
      .input("scales", 0, set_of({BP_DTYPE_FLOAT32}), Presence::kRequired, before(11))
      .input("roi", 0, kIeee, Presence::kRequired, Versions{11, 13})
      .input("roi", 0, kIeee, Presence::kOptional, from(13))
      .input("scales", 0, set_of({BP_DTYPE_FLOAT32}), Presence::kRequired, Versions{11, 13})
      .input("scales", 0, set_of({BP_DTYPE_FLOAT32}), Presence::kOptional, from(13))
      .input("sizes", 0, kInt64, Presence::kOptional, from(11))
      .output("Y", 'T')
      .attribute(string_attribute("coordinate_transformation_mode", "half_pixel"), from(11))
      .attribute(float_attribute("cubic_coeff_a", -0.75f), from(11))
      .flag("exclude_outside", false, from(11))
      .attribute(float_attribute("extrapolation_value", 0.0f), from(11))
      .attribute(string_attribute("mode", "nearest"))
      .attribute(string_attribute("nearest_mode", "round_prefer_floor"), from(11))
      .changed_in(18)
      .form_since(11, upgrade_resize)
      .infers(infer_resize);
}

}  // namespace backplane::ops
