// exp, sigmoid and tanh for float, without branches or tables, so that loops over them become
// vectors. The coefficients are minimax fits made for this file; the errors stated are those that
// activation_test measures. Subnormal results are kept.
#pragma once

#include <cmath>
#include <cstdint>

#include "../half.hpp"
#include "levels.hpp"

namespace backplane::cpu {

constexpr float kLog2E = 1.44269504f;
// 1.5 * 2^23: adding it rounds to a whole number. And 127: the lowest bits are a float's exponent.
constexpr float kToExponent = 12582912.0f + 127.0f;

// e^r for |r| <= log(2) / 2.
BACKPLANE_CPU_INLINE float near_exp_of(float r) {
  const float tail =
      0.49999994f +
      r * (0.16666520f + r * (0.041668393f + r * (0.0083687808f + r * 0.0013814465f)));
  return 1.0f + (r + r * r * tail);
}

// x without the whole powers of 2 that `power` counts in its exponential.
BACKPLANE_CPU_INLINE float without_powers(float x, float power) {
  constexpr float kLn2High = 0.693359375f;  // 9 bits, so that its products are exact
  constexpr float kLn2Low = -2.12194440e-4f;
  return (x - power * kLn2High) - power * kLn2Low;
}

// 2^power, from what kToExponent was added to; a normal number.
BACKPLANE_CPU_INLINE float power_of_2(uint32_t shifted) { return float_of(shifted << 23); }

// e^x within 1 ulp for x in [-104, 88]; NaN for NaN.
BACKPLANE_CPU_INLINE float exp_of(float x) {
  const float shifted = x * kLog2E + kToExponent;
  const float r = without_powers(x, shifted - kToExponent);
  // Two factors, because neither may be subnormal.
  const int32_t power = static_cast<int32_t>(bits_of(shifted) - bits_of(kToExponent));
  const int32_t half = power >> 1;
  return near_exp_of(r) * power_of_2(static_cast<uint32_t>(half + 127)) *
         power_of_2(static_cast<uint32_t>(power - half + 127));
}

// The same for x in [-kModerate, kModerate].
constexpr float kModerate = 87.0f;
BACKPLANE_CPU_INLINE float moderate_exp_of(float x) {
  const float shifted = x * kLog2E + kToExponent;
  return near_exp_of(without_powers(x, shifted - kToExponent)) * power_of_2(bits_of(shifted));
}

// 1 / (1 + e^-x) within 2.5 ulp; from the side on which the exponential cannot overflow.
BACKPLANE_CPU_INLINE float sigmoid_of(float x) {
  const float magnitude = std::fabs(x);
  const float small = exp_of(magnitude > 104.0f ? -104.0f : -magnitude);
  return (x < 0.0f ? small : 1.0f) / (1.0f + small);
}

// Within 1.5 ulp: a polynomial near 0, where 1 - 2 / (1 + e^2x) would cancel.
BACKPLANE_CPU_INLINE float tanh_of(float x) {
  const float a = std::fabs(x);
  const float s = a * a;
  const float near_zero =
      a +
      a * (s * (-0.33333281f +
                s * (0.13331442f + s * (-0.053739715f + s * (0.020639090f + s * -0.0057049906f)))));
  // Powers are few: one constant is exact enough.
  constexpr float kLn2 = 0.693147181f;
  const float twice = 2.0f * (a > 10.0f ? 10.0f : a);
  const float shifted = twice * kLog2E + kToExponent;
  const float power =
      near_exp_of(twice - (shifted - kToExponent) * kLn2) * power_of_2(bits_of(shifted));
  const float far = 1.0f - 2.0f / (1.0f + power);
  return std::copysign(a < 0.625f ? near_zero : far, x);
}

}  // namespace backplane::cpu
