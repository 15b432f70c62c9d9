// Elements of every type as numbers that can be compared. Sees nothing of host or plugins.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>
#include <string>

namespace backplane::conformance {

float float_from_half(uint16_t bits);
float float_from_bfloat16(uint16_t bits);

bool is_float_type(bp_dtype_t dtype);
// Bytes of one element; 0 for a type that is not compared here (packed 4-bit, 8-bit floats).
uint64_t element_bytes(bp_dtype_t dtype);

// Element `index` of dense bytes, for the float types; exact.
double float_element(bp_dtype_t dtype, const char* bytes, uint64_t index);
// As text, for every type: "0.25", "-7", "true".
std::string element_text(bp_dtype_t dtype, const char* bytes, uint64_t index);

// "float32[2,3]"
std::string type_text(const bp_tensor_type_t& type);
// "[0,2,1]", the place of element `index` in a row-major tensor.
std::string place_text(const bp_tensor_type_t& type, uint64_t index);

}  // namespace backplane::conformance
