#include "compare/exact.hpp"

#include <cmath>

namespace backplane::conformance {

#if defined(__x86_64__)

// libquadmath; its own header is one that clang does not find.
extern "C" {
int signbitq(Exact x);
Exact frexpq(Exact x, int* exponent);
Exact ldexpq(Exact x, int exponent);
Exact rintq(Exact x);
Exact floorq(Exact x);
Exact ceilq(Exact x);
Exact truncq(Exact x);
Exact fmodq(Exact x, Exact y);
Exact sqrtq(Exact x);
Exact expq(Exact x);
Exact expm1q(Exact x);
Exact logq(Exact x);
Exact tanhq(Exact x);
Exact erfq(Exact x);
Exact sinq(Exact x);
Exact cosq(Exact x);
Exact tanq(Exact x);
Exact asinq(Exact x);
Exact acosq(Exact x);
Exact atanq(Exact x);
Exact sinhq(Exact x);
Exact coshq(Exact x);
Exact asinhq(Exact x);
Exact acoshq(Exact x);
Exact atanhq(Exact x);
Exact powq(Exact x, Exact y);
}

bool has_sign(Exact x) { return signbitq(x) != 0; }
int exponent_of(Exact x) {
  int exponent = 0;
  frexpq(x, &exponent);
  return exponent;
}
Exact scaled(Exact x, int exponent) { return ldexpq(x, exponent); }
Exact rounded_to_even(Exact x) { return rintq(x); }
Exact rounded_down(Exact x) { return floorq(x); }
Exact rounded_up(Exact x) { return ceilq(x); }
Exact truncated(Exact x) { return truncq(x); }
Exact remainder_as_c(Exact x, Exact y) { return fmodq(x, y); }
Exact square_root(Exact x) { return sqrtq(x); }
Exact exponential(Exact x) { return expq(x); }
Exact exponential_less_one(Exact x) { return expm1q(x); }
Exact logarithm(Exact x) { return logq(x); }
Exact hyperbolic_tangent(Exact x) { return tanhq(x); }
Exact error_function(Exact x) { return erfq(x); }
Exact sine(Exact x) { return sinq(x); }
Exact cosine(Exact x) { return cosq(x); }
Exact tangent(Exact x) { return tanq(x); }
Exact arc_sine(Exact x) { return asinq(x); }
Exact arc_cosine(Exact x) { return acosq(x); }
Exact arc_tangent(Exact x) { return atanq(x); }
Exact hyperbolic_sine(Exact x) { return sinhq(x); }
Exact hyperbolic_cosine(Exact x) { return coshq(x); }
Exact area_sine(Exact x) { return asinhq(x); }
Exact area_cosine(Exact x) { return acoshq(x); }
Exact area_tangent(Exact x) { return atanhq(x); }
Exact power(Exact x, Exact y) { return powq(x, y); }

#else

bool has_sign(Exact x) { return std::signbit(x); }
int exponent_of(Exact x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return exponent;
}
Exact scaled(Exact x, int exponent) { return std::ldexp(x, exponent); }
Exact rounded_to_even(Exact x) { return std::rint(x); }
Exact rounded_down(Exact x) { return std::floor(x); }
Exact rounded_up(Exact x) { return std::ceil(x); }
Exact truncated(Exact x) { return std::trunc(x); }
Exact remainder_as_c(Exact x, Exact y) { return std::fmod(x, y); }
Exact square_root(Exact x) { return std::sqrt(x); }
Exact exponential(Exact x) { return std::exp(x); }
Exact exponential_less_one(Exact x) { return std::expm1(x); }
Exact logarithm(Exact x) { return std::log(x); }
Exact hyperbolic_tangent(Exact x) { return std::tanh(x); }
Exact error_function(Exact x) { return std::erf(x); }
Exact sine(Exact x) { return std::sin(x); }
Exact cosine(Exact x) { return std::cos(x); }
Exact tangent(Exact x) { return std::tan(x); }
Exact arc_sine(Exact x) { return std::asin(x); }
Exact arc_cosine(Exact x) { return std::acos(x); }
Exact arc_tangent(Exact x) { return std::atan(x); }
Exact hyperbolic_sine(Exact x) { return std::sinh(x); }
Exact hyperbolic_cosine(Exact x) { return std::cosh(x); }
Exact area_sine(Exact x) { return std::asinh(x); }
Exact area_cosine(Exact x) { return std::acosh(x); }
Exact area_tangent(Exact x) { return std::atanh(x); }
Exact power(Exact x, Exact y) { return std::pow(x, y); }

#endif

}  // namespace backplane::conformance
