#include "compare/element.hpp"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace backplane::conformance {
namespace {

template <class T>
T at(const char* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof value, sizeof value);
  return value;
}

float float_of_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

const char* name_of(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return "float32";
    case BP_DTYPE_UINT8:
      return "uint8";
    case BP_DTYPE_INT8:
      return "int8";
    case BP_DTYPE_UINT16:
      return "uint16";
    case BP_DTYPE_INT16:
      return "int16";
    case BP_DTYPE_INT32:
      return "int32";
    case BP_DTYPE_INT64:
      return "int64";
    case BP_DTYPE_BOOL:
      return "bool";
    case BP_DTYPE_FLOAT16:
      return "float16";
    case BP_DTYPE_FLOAT64:
      return "float64";
    case BP_DTYPE_UINT32:
      return "uint32";
    case BP_DTYPE_UINT64:
      return "uint64";
    case BP_DTYPE_BFLOAT16:
      return "bfloat16";
    default:
      return "another type";
  }
}

}  // namespace

// 1 sign, 5 exponent (bias 15), 10 fraction bits; every value is a float32.
float float_from_half(uint16_t bits) {
  const float sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;
  const int exponent = (bits >> 10) & 0x1f;
  const auto fraction = static_cast<float>(bits & 0x3ffu);
  if (exponent == 0x1f) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024.0f + fraction, exponent - 25);
}

float float_from_bfloat16(uint16_t bits) { return float_of_bits(uint32_t{bits} << 16); }

bool is_float_type(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_FLOAT32 || dtype == BP_DTYPE_FLOAT64 || dtype == BP_DTYPE_FLOAT16 ||
         dtype == BP_DTYPE_BFLOAT16;
}

uint64_t element_bytes(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_UINT8:
    case BP_DTYPE_INT8:
    case BP_DTYPE_BOOL:
      return 1;
    case BP_DTYPE_UINT16:
    case BP_DTYPE_INT16:
    case BP_DTYPE_FLOAT16:
    case BP_DTYPE_BFLOAT16:
      return 2;
    case BP_DTYPE_FLOAT32:
    case BP_DTYPE_INT32:
    case BP_DTYPE_UINT32:
      return 4;
    case BP_DTYPE_FLOAT64:
    case BP_DTYPE_INT64:
    case BP_DTYPE_UINT64:
      return 8;
    default:
      return 0;
  }
}

double float_element(bp_dtype_t dtype, const char* bytes, uint64_t index) {
  switch (dtype) {
    case BP_DTYPE_FLOAT64:
      return at<double>(bytes, index);
    case BP_DTYPE_FLOAT16:
      return float_from_half(at<uint16_t>(bytes, index));
    case BP_DTYPE_BFLOAT16:
      return float_from_bfloat16(at<uint16_t>(bytes, index));
    default:
      return at<float>(bytes, index);
  }
}

std::string element_text(bp_dtype_t dtype, const char* bytes, uint64_t index) {
  if (is_float_type(dtype)) {
    if (std::isnan(float_element(dtype, bytes, index))) return "NaN";
    char text[48];
    std::snprintf(text, sizeof text, dtype == BP_DTYPE_FLOAT64 ? "%.17g" : "%.9g",
                  float_element(dtype, bytes, index));
    return text;
  }
  switch (dtype) {
    case BP_DTYPE_BOOL: {
      const auto value = at<uint8_t>(bytes, index);
      return value > 1 ? "byte " + std::to_string(value) : value != 0 ? "true" : "false";
    }
    case BP_DTYPE_UINT8:
      return std::to_string(at<uint8_t>(bytes, index));
    case BP_DTYPE_INT8:
      return std::to_string(at<int8_t>(bytes, index));
    case BP_DTYPE_UINT16:
      return std::to_string(at<uint16_t>(bytes, index));
    case BP_DTYPE_INT16:
      return std::to_string(at<int16_t>(bytes, index));
    case BP_DTYPE_UINT32:
      return std::to_string(at<uint32_t>(bytes, index));
    case BP_DTYPE_INT32:
      return std::to_string(at<int32_t>(bytes, index));
    case BP_DTYPE_UINT64:
      return std::to_string(at<uint64_t>(bytes, index));
    default:
      return std::to_string(at<int64_t>(bytes, index));
  }
}

std::string type_text(const bp_tensor_type_t& type) {
  std::string text = std::string(name_of(type.dtype)) + "[";
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    text += (axis > 0 ? "," : "") + std::to_string(type.shape[axis]);
  return text + "]";
}

std::string place_text(const bp_tensor_type_t& type, uint64_t index) {
  std::string text;
  for (int axis = type.rank - 1; axis >= 0; --axis) {
    const auto size = static_cast<uint64_t>(type.shape[axis] > 0 ? type.shape[axis] : 1);
    text.insert(0, std::to_string(index % size) + (text.empty() ? "" : ","));
    index /= size;
  }
  return "[" + text + "]";
}

}  // namespace backplane::conformance
