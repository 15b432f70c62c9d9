// What kernels ask of a bp_tensor_type_t; declared in kernel.hpp.
#include <string>

#include "kernel.hpp"

namespace backplane::cpu {

namespace {

struct DtypeRow {
  bp_dtype_t dtype;
  const char* name;
  uint32_t bits;
};

constexpr DtypeRow kDtypes[] = {
    {BP_DTYPE_FLOAT32, "float32", 32},   {BP_DTYPE_UINT8, "uint8", 8},
    {BP_DTYPE_INT8, "int8", 8},          {BP_DTYPE_UINT16, "uint16", 16},
    {BP_DTYPE_INT16, "int16", 16},       {BP_DTYPE_INT32, "int32", 32},
    {BP_DTYPE_INT64, "int64", 64},       {BP_DTYPE_BOOL, "bool", 8},
    {BP_DTYPE_FLOAT16, "float16", 16},   {BP_DTYPE_FLOAT64, "float64", 64},
    {BP_DTYPE_UINT32, "uint32", 32},     {BP_DTYPE_UINT64, "uint64", 64},
    {BP_DTYPE_BFLOAT16, "bfloat16", 16}, {BP_DTYPE_FLOAT8E4M3FN, "float8e4m3fn", 8},
    {BP_DTYPE_UINT4, "uint4", 4},        {BP_DTYPE_FLOAT8E5M2, "float8e5m2", 8},
    {BP_DTYPE_INT4, "int4", 4},
};

const DtypeRow& row_of(bp_dtype_t dtype) {
  static constexpr DtypeRow kNone = {0, "a type of no name", 0};
  for (const DtypeRow& row : kDtypes)
    if (row.dtype == dtype) return row;
  return kNone;
}

}  // namespace

uint64_t element_count(const bp_tensor_type_t& type) {
  uint64_t count = 1;
  for (uint32_t axis = 0; axis < type.rank; ++axis)
    count *= static_cast<uint64_t>(type.shape[axis]);
  return count;
}

uint64_t element_size(bp_dtype_t dtype) { return row_of(dtype).bits / 8; }

uint64_t byte_size(const bp_tensor_type_t& type) {
  const uint64_t bits = row_of(type.dtype).bits;
  const uint64_t count = element_count(type);
  return bits < 8 ? (count * bits + 7) / 8 : count * (bits / 8);
}

bool has_unknown_size(const bp_tensor_type_t& type) {
  for (uint32_t axis = 0; axis < type.rank; ++axis)
    if (BP_DIM_IS_UNKNOWN(type.shape[axis])) return true;
  return false;
}

const char* name_of(bp_dtype_t dtype) { return row_of(dtype).name; }

std::string to_text(const bp_tensor_type_t& type) {
  if (type.dtype == 0) return "absent";
  std::string text = name_of(type.dtype);
  text += '[';
  for (uint32_t axis = 0; axis < type.rank && axis < BP_MAX_RANK; ++axis) {
    if (axis != 0) text += ',';
    text += BP_DIM_IS_UNKNOWN(type.shape[axis]) ? "?" : std::to_string(type.shape[axis]);
  }
  return text + "]";
}

}  // namespace backplane::cpu
