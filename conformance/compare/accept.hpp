// The one rule by which results are accepted: each element lies in the interval that the exact
// result and the error allowed to it make, rounded to the result's type. Right is proved, never
// "not wrong": a comparison with a NaN passes nothing.
#pragma once

#include <backplane/tensor.h>

#include <string>
#include <vector>

#include "compare/exact.hpp"
#include "compare/freedom.hpp"

namespace backplane::conformance {

// One element of a result, as it should be.
struct Expected {
  Exact value = 0;
  double error = 0;     // bound of |computed - value| before the result is stored
  double variance = 0;  // of computed - value, typically
  Freedom freedom = 0;
};

struct Acceptance {
  bool keeps_sign_of_zero = false;  // -0 and +0 are different results
  bool truncates = false;           // declared: stores round towards zero
  bool flushes = false;             // declared: subnormal results are stored as zero
  bool has_statistics = false;      // the errors of a tensor are looked at together
};

struct Interval {
  Exact lowest;
  Exact highest;
};

// What is accepted for a finite exact result.
Interval interval_of(bp_dtype_t dtype, const Expected& expected, const Acceptance& how);
bool is_accepted(bp_dtype_t dtype, const Expected& expected, const Acceptance& how, Exact came);

struct Judgement {
  uint64_t wrong_count = 0;
  uint64_t worst = 0;      // index of the element that is furthest from its interval
  double mean_square = 0;  // of the errors over their typical size; 0 where it is not looked at
  double bias = 0;         // their sum away from zero, over the root of their number
  std::string text;        // "" when the result is right
  bool is_right() const { return text.empty(); }
};

// Limits of the two statistics; both were never reached by an honest order of summation.
constexpr double kMostMeanSquare = 4;
constexpr double kMostBias = 8;

// Judges dense bytes of `type`, which has as many elements as `expected`.
Judgement judge(const bp_tensor_type_t& type, const std::vector<Expected>& expected,
                const Acceptance& how, const std::string& came);

}  // namespace backplane::conformance
