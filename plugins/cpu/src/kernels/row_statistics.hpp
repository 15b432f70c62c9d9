// Mean and variance of a row, in double: nothing cancels, whatever the mean is. And its sum alone.
#pragma once

#include <cmath>

#include "lanes.hpp"

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

using DoubleLanes = LanesOf<double>;
constexpr int64_t kRowParts = kRowLanes / DoubleLanes::kCount;

BACKPLANE_CPU_INLINE double joined_parts(const DoubleLanes::Lanes* parts) {
  double lanes[kRowLanes];
  std::memcpy(lanes, parts, sizeof lanes);
  return joined_lanes<kRowLanes>(lanes);
}

// The sum of what Term::add() adds for each element, in double.
template <class Term, class T>
BACKPLANE_CPU_INLINE double sum_over_row(const T* row, int64_t length, double of) {
  DoubleLanes::Lanes sums[kRowParts] = {}, x;
  int64_t at = 0;
  for (; at + kRowLanes <= length; at += kRowLanes)
    for (int64_t i = 0; i < kRowParts; ++i) {
      DoubleLanes::read(row + at + i * DoubleLanes::kCount, x);
      Term::add(x, of, sums[i]);
    }
  double rest = 0;
  for (; at < length; ++at) Term::add(static_cast<double>(load(row[at])), of, rest);
  return joined_parts(sums) + rest;
}

// Of an element or of lanes of them.
struct ElementTerm {
  template <class X>
  BACKPLANE_CPU_INLINE static void add(const X& x, double, X& sum) {
    sum += x;
  }
};
struct SquareFromTerm {
  template <class X>
  BACKPLANE_CPU_INLINE static void add(const X& x, double mean, X& sum) {
    sum += (x - mean) * (x - mean);
  }
};

// The sum of a row of floats, two of which are added before they become a double: that conversion
// takes most of the time. The error is at most 2^-24 of the sum of magnitudes.
BACKPLANE_CPU_INLINE double sum_of_pairs(const float* row, int64_t length) {
  DoubleLanes::Lanes sums[kRowParts] = {}, pairs;
  int64_t at = 0;
  for (; at + 2 * kRowLanes <= length; at += 2 * kRowLanes)
    for (int64_t i = 0; i < kRowParts; ++i) {
      DoubleLanes::read_pairs(row + at + 2 * i * DoubleLanes::kCount, pairs);
      sums[i] += pairs;
    }
  const double sum = joined_parts(sums) + sum_over_row<ElementTerm>(row + at, length - at, 0);
  // Two floats may be beyond what a float holds where their double is not.
  return std::isfinite(sum) ? sum : sum_over_row<ElementTerm>(row, length, 0);
}

// The means of a row and of its squares, in double.
struct RowMoments {
  double plain;
  double squares;
};

template <class T>
BACKPLANE_CPU_INLINE RowMoments moments_of(const T* row, int64_t length) {
  DoubleLanes::Lanes sums[kRowParts] = {}, squares[kRowParts] = {}, x;
  int64_t at = 0;
  for (; at + kRowLanes <= length; at += kRowLanes)
    for (int64_t i = 0; i < kRowParts; ++i) {
      DoubleLanes::read(row + at + i * DoubleLanes::kCount, x);
      sums[i] += x;
      squares[i] += x * x;
    }
  double plain = 0, square = 0;
  for (; at < length; ++at) {
    const auto element = static_cast<double>(load(row[at]));
    plain += element;
    square += element * element;
  }
  const auto count = static_cast<double>(length);
  return {(plain + joined_parts(sums)) / count, (square + joined_parts(squares)) / count};
}

template <class T>
BACKPLANE_CPU_INLINE RowStatistics statistics_in_two_passes(const T* row, int64_t length,
                                                            double epsilon) {
  const auto count = static_cast<double>(length);
  const double mean = sum_over_row<ElementTerm>(row, length, 0) / count;
  const double squares = sum_over_row<SquareFromTerm>(row, length, mean);
  return {mean, 1.0 / std::sqrt(squares / count + epsilon)};
}

// In one pass for types whose squares a double holds exactly: unless the mean is many deviations
// from zero, a rounding of the sums costs at most 2^-36 of the variance. Where it is, two passes
// follow.
template <class T>
BACKPLANE_CPU_INLINE RowStatistics statistics_of(const T* row, int64_t length, double epsilon) {
  constexpr double kMany = 256;
  if (length > 0 && !std::is_same_v<T, double>) {
    const RowMoments found = moments_of(row, length);
    const double of_mean = found.plain * found.plain;
    const double variance = found.squares - of_mean;
    if (of_mean <= kMany * kMany * variance)
      return {found.plain, 1.0 / std::sqrt(variance + epsilon)};
  }
  return statistics_in_two_passes(row, length, epsilon);
}

}  // namespace backplane::cpu
