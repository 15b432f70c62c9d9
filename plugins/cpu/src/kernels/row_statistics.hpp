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

template <class T>
BACKPLANE_CPU_INLINE RowStatistics statistics_of(const T* row, int64_t length, double epsilon) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < length; ++i) sum += static_cast<double>(load(row[i]));
  const double mean = sum / static_cast<double>(length);
  double squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < length; ++i) {
    const double from_mean = static_cast<double>(load(row[i])) - mean;
    squares += from_mean * from_mean;
  }
  return {mean, 1.0 / std::sqrt(squares / static_cast<double>(length) + epsilon)};
}

}  // namespace backplane::cpu
