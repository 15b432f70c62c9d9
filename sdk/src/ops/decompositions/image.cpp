// Resize by whole factors as copies of rows and columns; EyeLike, which its sizes alone decide.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/decompositions/shared.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

using Text = std::string;

// Where along an axis of `from` elements the element `i` of `to` lies; NaN: not known here.
double place_of(const Text& mode, int64_t i, int64_t from, int64_t to) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const auto at = static_cast<double>(i);
  if (mode == "asymmetric") return at * step;
  if (mode == "pytorch_half_pixel" && to == 1) return 0;
  if (mode == "half_pixel" || mode == "pytorch_half_pixel") return (at + 0.5) * step - 0.5;
  if (mode != "align_corners") return NAN;
  return to == 1 ? 0 : at * static_cast<double>(from - 1) / static_cast<double>(to - 1);
}

double nearest(const Text& mode, double place) {
  if (mode == "round_prefer_floor") return std::ceil(place - 0.5);
  if (mode == "round_prefer_ceil") return std::floor(place + 0.5);
  return mode == "floor" ? std::floor(place) : mode == "ceil" ? std::ceil(place) : NAN;
}

// Does each element come `to / from` times in a row?
bool is_repeated(const Inference& node, int64_t from, int64_t to) {
  if (to % from != 0) return false;
  const Text mapping = node.text("coordinate_transformation_mode");
  for (int64_t i = 0; i < to; ++i) {
    const double place = nearest(node.text("nearest_mode"), place_of(mapping, i, from, to));
    const double held = std::min(std::max(place, 0.0), static_cast<double>(from - 1));
    const int64_t wanted = i / (to / from);
    if (std::isnan(place) || held != static_cast<double>(wanted)) return false;
  }
  return true;
}

// A scale that is no whole number maps places otherwise than the sizes say.
bool is_scale(const Inference& node, size_t axis, int64_t factor) {
  if (!node.has_input(2) || node.input(2).shape[0] == 0) return true;
  if (!node.is_constant(2)) return false;
  float scale = 0;
  std::memcpy(&scale, static_cast<const float*>(node.constant(2)->data) + axis, sizeof scale);
  return scale == static_cast<float>(factor);
}

Status check_resize(const Decomposition& parts, const Shape& from, const Shape& to) {
  const Inference& node = parts.node();
  if (node.text("mode") != "nearest") return parts.refuse("not with mode " + node.text("mode"));
  Status status = not_empty(parts);
  for (size_t axis = 0; status.ok() && axis < from.size(); ++axis)
    if (!is_repeated(node, from[axis], to[axis]) || !is_scale(node, axis, to[axis] / from[axis]))
      status = parts.refuse("not where elements are no copies in a row");
  return status;
}

Status resize(Decomposition& parts) {
  const Shape from = parts.node().shape(0);
  const Shape to = shape_of(parts.output_type(0));
  Status status = check_resize(parts, from, to);
  if (!status.ok()) return status;
  Shape single;  // with an axis of 1 behind each that is repeated
  Shape repeated;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    single.push_back(from[axis]);
    repeated.push_back(from[axis]);
    if (from[axis] == to[axis]) continue;
    single.push_back(1);
    repeated.push_back(to[axis] / from[axis]);
  }
  if (single.size() > BP_MAX_RANK) return parts.refuse("not along so many axes");
  const std::string value = parts.reshape(parts.input(0), single);
  give_reshaped(parts, stretched(parts, value, single, repeated));
  return {};
}

Status eye_like(Decomposition& parts) {
  const bp_dtype_t dtype = parts.output_type(0).dtype;
  const Shape shape = shape_of(parts.output_type(0));
  const uint64_t zero = 0;
  const ConstantPtr blank = filled(dtype, shape, &zero);
  if (blank == nullptr || shape[0] * shape[1] == 0) return parts.refuse("not of this size");
  const uint8_t yes = 1;
  const ConstantPtr scalar = make_scalar(dtype, 1);
  const void* const one = scalar != nullptr ? scalar->bytes() : &yes;
  const size_t step = dtype_bits(dtype) / 8;
  const char* const from = static_cast<const char*>(blank->bytes());
  std::vector<char> bytes(from, from + *byte_size(blank->type));
  const int64_t shift = parts.node().integer("k");
  for (int64_t row = 0; row < shape[0]; ++row)
    if (row + shift >= 0 && row + shift < shape[1])
      std::memcpy(&bytes[static_cast<size_t>(row * shape[1] + row + shift) * step], one, step);
  parts.give(0, parts.constant(make_constant(blank->type, bytes.data())));
  return {};
}

}  // namespace

void decompose_image(Definitions& definitions) {
  definitions.at("Resize").decomposes(resize);
  definitions.at("EyeLike").decomposes(eye_like);
}

}  // namespace backplane::ops
