// For tests only: numbers to compute with, and how near a result must be.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "test_launch.hpp"

namespace backplane::opencl::testing {

// What a float16 holds, by its definition.
inline double value_of(Half half) {
  const int exponent = half.bits >> 10 & 31;
  const int mantissa = half.bits & 1023;
  const double sign = half.bits >> 15 != 0 ? -1.0 : 1.0;
  if (exponent == 31) return mantissa != 0 ? NAN : sign * INFINITY;
  return sign * std::ldexp(exponent == 0 ? mantissa : mantissa + 1024, std::max(exponent, 1) - 25);
}
template <class T>
double value_of(T number) {
  return static_cast<double>(number);
}

template <class T>
constexpr int kDigits = std::numeric_limits<T>::digits;
template <>
inline constexpr int kDigits<Half> = 11;

// One unit of the last place that `exact` has in T.
template <class T>
double ulp_of(double exact) {
  constexpr int kLeast = std::is_same_v<T, Half> ? -14 : std::is_same_v<T, float> ? -126 : -1022;
  const int exponent = exact == 0 ? kLeast : std::max(std::ilogb(exact), kLeast);
  return std::ldexp(1.0, exponent + 1 - kDigits<T>);
}

template <class T>
bool is_near(T got, double exact, double ulps) {
  const double value = value_of(got);
  if (std::isnan(exact)) return std::isnan(value);
  if (std::isinf(exact)) return value == exact;
  return std::fabs(value - exact) <= ulps * ulp_of<T>(exact);
}

// Different in neighbours, and of both signs: eighths from -64 to 64, which every type but int8 and
// the unsigned ones has.
inline float eighths(size_t index, size_t salt = 0) {
  return static_cast<float>(static_cast<int>((index * 7919 + salt * 104729) % 1021) - 510) / 8.0f;
}

inline std::vector<float> floats(size_t count, size_t salt = 0) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = eighths(i, salt);
  return values;
}

// Bits that are different in neighbours.
template <class T>
std::vector<T> coded(size_t count, uint64_t salt = 0) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<T>((i + 1 + salt) * 0x9e3779b97f4a7c15 >> (64 - 8 * sizeof(T)));
  return values;
}

// The float16 that is exactly `value`.
inline Half half_of(float value) {
  if (value == 0) return {0};
  const int exponent = std::ilogb(value);
  const int mantissa = static_cast<int>(std::ldexp(std::fabs(value), 10 - exponent)) - 1024;
  return {static_cast<uint16_t>((value < 0 ? 0x8000 : 0) | (exponent + 15) << 10 | mantissa)};
}

// The place of element `index`, one number an axis.
inline Shape place_of(const Shape& shape, size_t index) {
  Shape place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    place[axis] = static_cast<int64_t>(index % static_cast<size_t>(shape[axis]));
    index /= static_cast<size_t>(shape[axis]);
  }
  return place;
}

inline size_t index_of(const Shape& strides, const Shape& place) {
  int64_t index = 0;
  for (size_t axis = 0; axis < place.size(); ++axis) index += strides[axis] * place[axis];
  return static_cast<size_t>(index);
}

inline Shape dense_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

// Strides over `output` of a dense tensor that is broadcast to it.
inline Shape broadcast_strides(const Shape& output, const Shape& input) {
  const Shape dense = dense_strides(input);
  Shape strides(output.size(), 0);
  for (size_t back = 1; back <= input.size(); ++back)
    if (input[input.size() - back] != 1) strides[output.size() - back] = dense[input.size() - back];
  return strides;
}

}  // namespace backplane::opencl::testing
