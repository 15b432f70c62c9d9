#include "ops/scalar.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace backplane::ops {
namespace {

template <class T>
ConstantPtr scalar_of(bp_dtype_t dtype, T value) {
  return make_constant(tensor_type(dtype, {}), &value);
}

template <class T>
ConstantPtr integer_scalar(bp_dtype_t dtype, float value) {
  // 2^63 and 2^64 are no int64 and no uint64, so the upper end is compared, not cast.
  const double upper = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double rounded = std::isnan(value) ? 0.0 : std::nearbyint(double{value});
  if (rounded >= upper) return scalar_of<T>(dtype, std::numeric_limits<T>::max());
  const auto lower = static_cast<double>(std::numeric_limits<T>::min());
  return scalar_of<T>(dtype, static_cast<T>(std::max(rounded, lower)));
}

uint32_t bits_of(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

// `bits` without its lowest `count`, rounded to nearest even.
uint32_t shifted_to_even(uint32_t bits, uint32_t count) {
  const uint32_t half = 1u << (count - 1);
  const uint32_t odd = bits >> count & 1u;
  return (bits + half - 1 + odd) >> count;
}

template <class T>
T first_of(const bp_constant_t& constant) {
  T value;
  std::memcpy(&value, constant.data, sizeof(value));
  return value;
}

float float_of(uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace

uint16_t to_bfloat16(float value) {
  if (std::isnan(value)) return 0x7fc0;
  return static_cast<uint16_t>(shifted_to_even(bits_of(value), 16));
}

uint16_t to_float16(float value) {
  const uint32_t bits = bits_of(value);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (std::isnan(value)) return sign | 0x7e00u;
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // 65520 and above round to infinity
  if (magnitude >= 0x38800000u)                         // normal, from 2^-14 on
    return sign | static_cast<uint16_t>(shifted_to_even(magnitude - 0x38000000u, 13));
  const uint32_t shift = 126 - (magnitude >> 23);  // subnormal: units of 2^-24
  if (shift > 25) return sign;
  const uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  return sign | static_cast<uint16_t>(shifted_to_even(mantissa, shift));
}

float from_float16(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int mantissa = bits & 0x3ff;
  const float sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;
  if (exponent == 0x1f) return mantissa != 0 ? std::nanf("") : sign * HUGE_VALF;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(0x400 | mantissa), exponent - 25);
}

double first_number(const bp_constant_t& constant) {
  switch (constant.type.dtype) {
    case BP_DTYPE_FLOAT32:
      return double{first_of<float>(constant)};
    case BP_DTYPE_FLOAT64:
      return first_of<double>(constant);
    case BP_DTYPE_FLOAT16:
      return double{from_float16(first_of<uint16_t>(constant))};
    case BP_DTYPE_BFLOAT16:
      return double{float_of(uint32_t{first_of<uint16_t>(constant)} << 16)};
    case BP_DTYPE_INT8:
      return first_of<int8_t>(constant);
    case BP_DTYPE_INT16:
      return first_of<int16_t>(constant);
    case BP_DTYPE_INT32:
      return first_of<int32_t>(constant);
    case BP_DTYPE_INT64:
      return static_cast<double>(first_of<int64_t>(constant));
    case BP_DTYPE_UINT8:
      return first_of<uint8_t>(constant);
    case BP_DTYPE_UINT16:
      return first_of<uint16_t>(constant);
    case BP_DTYPE_UINT32:
      return first_of<uint32_t>(constant);
    case BP_DTYPE_UINT64:
      return static_cast<double>(first_of<uint64_t>(constant));
    default:
      return std::nan("");
  }
}

ConstantPtr make_scalar(bp_dtype_t dtype, float value) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return scalar_of(dtype, value);
    case BP_DTYPE_FLOAT64:
      return scalar_of(dtype, double{value});
    case BP_DTYPE_FLOAT16:
      return scalar_of(dtype, to_float16(value));
    case BP_DTYPE_BFLOAT16:
      return scalar_of(dtype, to_bfloat16(value));
    case BP_DTYPE_INT8:
      return integer_scalar<int8_t>(dtype, value);
    case BP_DTYPE_INT16:
      return integer_scalar<int16_t>(dtype, value);
    case BP_DTYPE_INT32:
      return integer_scalar<int32_t>(dtype, value);
    case BP_DTYPE_INT64:
      return integer_scalar<int64_t>(dtype, value);
    case BP_DTYPE_UINT8:
      return integer_scalar<uint8_t>(dtype, value);
    case BP_DTYPE_UINT16:
      return integer_scalar<uint16_t>(dtype, value);
    case BP_DTYPE_UINT32:
      return integer_scalar<uint32_t>(dtype, value);
    case BP_DTYPE_UINT64:
      return integer_scalar<uint64_t>(dtype, value);
    default:
      return nullptr;
  }
}

}  // namespace backplane::ops
