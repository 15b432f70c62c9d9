// How each type rounds: from an exact number to the nearest one that the type has.
#pragma once

#include <backplane/tensor.h>

#include "compare/exact.hpp"

namespace backplane::conformance {

// A binary floating-point format of IEEE 754's kind.
struct FloatFormat {
  int precision;         // bits of mantissa, the hidden one included
  int least_exponent;    // of the smallest normal number, 2^least_exponent
  int largest_exponent;  // of the largest number, which is less than 2^(largest_exponent + 1)
};
constexpr FloatFormat kFloat64 = {53, -1022, 1023};
constexpr FloatFormat kFloat32 = {24, -126, 127};
constexpr FloatFormat kTf32 = {11, -126, 127};
constexpr FloatFormat kFloat16 = {11, -14, 15};
constexpr FloatFormat kBfloat16 = {8, -126, 127};

FloatFormat format_of(bp_dtype_t float_type);

enum class Rounding { kNearestEven, kDown, kUp, kTowardsZero };

// The format's number for `x`: infinite beyond the largest as IEEE 754 says for that rounding,
// subnormal below the smallest; NaN, infinities and zeros as they are.
Exact rounded(const FloatFormat& format, Exact x, Rounding rounding = Rounding::kNearestEven);
double rounded(const FloatFormat& format, double x);  // to nearest even; x exact in a double
// The distance of neighbours at x.
Exact spacing(const FloatFormat& format, Exact x);
Exact least_normal(const FloatFormat& format);
Exact largest(const FloatFormat& format);

// [lowest, highest] of an integer type or BOOL.
struct Range {
  Exact lowest;
  Exact highest;
};
Range range_of(bp_dtype_t integer_type);

// The number of any type that is nearest to `x`: floats as above, integers to even and into range.
Exact nearest(bp_dtype_t dtype, Exact x);

// Element `index` of dense bytes, and back; `x` must be one that the type has.
Exact exact_element(bp_dtype_t dtype, const char* bytes, uint64_t index);
void store_element(bp_dtype_t dtype, Exact x, char* bytes, uint64_t index);

}  // namespace backplane::conformance
