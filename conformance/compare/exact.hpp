// Exact: the number in which results are worked out and compared. It holds every element of every
// type that is compared here, and the sums of as many as a case has, with room to spare.
#pragma once

#include <cstdint>

namespace backplane::conformance {

#if defined(__x86_64__)
__extension__ using Exact = __float128;  // 113 bits of mantissa
#else
using Exact = long double;  // the same on 64-bit Arm
#endif

inline bool is_nan(Exact x) { return x != x; }
inline bool is_infinite(Exact x) { return x == x && x - x != 0; }
inline bool is_finite(Exact x) { return x - x == 0; }
inline Exact absolute(Exact x) { return x < 0 ? -x : x; }
bool has_sign(Exact x);  // also of zeros and NaN

// x = m * 2^e with 0.5 <= |m| < 1; of a finite x that is not 0.
int exponent_of(Exact x);
Exact scaled(Exact x, int exponent);  // x * 2^exponent
Exact rounded_to_even(Exact x);       // to an integer
Exact rounded_down(Exact x);
Exact rounded_up(Exact x);
Exact truncated(Exact x);
Exact remainder_as_c(Exact x, Exact y);  // fmod: the sign of x

Exact square_root(Exact x);
Exact exponential(Exact x);
Exact exponential_less_one(Exact x);
Exact logarithm(Exact x);
Exact hyperbolic_tangent(Exact x);
Exact error_function(Exact x);
Exact sine(Exact x);
Exact cosine(Exact x);
Exact tangent(Exact x);
Exact arc_sine(Exact x);
Exact arc_cosine(Exact x);
Exact arc_tangent(Exact x);
Exact hyperbolic_sine(Exact x);
Exact hyperbolic_cosine(Exact x);
// Inverses of the hyperbolic functions.
Exact area_sine(Exact x);
Exact area_cosine(Exact x);
Exact area_tangent(Exact x);
Exact power(Exact x, Exact y);

}  // namespace backplane::conformance
