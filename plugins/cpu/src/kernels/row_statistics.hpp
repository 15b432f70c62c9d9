// Mean and variance of a row, in two passes and in double: nothing cancels, whatever the mean is.
#pragma once

#include <cmath>

#include "levels.hpp"
#include "number.hpp"

namespace backplane::cpu {

struct RowStatistics {
  double mean;
  double inverse_deviation;  // 1 / sqrt(variance + epsilon)
};

constexpr int64_t kRowLanes = 32;  // sums side by side, so that none waits for the one before

// Halves are added to halves: a loop over all lanes would be as many additions, one after the
// other.
template <int64_t kCount>
BACKPLANE_CPU_INLINE double joined_lanes(const double* lanes) {
  if constexpr (kCount == 1) {
    return lanes[0];
  } else {
    double halves[kCount / 2];
#pragma omp simd
    for (int64_t i = 0; i < kCount / 2; ++i) halves[i] = lanes[i] + lanes[i + kCount / 2];
    return joined_lanes<kCount / 2>(halves);
  }
}

// The sum of Term::of(element, of), in double.
template <class Term, class T>
BACKPLANE_CPU_INLINE double sum_over_row(const T* row, int64_t length, double of) {
  double lanes[kRowLanes] = {};
  int64_t at = 0;
  for (; at + kRowLanes <= length; at += kRowLanes) {
    const T* from = row + at;
#pragma omp simd
    for (int64_t i = 0; i < kRowLanes; ++i)
      lanes[i] += Term::of(static_cast<double>(load(from[i])), of);
  }
  double rest = 0;
  for (; at < length; ++at) rest += Term::of(static_cast<double>(load(row[at])), of);
  return joined_lanes<kRowLanes>(lanes) + rest;
}

struct ElementTerm {
  BACKPLANE_CPU_INLINE static double of(double x, double) { return x; }
};
struct SquareFromTerm {
  BACKPLANE_CPU_INLINE static double of(double x, double mean) { return (x - mean) * (x - mean); }
};

template <class T>
BACKPLANE_CPU_INLINE RowStatistics statistics_of(const T* row, int64_t length, double epsilon) {
  const auto count = static_cast<double>(length);
  const double mean = sum_over_row<ElementTerm>(row, length, 0) / count;
  const double squares = sum_over_row<SquareFromTerm>(row, length, mean);
  return {mean, 1.0 / std::sqrt(squares / count + epsilon)};
}

}  // namespace backplane::cpu
