// From real numbers to the integers of 8 bits that stand for them.
#pragma once

#include <cmath>

#include "compare/format.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {

// saturate(round(x) + zero point), where |computed x - x| <= error: each integer that such an x
// gives is accepted. x itself is what the arithmetic of the definition gives when it rounds.
inline Bounded quantized(bp_dtype_t dtype, const Bounded& x, double error, const Bounded& zero) {
  if (is_nan(x)) return with_freedom(Bounded(0), kAnything);  // a NaN has no integer
  const Range range = range_of(dtype);
  const auto held = [&](Exact number) {
    return std::min(std::max(rounded_to_even(number) + zero.value, range.lowest), range.highest);
  };
  const Exact most = static_cast<Exact>(error);
  const Exact value = held(x.value);
  const Exact low = held(x.value - most);
  const Exact high = held(x.value + most);
  Freedom freedom = 0;
  if (low < value) freedom |= value - low > 1 ? kAnything : kOneLess;
  if (high > value) freedom |= high - value > 1 ? kAnything : kOneMore;
  return with_freedom(Bounded(value), freedom);
}

inline Emulated quantized(bp_dtype_t dtype, Emulated x, double, Emulated zero) {
  if (is_nan(x)) return 0;
  const double whole =
      slips(Slip::kRoundsHalfUp) ? std::floor(x.value + 0.5) : std::nearbyint(x.value);
  const auto lowest = static_cast<double>(range_of(dtype).lowest);
  const auto highest = static_cast<double>(range_of(dtype).highest);
  const double number = whole + zero.value;
  if (slips(Slip::kWraps) && std::isfinite(number))
    return number - 256 * std::floor((number - lowest) / 256);
  return std::min(std::max(number, lowest), highest);
}

// The error of float32 that `count` operations in a row may have made in x, whatever the integers
// before them were summed in.
inline double error_of_operations(const Exact& x, double count) {
  const double fast = arithmetic().division_spacings * static_cast<double>(spacing(kFloat32, x));
  return count * 0x1p-24 * static_cast<double>(absolute(x)) + fast;
}

template <class S>
bool is_float32(const S& x) {
  return rounded(kFloat32, exact(x)) == exact(x);
}

// A sum of products of two quantized tensors as a number of a third. The product of the scales,
// their quotient, the sum as a float32 and its product: 4 operations.
template <class S>
S requantized(bp_dtype_t dtype, const S& sum, const S& a_scale, const S& b_scale, const S& y_scale,
              const S& y_zero) {
  const S scales = a_scale * b_scale;
  const S factor = scales / y_scale;
  const S x = sum * factor;
  const bool is_exact = is_float32(scales) && is_float32(factor) && is_float32(x);
  return quantized(dtype, x, is_exact ? 0 : error_of_operations(exact(x), 4), y_zero);
}

}  // namespace backplane::conformance
