#include "compare/accept.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "compare/element.hpp"
#include "compare/format.hpp"

namespace backplane::conformance {
namespace {

Exact stored(bp_dtype_t dtype, Exact x, Rounding rounding) {
  if (is_float_type(dtype)) return rounded(format_of(dtype), x, rounding);
  const Range range = range_of(dtype);
  return std::min(std::max(rounded_to_even(x), range.lowest), range.highest);
}

bool is_accepted_as_free(const Expected& expected, Exact came) {
  if ((expected.freedom & kAnything) != 0) return true;
  if ((expected.freedom & kNanToo) != 0 && is_nan(came)) return true;
  if ((expected.freedom & kZeroToo) != 0 && came == 0) return true;
  if ((expected.freedom & kOneMore) != 0 && came == expected.value + 1) return true;
  return (expected.freedom & kOneLess) != 0 && came == expected.value - 1;
}

bool is_right_zero(const Expected& expected, const Acceptance& how, Exact came) {
  return !how.keeps_sign_of_zero || (expected.freedom & kSignOfZero) != 0 ||
         has_sign(expected.value) == has_sign(came);
}

// How far beyond its interval, in spacings of the type; infinite for a wrong kind of number.
double excess_of(bp_dtype_t dtype, const Expected& expected, const Acceptance& how, Exact came) {
  if (!is_finite(expected.value) || !is_finite(came)) return INFINITY;
  const Interval interval = interval_of(dtype, expected, how);
  const Exact beyond = came < interval.lowest ? interval.lowest - came : came - interval.highest;
  const Exact unit = is_float_type(dtype) ? spacing(format_of(dtype), expected.value) : Exact{1};
  return static_cast<double>(beyond / unit);
}

// The errors of a tensor's elements over their typical sizes.
struct Statistics {
  double squares = 0;
  double away = 0;  // errors away from zero count up, others down
  double count = 0;

  void add(bp_dtype_t dtype, const Expected& expected, Exact came) {
    const double typical = std::sqrt(expected.variance);
    // Short sums have too little room between what is typical and what is possible.
    if (!is_finite(expected.value) || !is_finite(came) || !(expected.error >= 4.4 * typical) ||
        !std::isfinite(expected.error) || typical == 0)
      return;
    const double store = 0.29 * static_cast<double>(spacing(format_of(dtype), expected.value));
    const double deviation = std::sqrt(expected.variance + store * store);
    const double error = static_cast<double>(came - expected.value) / deviation;
    squares += error * error;
    away += expected.value < 0 ? -error : error;
    count += 1;
  }
};

constexpr double kLeastCount = 64;

std::string number_text(Exact x) {
  char text[48];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(x));
  return text;
}

std::string wanted_text(bp_dtype_t dtype, const Expected& expected, const Acceptance& how) {
  if (is_nan(expected.value)) return "NaN was wanted";
  if (!is_finite(expected.value)) return number_text(expected.value) + " was wanted";
  if (!is_float_type(dtype)) {
    std::string text(sizeof(uint64_t), '\0');
    store_element(dtype, stored(dtype, expected.value, Rounding::kNearestEven), text.data(), 0);
    return element_text(dtype, text.data(), 0) + " was wanted";
  }
  const Interval interval = interval_of(dtype, expected, how);
  if (interval.lowest == interval.highest) return number_text(interval.lowest) + " was wanted";
  return number_text(expected.value) + " was wanted, " + number_text(interval.lowest) + " to " +
         number_text(interval.highest) + " is accepted";
}

void judge_statistics(const Statistics& statistics, Judgement* judgement) {
  if (statistics.count < kLeastCount) return;
  judgement->mean_square = statistics.squares / statistics.count;
  judgement->bias = std::fabs(statistics.away) / std::sqrt(statistics.count);
  if (!judgement->text.empty()) return;
  char text[200];
  if (!(judgement->mean_square <= kMostMeanSquare))
    std::snprintf(text, sizeof text,
                  "each element is within its bound, but together they are too far off: the mean "
                  "square of their errors over the typical size is %.3g, at most %g is accepted",
                  judgement->mean_square, kMostMeanSquare);
  else if (!(judgement->bias <= kMostBias))
    std::snprintf(text, sizeof text,
                  "each element is within its bound, but together they lean to one side: %.3g "
                  "deviations, at most %g are accepted",
                  judgement->bias, kMostBias);
  else
    return;
  judgement->text = text;
}

}  // namespace

Interval interval_of(bp_dtype_t dtype, const Expected& expected, const Acceptance& how) {
  if (!std::isfinite(expected.error))
    return {-static_cast<Exact>(INFINITY), static_cast<Exact>(INFINITY)};
  const Exact error = static_cast<Exact>(expected.error);
  const Exact low = expected.value - error;
  const Exact high = expected.value + error;
  // What rounds towards zero is accepted from a plugin that says so, beside what is nearest.
  const Rounding down = how.truncates && low > 0 ? Rounding::kDown : Rounding::kNearestEven;
  const Rounding up = how.truncates && high < 0 ? Rounding::kUp : Rounding::kNearestEven;
  return {stored(dtype, low, down), stored(dtype, high, up)};
}

bool is_accepted(bp_dtype_t dtype, const Expected& expected, const Acceptance& how, Exact came) {
  if (is_accepted_as_free(expected, came)) return true;
  if (is_nan(expected.value)) return is_nan(came);
  if (is_infinite(expected.value)) return came == expected.value;
  const Interval interval = interval_of(dtype, expected, how);
  if (how.flushes && came == 0 &&
      absolute(expected.value) <
          least_normal(format_of(dtype)) + static_cast<Exact>(expected.error))
    return true;
  if (!(interval.lowest <= came && came <= interval.highest)) return false;
  return came != 0 || interval.lowest != 0 || interval.highest != 0 ||
         is_right_zero(expected, how, came);
}

Judgement judge(const bp_tensor_type_t& type, const std::vector<Expected>& expected,
                const Acceptance& how, const std::string& came) {
  Judgement judgement;
  Statistics statistics;
  double worst = -1;
  if (came.size() != expected.size() * element_bytes(type.dtype)) {
    judgement.text = std::to_string(came.size()) + " bytes came for " + type_text(type);
    judgement.wrong_count = expected.size();
    return judgement;
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const Exact element = exact_element(type.dtype, came.data(), i);
    const bool is_bool = type.dtype == BP_DTYPE_BOOL && !(element <= 1);
    if (how.has_statistics) statistics.add(type.dtype, expected[i], element);
    if (!is_bool && is_accepted(type.dtype, expected[i], how, element)) continue;
    ++judgement.wrong_count;
    const double excess = excess_of(type.dtype, expected[i], how, element);
    if (excess <= worst) continue;
    worst = excess;
    judgement.worst = i;
  }
  if (judgement.wrong_count > 0)
    judgement.text = std::to_string(judgement.wrong_count) + " of " +
                     std::to_string(expected.size()) + " elements are wrong; worst is " +
                     place_text(type, judgement.worst) + ": " +
                     element_text(type.dtype, came.data(), judgement.worst) + ", " +
                     wanted_text(type.dtype, expected[judgement.worst], how);
  if (how.has_statistics) judge_statistics(statistics, &judgement);
  return judgement;
}

}  // namespace backplane::conformance
