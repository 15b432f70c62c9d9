// For tests only: what the plugin's number formats mean, said in double arithmetic and
// independently of the plugin's own conversions; and random numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "half.hpp"

namespace backplane::cpu::testing {

struct Format {
  int mantissa_bits;   // stored
  int least_exponent;  // of a normal number
  double largest;
};
inline const Format kHalfFormat = {10, -14, 65504.0};
inline const Format kBfloat16Format = {7, -126, std::ldexp(255.0, 120)};
inline const Format kFloatFormat = {23, -126, std::numeric_limits<float>::max()};

inline const Format kDoubleFormat = {52, -1022, std::numeric_limits<double>::max()};

// The number of `format` that is nearest to `value`, ties to even. A long double holds every double
// and every 64-bit integer.
inline double nearest(long double value, const Format& format) {
  if (value == 0 || !std::isfinite(value)) return static_cast<double>(value);
  const int exponent = std::max(std::ilogb(value), format.least_exponent);
  const int unit = exponent - format.mantissa_bits;
  const long double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
  if (std::fabs(rounded) > format.largest)
    return std::copysign(std::numeric_limits<double>::infinity(), value < 0 ? -1.0 : 1.0);
  return static_cast<double>(rounded);
}

// Sign, exponent and mantissa put together by hand.
inline double decode(uint16_t bits, const Format& format, int exponent_bits) {
  const int exponent = bits >> format.mantissa_bits & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << format.mantissa_bits) - 1);
  const double sign = bits >> 15 != 0 ? -1.0 : 1.0;
  if (exponent == (1 << exponent_bits) - 1)
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  const double whole = exponent == 0 ? mantissa : mantissa + (1 << format.mantissa_bits);
  return sign * std::ldexp(whole, std::max(exponent, 1) - 1 + format.least_exponent -
                                      format.mantissa_bits);
}

inline double value_of(Half number) { return decode(number.bits, kHalfFormat, 5); }
inline double value_of(Bfloat16 number) { return decode(number.bits, kBfloat16Format, 8); }
template <class T>
double value_of(T number) {
  return static_cast<double>(number);
}

// `value`, computed in double from numbers of T, as T stores it. A double has room enough for
// sums, products and quotients of two floats to be rounded twice without harm.
template <class T>
double as_stored(double value) {
  if constexpr (std::is_same_v<T, Half>) return nearest(value, kHalfFormat);
  if constexpr (std::is_same_v<T, Bfloat16>) return nearest(value, kBfloat16Format);
  if constexpr (std::is_same_v<T, float>) return nearest(value, kFloatFormat);
  return value;
}

inline bool same_number(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b;
}

// How far `got` is from `exact`, in units of the last place that `exact` has in `format`.
inline double ulps(double got, double exact, const Format& format) {
  if (same_number(got, exact)) return 0.0;
  const int exponent =
      exact == 0.0 ? format.least_exponent : std::max(std::ilogb(exact), format.least_exponent);
  return std::fabs(got - exact) / std::ldexp(1.0, exponent - format.mantissa_bits);
}

using Random = std::mt19937_64;

// Any bit pattern now and then, and small numbers, which meet each other more often.
template <class T>
T random_number(Random& random) {
  const uint64_t bits = random();
  const auto small = static_cast<int>(bits >> 8 & 15) - 4;
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, Bfloat16>) {
    if ((bits & 3) == 0) return T{static_cast<uint16_t>(bits >> 16)};
    return std::is_same_v<T, Half> ? T{to_half(static_cast<float>(small) * 0.37f).bits}
                                   : T{to_bfloat16(static_cast<float>(small) * 0.37f).bits};
  } else if constexpr (std::is_integral_v<T>) {
    return (bits & 1) == 0 ? static_cast<T>(bits >> 16) : static_cast<T>(small);
  } else {
    if ((bits & 7) == 0) return static_cast<T>(small);
    return static_cast<T>(std::ldexp(static_cast<double>(static_cast<int64_t>(random())),
                                     static_cast<int>(bits >> 8 & 63) - 95));
  }
}

template <class T>
std::vector<T> random_numbers(Random& random, size_t count) {
  std::vector<T> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(random_number<T>(random));
  return numbers;
}

}  // namespace backplane::cpu::testing
