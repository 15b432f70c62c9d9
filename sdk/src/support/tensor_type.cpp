#include "support/tensor_type.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backplane {
namespace {

struct Dtype {
  bp_dtype_t value;
  const char* name;
  uint32_t bits;
};

constexpr Dtype kDtypes[] = {
    {BP_DTYPE_FLOAT32, "float32", 32},
    {BP_DTYPE_UINT8, "uint8", 8},
    {BP_DTYPE_INT8, "int8", 8},
    {BP_DTYPE_UINT16, "uint16", 16},
    {BP_DTYPE_INT16, "int16", 16},
    {BP_DTYPE_INT32, "int32", 32},
    {BP_DTYPE_INT64, "int64", 64},
    {BP_DTYPE_BOOL, "bool", 8},
    {BP_DTYPE_FLOAT16, "float16", 16},
    {BP_DTYPE_FLOAT64, "float64", 64},
    {BP_DTYPE_UINT32, "uint32", 32},
    {BP_DTYPE_UINT64, "uint64", 64},
    {BP_DTYPE_BFLOAT16, "bfloat16", 16},
    {BP_DTYPE_FLOAT8E4M3FN, "float8e4m3fn", 8},
    {BP_DTYPE_FLOAT8E5M2, "float8e5m2", 8},
    {BP_DTYPE_UINT4, "uint4", 4},
    {BP_DTYPE_INT4, "int4", 4},
};

const Dtype* find(bp_dtype_t dtype) {
  for (const Dtype& entry : kDtypes)
    if (entry.value == dtype) return &entry;
  return nullptr;
}

}  // namespace

std::string dtype_name(bp_dtype_t dtype) {
  const Dtype* entry = find(dtype);
  return entry != nullptr ? entry->name : fmt::format("dtype {}", dtype);
}

bool is_known_dtype(bp_dtype_t dtype) { return find(dtype) != nullptr; }

uint32_t dtype_bits(bp_dtype_t dtype) {
  const Dtype* entry = find(dtype);
  return entry != nullptr ? entry->bits : 0;
}

bp_tensor_type_t tensor_type(bp_dtype_t dtype, const Shape& shape) {
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = static_cast<uint16_t>(std::min<size_t>(shape.size(), BP_MAX_RANK));
  std::copy_n(shape.begin(), type.rank, type.shape);
  return type;
}

Shape shape_of(const bp_tensor_type_t& type) { return Shape(type.shape, type.shape + type.rank); }

bool is_absent(const bp_tensor_type_t& type) { return type.dtype == 0; }

bool has_unknown_size(const bp_tensor_type_t& type) {
  return std::any_of(type.shape, type.shape + type.rank,
                     [](int64_t size) { return BP_DIM_IS_UNKNOWN(size); });
}

bool same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  return a.dtype == b.dtype && a.rank == b.rank && a.layout == b.layout &&
         std::equal(a.shape, a.shape + a.rank, b.shape);
}

Result<uint64_t> element_count(const bp_tensor_type_t& type) {
  if (type.rank > BP_MAX_RANK)
    return invalid_argument(
        fmt::format("a tensor has rank {}, at most {} is possible", type.rank, BP_MAX_RANK));
  uint64_t count = 1;
  bool is_empty = false;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    const int64_t size = type.shape[axis];
    if (BP_DIM_IS_UNKNOWN(size))
      return invalid_argument(
          fmt::format("{} has an unknown size in axis {}", to_text(type), axis));
    is_empty = is_empty || size == 0;
  }
  if (is_empty) return uint64_t{0};
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    if (__builtin_mul_overflow(count, static_cast<uint64_t>(type.shape[axis]), &count) ||
        count > static_cast<uint64_t>(INT64_MAX))
      return invalid_argument(
          fmt::format("{} has more elements than can be counted", to_text(type)));
  }
  return count;
}

Result<uint64_t> byte_size(const bp_tensor_type_t& type) {
  const uint32_t bits = dtype_bits(type.dtype);
  if (bits == 0)
    return invalid_argument(fmt::format("{} is no element type", dtype_name(type.dtype)));
  Result<uint64_t> count = element_count(type);
  if (!count.ok()) return count;
  uint64_t all_bits = 0;
  if (__builtin_mul_overflow(*count, uint64_t{bits}, &all_bits) || all_bits > INT64_MAX - 7)
    return invalid_argument(fmt::format("{} is larger than memory can be", to_text(type)));
  return (all_bits + 7) / 8;
}

std::string to_text(const bp_tensor_type_t& type) {
  if (is_absent(type)) return "absent";
  return dtype_name(type.dtype) +
         to_text(Shape(type.shape, type.shape + std::min<uint32_t>(type.rank, BP_MAX_RANK)));
}

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) text += ',';
    text += BP_DIM_IS_UNKNOWN(shape[axis]) ? std::string("?") : std::to_string(shape[axis]);
  }
  return text + "]";
}

}  // namespace backplane
