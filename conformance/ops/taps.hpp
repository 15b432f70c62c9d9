// How much elements around a position count, in Resize and GridSample.
#pragma once

#include "ops/emulated.hpp"

namespace backplane::conformance {

// Of taps at a distance from the position; see Keys, cubic convolution interpolation.
template <class S>
S cubic_weight(double a, const S& distance) {
  const S x = distance < S(0) ? -distance : distance;
  if (!(S(1) < x)) return (S(a + 2) * x - S(a + 3)) * x * x + S(1);
  if (!(x < S(2))) return S(0);
  return ((S(a) * x - S(5 * a)) * x + S(8 * a)) * x - S(4 * a);
}

template <class S>
S linear_weight(const S& distance) {
  const S x = distance < S(0) ? -distance : distance;
  return x < S(1) ? S(1) - x : S(0);
}

}  // namespace backplane::conformance
