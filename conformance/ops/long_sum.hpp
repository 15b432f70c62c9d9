// Sums of many products of short floats, in a fraction of the time that Exact takes for them one by
// one: in pairs of doubles, and with a bound of what these lose.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/call.hpp"

namespace backplane::conformance {

struct LongSum {
  Exact value = 0;
  double size = 0;   // sum of |products| that are finite
  double error = 0;  // |value - the sum| is at most this: 0 where nothing was rounded away
};

// The sum of a[i] * b[i], each product of which is exact in double or not finite.
LongSum sum_of_products(const double* a, const double* b, int64_t count);

// The elements as doubles when any product of two such is exact there: of float32 or shorter.
// None of other types.
std::vector<double> factors_of(const Numbers<Bounded>& numbers);
// An emulation rounds after each term: it has no use for them.
inline std::vector<double> factors_of(const Numbers<Emulated>&) { return {}; }

}  // namespace backplane::conformance
