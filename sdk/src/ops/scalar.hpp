// One number in any element type, for attributes that became inputs.
#pragma once

#include "ops/node.hpp"

namespace backplane::ops {

// A scalar of `dtype`, a number type of at least 8 bits, that holds `value` rounded to nearest even
// (to the nearest integer within range for integers); nullptr for any other dtype.
ConstantPtr make_scalar(bp_dtype_t dtype, float value);

// The first element of a loaded constant of a number type, as a double; NaN for any other dtype.
double first_number(const bp_constant_t& constant);

// Bits of `value` rounded to nearest even.
uint16_t to_float16(float value);
uint16_t to_bfloat16(float value);
// The number that the bits of a float16 stand for.
float from_float16(uint16_t bits);

}  // namespace backplane::ops
