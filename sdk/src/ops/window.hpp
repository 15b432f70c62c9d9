// A window that slides over the spatial axes of an image, for convolution and pooling: how often it
// fits, and what its attributes are when the model leaves them out.
#pragma once

#include "ops/inference.hpp"

namespace backplane::ops {

constexpr size_t kSpatial = 2;  // where spatial axes begin: behind batch and channels

struct Window {
  std::vector<int64_t> kernel;  // one value a spatial axis, as the others; may be unknown
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> pads;  // all at the beginning, then all at the end
  std::string auto_pad;
  bool rounds_up = false;  // ceil_mode
};

// From the node's attributes, with `kernel` for its kernel_shape. INVALID_ARGUMENT: a list of the
// wrong length or with a value out of range, an unknown auto_pad, or pads beside an auto_pad.
Result<Window> read_window(const Inference& node, std::vector<int64_t> kernel);

// How many places it has along spatial axis `axis` of `size`. INVALID_ARGUMENT: it does not fit.
Result<int64_t> places(const Window& window, size_t axis, int64_t size);
// `sizes` of all spatial axes.
Result<Shape> places(const Window& window, const Shape& sizes);

// "NOTSET", "SAME_UPPER", "SAME_LOWER" or "VALID".
bool is_auto_pad(const std::string& auto_pad);

// The spatial sizes of the filters, which are input number `filters`, and which kernel_shape only
// repeats. INVALID_ARGUMENT: it says something else.
Result<std::vector<int64_t>> kernel_of_filters(const Inference& node, uint32_t filters);

// Adds the attributes pads, strides and, where `has_dilations`, dilations when they are missing.
void complete_window(Operator& op, size_t spatial_rank, bool has_dilations);
// The same for an operator with filters: kernel_shape from their type when it is known.
Status complete_filters(Draft& draft, const Values& values, uint32_t filters);

}  // namespace backplane::ops
