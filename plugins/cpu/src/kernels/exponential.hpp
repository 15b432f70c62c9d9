// exp, sigmoid and tanh for float, without branches or tables, so that loops over them become
// vectors. The coefficients are minimax fits made for this file; the errors stated are those that
// activation_test measures. Subnormal results are kept.
#pragma once

#include <cmath>
#include <cstdint>

#include "../half.hpp"
#include "levels.hpp"

namespace backplane::cpu {

// e^x as mantissa * 2^power.
struct ExponentialParts {
  float mantissa;
  int32_t power;
};

BACKPLANE_CPU_INLINE ExponentialParts parts_of_exp(float x) {
  constexpr float kLog2E = 1.44269504f;
  constexpr float kRound = 12582912.0f;     // 1.5 * 2^23: adding it rounds to a whole number
  constexpr float kLn2High = 0.693359375f;  // 9 bits, so that its products below are exact
  constexpr float kLn2Low = -2.12194440e-4f;
  const float shifted = x * kLog2E + kRound;
  const float power = shifted - kRound;
  const float r = (x - power * kLn2High) - power * kLn2Low;
  const float tail =
      0.49999994f +
      r * (0.16666520f + r * (0.041668393f + r * (0.0083687808f + r * 0.0013814465f)));
  return {1.0f + (r + r * r * tail), static_cast<int32_t>(bits_of(shifted) - bits_of(kRound))};
}

BACKPLANE_CPU_INLINE float power_of_2(int32_t power) {
  return float_of(static_cast<uint32_t>(power + 127) << 23);
}

// e^x within 1 ulp for x in [-104, 88]; NaN for NaN.
BACKPLANE_CPU_INLINE float exp_of(float x) {
  const ExponentialParts parts = parts_of_exp(x);
  // Two factors, because neither may be subnormal.
  const int32_t half = parts.power >> 1;
  return parts.mantissa * power_of_2(half) * power_of_2(parts.power - half);
}

// The same for x in [-80, 80].
BACKPLANE_CPU_INLINE float moderate_exp_of(float x) {
  const ExponentialParts parts = parts_of_exp(x);
  return parts.mantissa * power_of_2(parts.power);
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
  const float power = moderate_exp_of(2.0f * (a > 10.0f ? 10.0f : a));
  const float far = 1.0f - 2.0f / (1.0f + power);
  return std::copysign(a < 0.625f ? near_zero : far, x);
}

}  // namespace backplane::cpu
