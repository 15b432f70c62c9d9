// What can be said of a bp_tensor_type_t without running anything: sizes, names, equality.
#pragma once

#include <backplane/tensor.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane {

using Shape = std::vector<int64_t>;

// "float32", or "dtype 99" for a value that tensor.h does not know.
std::string dtype_name(bp_dtype_t dtype);
bool is_known_dtype(bp_dtype_t dtype);
// Bits of one element: 4 for the packed types, 8 for BOOL; 0 for a dtype that is not known.
uint32_t dtype_bits(bp_dtype_t dtype);

bp_tensor_type_t tensor_type(bp_dtype_t dtype, const Shape& shape);  // rank <= BP_MAX_RANK
Shape shape_of(const bp_tensor_type_t& type);
bool is_absent(const bp_tensor_type_t& type);
bool has_unknown_size(const bp_tensor_type_t& type);
bool same_type(const bp_tensor_type_t& a, const bp_tensor_type_t& b);

// INVALID_ARGUMENT when a size is unknown, the dtype is not known, or the product overflows
// 2^63 - 1; the text names the type. A scalar has 1 element; two 4-bit elements share a byte.
Result<uint64_t> element_count(const bp_tensor_type_t& type);
Result<uint64_t> byte_size(const bp_tensor_type_t& type);

// "float32[2,3,?]", "int64[]" for a scalar, "absent".
std::string to_text(const bp_tensor_type_t& type);
std::string to_text(const Shape& shape);

}  // namespace backplane
