// Rows of LayerNormalization whose scale and shift are those of every row.
#pragma once

#include "row_statistics.hpp"

namespace backplane::cpu {

// A row's statistics for elements that are no doubles, if a float holds what is made of them: a
// difference from the mean is at most the deviation times the root of the length.
struct FloatStatistics {
  float mean;
  float mean_rest;  // what `mean` lacks, so that nothing cancels far from zero
  float inverse_deviation;

  BACKPLANE_CPU_INLINE explicit FloatStatistics(const RowStatistics& row)
      : mean(static_cast<float>(row.mean)),
        mean_rest(static_cast<float>(row.mean - static_cast<double>(mean))),
        inverse_deviation(static_cast<float>(row.inverse_deviation)) {}

  BACKPLANE_CPU_INLINE static bool hold(const RowStatistics& row) {
    return std::fabs(row.mean) <= 0x1p100 && row.inverse_deviation >= 0x1p-50 &&
           row.inverse_deviation <= 0x1p50;
  }
};

template <class T>
struct LayerLoops {
  static constexpr int64_t kTogether = 4;  // rows for which scale and shift are read once

  // `count` rows, at most kTogether.
  BACKPLANE_CPU_INLINE static void rows(const T* x, T* y, int64_t length, double epsilon,
                                        const T* scale, const T* shift, RowStatistics* found,
                                        int64_t count) {
    bool are_floats = !std::is_same_v<T, double> && count == kTogether;
    for (int64_t row = 0; row < count; ++row) {
      found[row] = statistics_of(x + row * length, length, epsilon);
      are_floats = are_floats && FloatStatistics::hold(found[row]);
    }
    if (are_floats) return normalize_in_float<kTogether>(x, y, length, found, scale, shift);
    for (int64_t row = 0; row < count; ++row)
      normalize(x + row * length, y + row * length, length, found[row], scale, shift);
  }

  // One row. In float the differences, the products and the sum are rounded; in double, what is
  // stored alone.
  BACKPLANE_CPU_INLINE static void normalize(const T* x, T* y, int64_t length,
                                             const RowStatistics& row, const T* scale,
                                             const T* shift) {
    if (!std::is_same_v<T, double> && FloatStatistics::hold(row))
      normalize_in_float<1>(x, y, length, &row, scale, shift);
    else if (shift != nullptr)
      normalize_in_double<true>(x, y, length, row, scale, shift);
    else
      normalize_in_double<false>(x, y, length, row, scale, scale);
  }

 private:
  using FloatLanes = LanesOf<float>;

  template <int64_t kRows>
  BACKPLANE_CPU_INLINE static void normalize_in_float(const T* x, T* y, int64_t length,
                                                      const RowStatistics* rows, const T* scale,
                                                      const T* shift) {
    if (shift != nullptr)
      normalize_floats<kRows, true>(x, y, length, rows, scale, shift);
    else
      normalize_floats<kRows, false>(x, y, length, rows, scale, scale);
  }

  template <int64_t kRows, bool kShifts>
  BACKPLANE_CPU_INLINE static void normalize_floats(const T* from, T* to, int64_t length,
                                                    const RowStatistics* rows, const T* scale,
                                                    const T* shift) {
    FloatLanes::Lanes factors = {}, added = {}, x = {};
    int64_t i = 0;
    for (; i + FloatLanes::kCount <= length; i += FloatLanes::kCount) {
      FloatLanes::read(scale + i, factors);
      FloatLanes::read(shift + i, added);
      for (int64_t row = 0; row < kRows; ++row) {
        FloatLanes::read(from + row * length + i, x);
        normalize_one<kShifts>(FloatStatistics(rows[row]), factors, added, x);
        FloatLanes::write(x, to + row * length + i);
      }
    }
    for (; i < length; ++i)
      for (int64_t row = 0; row < kRows; ++row) {
        auto one = static_cast<float>(load(from[row * length + i]));
        normalize_one<kShifts>(FloatStatistics(rows[row]), static_cast<float>(load(scale[i])),
                               static_cast<float>(load(shift[i])), one);
        to[row * length + i] = store<T>(static_cast<Computed<T>>(one));
      }
  }
  // An element or lanes of them.
  template <bool kShifts, class X>
  BACKPLANE_CPU_INLINE static void normalize_one(const FloatStatistics& row, const X& scale,
                                                 const X& shift, X& x) {
    x = ((x - row.mean) - row.mean_rest) * row.inverse_deviation * scale;
    if (kShifts) x += shift;
  }

  template <bool kShifts>
  BACKPLANE_CPU_INLINE static void normalize_in_double(const T* from, T* to, int64_t length,
                                                       const RowStatistics& row, const T* scale,
                                                       const T* shift) {
    for (int64_t i = 0; i < length; ++i) {
      const double scaled = (static_cast<double>(load(from[i])) - row.mean) *
                            row.inverse_deviation * static_cast<double>(load(scale[i]));
      const double shifted = kShifts ? scaled + static_cast<double>(load(shift[i])) : scaled;
      to[i] = store<T>(static_cast<Computed<T>>(shifted));
    }
  }
};

}  // namespace backplane::cpu
