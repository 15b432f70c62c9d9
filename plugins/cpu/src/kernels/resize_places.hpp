// Resize: which elements of an axis make an element of the resized axis, and how much of each.
#pragma once

#include <cstdint>

#include "../kernel.hpp"

namespace backplane::cpu {

enum class ResizeMode { kNearest, kLinear, kCubic };
enum class Coordinates {
  kHalfPixel,
  kPytorchHalfPixel,
  kTfHalfPixelForNn,
  kAlignCorners,
  kAsymmetric,
  kTfCropAndResize
};
enum class Nearest { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };

// The attributes, checked.
struct ResizeNode {
  ResizeMode mode = ResizeMode::kNearest;
  Coordinates coordinates = Coordinates::kHalfPixel;
  Nearest nearest = Nearest::kRoundPreferFloor;
  double cubic_a = -0.75;
  float extrapolation = 0;
  bool excludes_outside = false;
};

ResizeNode read_resize(const Node& node);  // refuses words that it does not know

// One axis of one launch.
struct ResizeAxis {
  int64_t from;
  int64_t to;
  double scale;
  double length;  // of the resized axis: from * scale, which need not be whole
  double start;   // of the region, in parts of the axis
  double end;
};

// What an element is made of: those of `weights` that are not 0 come first.
struct ResizePlace {
  static constexpr int32_t kOutside = -1;  // as count: the extrapolation value
  int32_t count;
  int64_t indices[4];
  double weights[4];
};

ResizePlace resize_place(const ResizeNode& node, const ResizeAxis& axis, int64_t element);

}  // namespace backplane::cpu
