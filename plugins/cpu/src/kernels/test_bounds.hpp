// For tests of kernels: how exact a result is expected to be.
#pragma once

#include <backplane/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace backplane::cpu::testing {

// Unit roundoff: half the distance from 1 to the next number.
inline double unit_of(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_FLOAT16:
      return 0x1p-11;
    case BP_DTYPE_BFLOAT16:
      return 0x1p-8;
    case BP_DTYPE_FLOAT32:
      return 0x1p-24;
    case BP_DTYPE_FLOAT64:
      return 0x1p-53;
    default:
      return 0;
  }
}

// Of the type that sums are kept in.
inline double unit_of_sums(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_FLOAT64 ? 0x1p-53 : (unit_of(dtype) == 0 ? 0 : 0x1p-24);
}

// Half the smallest subnormal number.
inline double smallest_of(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_FLOAT16:
      return 0x1p-25;
    case BP_DTYPE_BFLOAT16:
      return 0x1p-134;
    case BP_DTYPE_FLOAT32:
      return 0x1p-150;
    case BP_DTYPE_FLOAT64:
      return 0x1p-1074;  // its half is no double
    default:
      return 0;
  }
}

// The bound on `terms` roundings in sums of products whose magnitudes add up to `magnitude`, then
// one rounding of the result to `dtype`.
inline double bound_of(bp_dtype_t dtype, double terms, long double sum_of_magnitudes,
                       long double result) {
  const auto magnitude = static_cast<double>(sum_of_magnitudes);
  const double u = unit_of_sums(dtype);
  const double sum = terms * u / (1 - terms * u) * magnitude;
  const double is_stored =
      unit_of(dtype) > u ? unit_of(dtype) * (std::fabs(static_cast<double>(result)) + sum) : 0;
  return sum + is_stored + (terms + 1) * smallest_of(dtype);
}

// NaN where NaN is expected, the same infinity, else within the bound.
inline ::testing::AssertionResult is_within(double found, long double expected, double bound) {
  if (std::isnan(expected)
          ? std::isnan(found)
          : (found == expected || std::fabs(found - expected) <= static_cast<long double>(bound)))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << found << " is not within " << bound << " of " << expected;
}

// Calls body(number) for each case of a table, up to the first that fails.
template <class Body>
void for_cases(size_t count, const Body& body) {
  for (size_t number = 0; number < count; ++number) {
    SCOPED_TRACE("case " + std::to_string(number));
    body(number);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace backplane::cpu::testing
