#include "elements.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "support/tensor_type.hpp"

namespace backplane {
namespace {

double from_half(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}

double from_bfloat16(uint16_t bits) {
  const uint32_t wide = uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

template <class T>
T load(const void* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(bytes) + index * sizeof(T), sizeof(T));
  return value;
}

double element(bp_dtype_t dtype, const void* bytes, uint64_t i) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return load<float>(bytes, i);
    case BP_DTYPE_FLOAT64:
      return load<double>(bytes, i);
    case BP_DTYPE_FLOAT16:
      return from_half(load<uint16_t>(bytes, i));
    case BP_DTYPE_BFLOAT16:
      return from_bfloat16(load<uint16_t>(bytes, i));
    case BP_DTYPE_INT8:
      return load<int8_t>(bytes, i);
    case BP_DTYPE_INT16:
      return load<int16_t>(bytes, i);
    case BP_DTYPE_INT32:
      return load<int32_t>(bytes, i);
    case BP_DTYPE_INT64:
      return static_cast<double>(load<int64_t>(bytes, i));
    case BP_DTYPE_UINT16:
      return load<uint16_t>(bytes, i);
    case BP_DTYPE_UINT32:
      return load<uint32_t>(bytes, i);
    case BP_DTYPE_UINT64:
      return static_cast<double>(load<uint64_t>(bytes, i));
    default:
      return load<uint8_t>(bytes, i);
  }
}

template <class T>
void store(void* bytes, uint64_t index, T value) {
  std::memcpy(static_cast<char*>(bytes) + index * sizeof(T), &value, sizeof(T));
}

// `unit` is between -1 and 1.
void store_random(bp_dtype_t dtype, void* bytes, uint64_t i, float unit) {
  const auto whole = static_cast<int64_t>(std::fabs(unit) * 10);
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return store(bytes, i, unit);
    case BP_DTYPE_FLOAT64:
      return store(bytes, i, static_cast<double>(unit));
    case BP_DTYPE_FLOAT16:  // 2^-7 to 2^0 and both signs: any such bits are a number
      return store(bytes, i,
                   static_cast<uint16_t>((unit < 0 ? 0x8000 : 0) | (0x2000 + whole * 0x1c0)));
    case BP_DTYPE_BFLOAT16: {
      uint32_t bits = 0;
      std::memcpy(&bits, &unit, sizeof bits);
      return store(bytes, i, static_cast<uint16_t>(bits >> 16));
    }
    case BP_DTYPE_INT16:
    case BP_DTYPE_UINT16:
      return store(bytes, i, static_cast<int16_t>(whole));
    case BP_DTYPE_INT32:
    case BP_DTYPE_UINT32:
      return store(bytes, i, static_cast<int32_t>(whole));
    case BP_DTYPE_INT64:
    case BP_DTYPE_UINT64:
      return store(bytes, i, whole);
    case BP_DTYPE_BOOL:
      return store(bytes, i, static_cast<uint8_t>(whole % 2));
    default:
      return store(bytes, i, static_cast<uint8_t>(whole));
  }
}

uint64_t whole_elements(const bp_tensor_type_t& type) {
  const Result<uint64_t> count = element_count(type);
  return count.ok() && dtype_bits(type.dtype) >= 8 ? *count : 0;
}

}  // namespace

Summary summarise(const bp_tensor_type_t& type, const void* bytes) {
  const uint64_t count = whole_elements(type);
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (count == 0) return {none, none, none};
  Summary summary = {std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity(), 0};
  for (uint64_t i = 0; i < count; ++i) {
    const double value = element(type.dtype, bytes, i);
    if (std::isnan(value)) return {none, none, none};
    summary.least = std::min(summary.least, value);
    summary.largest = std::max(summary.largest, value);
    summary.mean += value;
  }
  summary.mean /= static_cast<double>(count);
  return summary;
}

void fill_with_random(const bp_tensor_type_t& type, void* bytes, uint32_t seed) {
  std::mt19937 random(seed + 1);
  for (uint64_t i = 0; i < whole_elements(type); ++i) {
    const float unit = static_cast<float>(random() >> 8) / static_cast<float>(1 << 23) - 1;
    store_random(type.dtype, bytes, i, unit);
  }
}

}  // namespace backplane
