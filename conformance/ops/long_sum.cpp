#include "ops/long_sum.hpp"

#include <cmath>

namespace backplane::conformance {
namespace {

constexpr int64_t kLanes = 4;  // sums side by side, so that none waits for the last

// high + low is the sum, but for what additions to `low` have lost.
struct Lanes {
  double high[kLanes] = {};
  double low[kLanes] = {};
  double lost[kLanes] = {};  // sum of |what went to low|
  double size[kLanes] = {};
};

// Knuth's TwoSum: what rounding takes from the new `high` goes to `low`, whole.
inline void add(Lanes* lanes, int64_t at, double term) {
  const double before = lanes->high[at];
  const double sum = before + term;
  const double part = sum - before;
  const double rest = (before - (sum - part)) + (term - part);
  lanes->high[at] = sum;
  lanes->low[at] += rest;
  lanes->lost[at] += std::fabs(rest);
}

inline void add_product(Lanes* lanes, int64_t at, double a, double b) {
  const double product = a * b;
  add(lanes, at, product);
  lanes->size[at] += std::fabs(product);
}

// All into the first.
void fold(Lanes* lanes) {
  for (int64_t lane = 1; lane < kLanes; ++lane) {
    add(lanes, 0, lanes->high[lane]);
    lanes->low[0] += lanes->low[lane];
    lanes->lost[0] += lanes->lost[lane];
    lanes->size[0] += lanes->size[lane];
  }
}

// In doubles as in any order: NaN where infinities of both signs or a NaN are added.
LongSum wild_sum(double value, const double* a, const double* b, int64_t count) {
  LongSum sum = {static_cast<Exact>(value), 0, 0};
  for (int64_t at = 0; at < count; ++at) {
    const double size = std::fabs(a[at] * b[at]);
    if (std::isfinite(size)) sum.size += size;
  }
  return sum;
}

}  // namespace

LongSum sum_of_products(const double* a, const double* b, int64_t count) {
  Lanes lanes;
  int64_t at = 0;
  for (; at + kLanes <= count; at += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      add_product(&lanes, lane, a[at + lane], b[at + lane]);
  for (int64_t lane = 0; at < count; ++at, ++lane) add_product(&lanes, lane, a[at], b[at]);
  fold(&lanes);
  if (!std::isfinite(lanes.high[0])) return wild_sum(lanes.high[0], a, b, count);
  // n additions of doubles lose at most n 2^-53 of the sum of their sizes (Higham, 4.2), which is
  // itself such a sum; a little more covers that.
  const int64_t additions = count / kLanes + 2 * kLanes;
  return {static_cast<Exact>(lanes.high[0]) + static_cast<Exact>(lanes.low[0]), lanes.size[0],
          1.01 * static_cast<double>(additions) * 0x1p-53 * lanes.lost[0]};
}

std::vector<double> factors_of(const Numbers<Bounded>& numbers) {
  const bool is_short = numbers.dtype == BP_DTYPE_FLOAT32 || numbers.dtype == BP_DTYPE_FLOAT16 ||
                        numbers.dtype == BP_DTYPE_BFLOAT16;
  if (!is_short) return {};
  std::vector<double> factors;
  factors.reserve(numbers.elements.size());
  for (const Bounded& element : numbers.elements)
    factors.push_back(static_cast<double>(element.value));
  return factors;
}

}  // namespace backplane::conformance
