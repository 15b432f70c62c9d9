// Floating-point numbers as integers, for every value: truncated, held inside the type's range, and
// NaN is 0. What C++ and processors leave undefined, and ONNX open.
#pragma once

#include <limits>
#include <type_traits>

#include "levels.hpp"

namespace backplane::cpu {

template <class Integer, class Float>
BACKPLANE_CPU_INLINE Integer saturate(Float value) {
  static_assert(std::is_integral_v<Integer> && std::is_floating_point_v<Float>);
  using Limits = std::numeric_limits<Integer>;
  // Both are powers of two, so exact in any Float; the largest integer itself may not be.
  constexpr Float kLowest = static_cast<Float>(Limits::min());
  constexpr Integer kHalf = Limits::max() / 2 + 1;
  constexpr Float kAbove = static_cast<Float>(kHalf) * 2;
  if (!(value > kLowest)) return value == value ? Limits::min() : Integer{0};
  return value < kAbove ? static_cast<Integer>(value) : Limits::max();
}

}  // namespace backplane::cpu
