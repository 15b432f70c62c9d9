// log, erf, sin, cos and others for float, without branches or tables, so that loops over them
// become vectors. Where float has too few bits for a step, it is done in double. Series are
// Taylor's, as long as their range needs; the errors stated are those that functions_test measures.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "exponential.hpp"

namespace backplane::cpu {

BACKPLANE_CPU_INLINE uint64_t bits_of_double(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

BACKPLANE_CPU_INLINE double double_of(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// e^x within 1 ulp for every x.
BACKPLANE_CPU_INLINE float whole_exp_of(float x) {
  const float bounded = x > 89.0f ? 89.0f : x;
  return exp_of(bounded < -104.0f ? -104.0f : bounded);
}

// e^x - 1 within 3 ulp for x <= 0: a series near 0, where the difference would cancel.
BACKPLANE_CPU_INLINE float exp_minus_1_of(float x) {
  const float series =
      1.0f / 2 +
      x * (1.0f / 6 +
           x * (1.0f / 24 +
                x * (1.0f / 120 +
                     x * (1.0f / 720 +
                          x * (1.0f / 5040 +
                               x * (1.0f / 40320 + x * (1.0f / 362880 + x * (1.0f / 3628800))))))));
  const float near_zero = x + x * x * series;
  return x > -0.7f ? near_zero : exp_of(x < -104.0f ? -104.0f : x) - 1.0f;
}

// For normal x > 0, with a relative error below 1e-10: x is 2^power * mantissa, with the mantissa
// between the roots of 1/2 and 2, and its logarithm is 2 atanh((mantissa - 1) / (mantissa + 1)).
BACKPLANE_CPU_INLINE double log_of_normal(double x) {
  constexpr uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd;
  constexpr uint64_t kMantissa = 0x000fffffffffffff;
  constexpr uint64_t kTwoTo52 = 0x4330000000000000;
  const uint64_t shifted = bits_of_double(x) + (0x3ff0000000000000 - kRootOfHalf);
  const double mantissa = double_of((shifted & kMantissa) + kRootOfHalf);
  const double power = double_of(kTwoTo52 | shifted >> 52) - (0x1p52 + 1023.0);
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double z = s * s;
  const double series =
      1.0 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11)))));
  return power * 0.69314718055994530942 + 2.0 * s * series;
}

// Within 0.51 ulp.
BACKPLANE_CPU_INLINE float log_of(float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto finite = static_cast<float>(log_of_normal(static_cast<double>(x)));
  const float positive = x < kInfinity ? finite : kInfinity;
  const float other = x == 0.0f ? -kInfinity : kNan;
  return x > 0.0f ? positive : other;
}

// log(1 + e^x) within 2 ulp: what is above 0, and a rest that is at most log 2.
BACKPLANE_CPU_INLINE float softplus_of(float x) {
  const float magnitude = std::fabs(x);
  const auto small = static_cast<double>(exp_of(magnitude > 104.0f ? -104.0f : -magnitude));
  const double rest = small < 0x1p-26 ? small : log_of_normal(1.0 + small);
  return static_cast<float>((x < 0.0f ? 0.0 : static_cast<double>(x)) + rest);
}

// Within 2 ulp: a series near 0, else 1 - e^(-x^2) * Q, with Q fitted in 1 / (1 + x/2) for x from 1
// to 4, beyond which the result is 1.
BACKPLANE_CPU_INLINE float erf_of(float x) {
  const float a = std::fabs(x);
  const float z = a * a;
  const float series =
      -1.0f / 3 +
      z * (1.0f / 10 +
           z * (-1.0f / 42 +
                z * (1.0f / 216 +
                     z * (-1.0f / 1320 +
                          z * (1.0f / 9360 + z * (-1.0f / 75600 +
                                                  z * (1.0f / 685440 + z * (-1.0f / 6894720))))))));
  const float near_zero = 1.12837917f * (a + a * z * series);
  const float bounded = a > 4.0f ? 4.0f : a;
  const float s = 12.0f / (2.0f + bounded) - 3.0f;
  const float fitted =
      0.25539568f +
      s * (0.14239533f + s * (0.026850911f + s * (2.9247521e-3f +
                                                  s * (4.6078664e-5f + s * (-2.8029383e-5f +
                                                                            s * -1.1494862e-6f)))));
  const float far = 1.0f - exp_of(-bounded * bounded) * fitted;
  return std::copysign(a < 1.0f ? near_zero : far, x);
}

// Up to here the reduction below is exact enough.
constexpr float kLargestAngle = 0x1p20f;

// sin(x + quarters * pi/2) within 0.51 ulp for |x| <= kLargestAngle; NaN for NaN.
BACKPLANE_CPU_INLINE float sin_of(float x, uint64_t quarters) {
  constexpr double kRound = 0x1.8p52;       // adding it rounds to a whole number
  constexpr double kHigh = 0x1.921fb544p0;  // pi/2: 33 bits, so that its products are exact
  constexpr double kLow = 0x1.0b4611a626331p-34;
  const double wide = x;
  const double shifted = wide * 0.63661977236758134308 + kRound;
  const double turns = shifted - kRound;
  const double r = (wide - turns * kHigh) - turns * kLow;
  const double z = r * r;
  const double sine =
      r * (1.0 +
           z * (-1.0 / 6 +
                z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800))))));
  const double cosine =
      1.0 +
      z * (-1.0 / 2 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800)))));
  const uint64_t quadrant = bits_of_double(shifted) + quarters;
  const double value = (quadrant & 1) != 0 ? cosine : sine;
  return static_cast<float>((quadrant & 2) != 0 ? -value : value);
}

}  // namespace backplane::cpu
