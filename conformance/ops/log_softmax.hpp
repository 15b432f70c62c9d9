// What the operators of softmax share: one row of its logarithm.
#pragma once

#include "ops/reference.hpp"
#include "ops/rows.hpp"

namespace backplane::conformance {

// The largest number of a row, or NaN; what is subtracted from all of them first.
template <class S>
S maximum(const Numbers<S>& x, const Rows& rows, int64_t first) {
  S largest = x[first];
  for (int64_t i = 1; i < rows.length; ++i) {
    const S& now = x[first + i * rows.step];
    if (is_nan(now) || largest < now) largest = now;
  }
  return slips(Slip::kNoMaximum) ? S(0) : largest;
}

template <class S>
void log_softmax(const Numbers<S>& x, const Rows& rows, int64_t first, Numbers<S>* y) {
  const S largest = maximum(x, rows, first);
  Sum<S> sum;
  for (int64_t i = 0; i < rows.length; ++i)
    sum.add(exponential(x[first + i * rows.step] - largest));
  const S log = logarithm(sum.total());
  for (int64_t i = 0; i < rows.length; ++i)
    (*y)[first + i * rows.step] = (x[first + i * rows.step] - largest) - log;
}

}  // namespace backplane::conformance
