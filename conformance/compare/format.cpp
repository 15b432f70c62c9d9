#include "compare/format.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

template <class T>
Exact integer_at(const char* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof value, sizeof value);
  return static_cast<Exact>(value);
}

template <class T>
void put(T value, char* bytes, uint64_t index) {
  std::memcpy(bytes + index * sizeof value, &value, sizeof value);
}

Exact to_integer(Exact x, Rounding rounding) {
  switch (rounding) {
    case Rounding::kDown:
      return rounded_down(x);
    case Rounding::kUp:
      return rounded_up(x);
    case Rounding::kTowardsZero:
      return truncated(x);
    default:
      return rounded_to_even(x);
  }
}

// Where rounding takes what lies beyond the largest number.
Exact beyond(const FloatFormat& format, bool is_negative, Rounding rounding) {
  const bool stays = rounding == Rounding::kTowardsZero ||
                     rounding == (is_negative ? Rounding::kUp : Rounding::kDown);
  const Exact size = stays ? largest(format) : static_cast<Exact>(INFINITY);
  return is_negative ? -size : size;
}

// The 16 bits of a number that such a format has: sign, exponent, fraction.
uint16_t bits16(const FloatFormat& format, int fraction_bits, Exact x) {
  const auto sign = static_cast<uint16_t>(has_sign(x) ? 0x8000u : 0u);
  const unsigned all_ones = (1u << (15 - fraction_bits)) - 1;
  if (is_nan(x))
    return static_cast<uint16_t>(sign | all_ones << fraction_bits | 1u << (fraction_bits - 1));
  if (is_infinite(x)) return static_cast<uint16_t>(sign | all_ones << fraction_bits);
  const Exact size = absolute(x);
  if (size < least_normal(format))
    return static_cast<uint16_t>(
        sign | static_cast<unsigned>(scaled(size, fraction_bits - format.least_exponent)));
  const int exponent = exponent_of(size) - 1;
  const auto mantissa = static_cast<unsigned>(scaled(size, fraction_bits - exponent));
  const auto biased = static_cast<unsigned>(exponent - format.least_exponent + 1);
  return static_cast<uint16_t>(sign | biased << fraction_bits |
                               (mantissa & ((1u << fraction_bits) - 1)));
}

}  // namespace

FloatFormat format_of(bp_dtype_t float_type) {
  switch (float_type) {
    case BP_DTYPE_FLOAT64:
      return kFloat64;
    case BP_DTYPE_FLOAT16:
      return kFloat16;
    case BP_DTYPE_BFLOAT16:
      return kBfloat16;
    default:
      return kFloat32;
  }
}

Exact least_normal(const FloatFormat& format) { return scaled(1, format.least_exponent); }

Exact largest(const FloatFormat& format) {
  return scaled(2, format.largest_exponent) - scaled(2, format.largest_exponent - format.precision);
}

Exact spacing(const FloatFormat& format, Exact x) {
  const int exponent = x == 0 || !is_finite(x) ? format.least_exponent : exponent_of(x) - 1;
  return scaled(1, std::max(exponent, format.least_exponent) - format.precision + 1);
}

Exact rounded(const FloatFormat& format, Exact x, Rounding rounding) {
  if (x == 0 || !is_finite(x)) return x;
  const Exact unit = spacing(format, x);
  const Exact result = to_integer(x / unit, rounding) * unit;
  if (absolute(result) > largest(format)) return beyond(format, x < 0, rounding);
  if (result == 0) return x < 0 ? -Exact{0} : Exact{0};
  return result;
}

double rounded(const FloatFormat& format, double x) {
  if (format.precision == kFloat64.precision || x == 0 || !std::isfinite(x)) return x;
  if (format.precision == kFloat32.precision) return static_cast<double>(static_cast<float>(x));
  int exponent = 0;
  std::frexp(x, &exponent);
  const int unit = std::max(exponent - 1, format.least_exponent) - format.precision + 1;
  const double result = std::ldexp(std::nearbyint(std::ldexp(x, -unit)), unit);
  return std::fabs(result) > static_cast<double>(largest(format)) ? std::copysign(INFINITY, x)
                                                                  : result;
}

Range range_of(bp_dtype_t integer_type) {
  switch (integer_type) {
    case BP_DTYPE_BOOL:
      return {0, 1};
    case BP_DTYPE_UINT8:
      return {0, 255};
    case BP_DTYPE_INT8:
      return {-128, 127};
    case BP_DTYPE_UINT16:
      return {0, 65535};
    case BP_DTYPE_INT16:
      return {-32768, 32767};
    case BP_DTYPE_UINT32:
      return {0, scaled(1, 32) - 1};
    case BP_DTYPE_INT32:
      return {-scaled(1, 31), scaled(1, 31) - 1};
    case BP_DTYPE_UINT64:
      return {0, scaled(1, 64) - 1};
    default:
      return {-scaled(1, 63), scaled(1, 63) - 1};
  }
}

Exact nearest(bp_dtype_t dtype, Exact x) {
  if (is_nan(x)) return is_float_type(dtype) ? static_cast<Exact>(NAN) : Exact{0};
  if (is_float_type(dtype)) return rounded(format_of(dtype), x);
  const Range range = range_of(dtype);
  return std::min(std::max(rounded_to_even(x), range.lowest), range.highest);
}

Exact exact_element(bp_dtype_t dtype, const char* bytes, uint64_t index) {
  switch (dtype) {
    case BP_DTYPE_UINT8:
    case BP_DTYPE_BOOL:
      return integer_at<uint8_t>(bytes, index);
    case BP_DTYPE_INT8:
      return integer_at<int8_t>(bytes, index);
    case BP_DTYPE_UINT16:
      return integer_at<uint16_t>(bytes, index);
    case BP_DTYPE_INT16:
      return integer_at<int16_t>(bytes, index);
    case BP_DTYPE_UINT32:
      return integer_at<uint32_t>(bytes, index);
    case BP_DTYPE_INT32:
      return integer_at<int32_t>(bytes, index);
    case BP_DTYPE_UINT64:
      return integer_at<uint64_t>(bytes, index);
    case BP_DTYPE_INT64:
      return integer_at<int64_t>(bytes, index);
    default:
      return static_cast<Exact>(float_element(dtype, bytes, index));
  }
}

void store_element(bp_dtype_t dtype, Exact x, char* bytes, uint64_t index) {
  switch (dtype) {
    case BP_DTYPE_FLOAT64:
      return put(static_cast<double>(x), bytes, index);
    case BP_DTYPE_FLOAT32:
      return put(static_cast<float>(x), bytes, index);
    case BP_DTYPE_FLOAT16:
      return put(bits16(kFloat16, 10, x), bytes, index);
    case BP_DTYPE_BFLOAT16:
      return put(bits16(kBfloat16, 7, x), bytes, index);
    case BP_DTYPE_UINT64:
      return put(static_cast<uint64_t>(x), bytes, index);
    default:
      break;
  }
  const auto whole = static_cast<int64_t>(x);
  switch (element_bytes(dtype)) {
    case 1:
      return put(static_cast<uint8_t>(whole), bytes, index);
    case 2:
      return put(static_cast<uint16_t>(whole), bytes, index);
    case 4:
      return put(static_cast<uint32_t>(whole), bytes, index);
    default:
      return put(whole, bytes, index);
  }
}

}  // namespace backplane::conformance
