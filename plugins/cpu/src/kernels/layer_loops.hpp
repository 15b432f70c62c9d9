// Rows of LayerNormalization whose scale and shift are those of every row.
#pragma once

#include "row_statistics.hpp"

namespace backplane::cpu {

// Most of the work is to turn floats into doubles and back. Rows up to this long become doubles
// once, and so do their scale and shift: in the first cache there is room for these and two rows.
constexpr int64_t kWidened = 1024;
struct WideScales {
  alignas(64) double scale[kWidened];
  alignas(64) double shift[kWidened];
};

template <class T>
struct LayerLoops {
  static constexpr int64_t kTogether = 4;  // rows for which scale and shift are read once
  static constexpr int64_t kWideTogether = 2;

  // Rows lie `pitch` elements apart in `from`.
  template <int64_t kRows, bool kShifts, class From, class Scale>
  BACKPLANE_CPU_INLINE static void normalize_as(const From* from, int64_t pitch, T* to,
                                                int64_t length, const RowStatistics* rows,
                                                const Scale* scale, const Scale* shift) {
    DoubleLanes::Lanes factors = {}, added = {}, x = {};
    int64_t i = 0;
    for (; i + DoubleLanes::kCount <= length; i += DoubleLanes::kCount) {
      DoubleLanes::read(scale + i, factors);
      DoubleLanes::read(shift + i, added);
      for (int64_t row = 0; row < kRows; ++row) {
        DoubleLanes::read(from + row * pitch + i, x);
        x = (x - rows[row].mean) * rows[row].inverse_deviation * factors;
        if (kShifts) x += added;
        DoubleLanes::write(x, to + row * length + i);
      }
    }
    for (; i < length; ++i)
      for (int64_t row = 0; row < kRows; ++row) {
        const auto one = static_cast<double>(load(from[row * pitch + i]));
        const double scaled = (one - rows[row].mean) * rows[row].inverse_deviation *
                              static_cast<double>(load(scale[i]));
        const double shifted = kShifts ? scaled + static_cast<double>(load(shift[i])) : scaled;
        to[row * length + i] = store<T>(static_cast<Computed<T>>(shifted));
      }
  }
  template <int64_t kRows, class From, class Scale>
  BACKPLANE_CPU_INLINE static void normalize(const From* from, int64_t pitch, T* to, int64_t length,
                                             const RowStatistics* rows, const Scale* scale,
                                             const Scale* shift) {
    if (shift != nullptr)
      normalize_as<kRows, true>(from, pitch, to, length, rows, scale, shift);
    else
      normalize_as<kRows, false>(from, pitch, to, length, rows, scale, scale);
  }

  // `count` rows whose scale and shift are those of every row.
  BACKPLANE_CPU_INLINE static void rows(const T* x, T* y, int64_t length, double epsilon,
                                        const T* scale, const T* shift, RowStatistics* found,
                                        int64_t count) {
    for (int64_t row = 0; row < count; ++row)
      found[row] = statistics_of(x + row * length, length, epsilon);
    int64_t row = 0;
    for (; row + kTogether <= count; row += kTogether)
      normalize<kTogether>(x + row * length, length, y + row * length, length, found + row, scale,
                           shift);
    for (; row < count; ++row)
      normalize<1>(x + row * length, length, y + row * length, length, found + row, scale, shift);
  }

  // The same for rows, scale and shift of up to kWidened elements that are no doubles.
  BACKPLANE_CPU_INLINE static void wide_rows(const T* x, T* y, int64_t length, double epsilon,
                                             const double* scale, const double* shift,
                                             RowStatistics* found, int64_t count) {
    alignas(64) double kept[kWideTogether][kWidened];
    int64_t row = 0;
    for (; row + kWideTogether <= count; row += kWideTogether) {
      for (int64_t i = row; i < row + kWideTogether; ++i)
        found[i] = statistics_of(x + i * length, length, epsilon, kept[i - row]);
      normalize<kWideTogether>(kept[0], kWidened, y + row * length, length, found + row, scale,
                               shift);
    }
    for (; row < count; ++row) {
      found[row] = statistics_of(x + row * length, length, epsilon, kept[0]);
      normalize<1>(kept[0], kWidened, y + row * length, length, found + row, scale, shift);
    }
  }

  BACKPLANE_CPU_INLINE static void widen(const T* from, double* to, int64_t length) {
#pragma omp simd
    for (int64_t i = 0; i < length; ++i) to[i] = static_cast<double>(load(from[i]));
  }
};

}  // namespace backplane::cpu
