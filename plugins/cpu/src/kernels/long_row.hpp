// Folds of long rows that are faster than one element after the other in the fold's own steps.
#pragma once

#include "folds.hpp"
#include "lanes.hpp"

namespace backplane::cpu {

template <class Fold>
struct LongRow {
  static constexpr bool kIsFaster = false;
};

// The largest or the smallest element; a NaN among them is looked for on the side.
template <bool kIsMax>
struct LongExtremeRow {
  static constexpr bool kIsFaster = true;
  using Fold = ExtremeFold<float, kIsMax>;
  using Of = LanesOf<float>;
  using Lanes = Of::Lanes;
  using Signs [[gnu::vector_size(64)]] = int32_t;
  static constexpr int64_t kParts = 4;
  static constexpr int64_t kStep = kParts * Of::kCount;

  // Of at least kStep elements: the last of them may be looked at twice.
  BACKPLANE_CPU_INLINE static float run(const float* row, int64_t length) {
    Lanes best[kParts], x;
    Signs is_nan = {};
    for (int64_t i = 0; i < kParts; ++i) best[i] = Fold::kStart - Lanes{};
    for (int64_t at = 0; at < length; at += kStep) {
      const float* from = row + (at + kStep <= length ? at : length - kStep);
      for (int64_t i = 0; i < kParts; ++i) {
        Of::read(from + i * Of::kCount, x);
        best[i] = kIsMax ? (best[i] < x ? x : best[i]) : (x < best[i] ? x : best[i]);
        is_nan |= x != x;
      }
    }
    float each[kStep];
    std::memcpy(each, best, sizeof each);
    return has_any(is_nan) ? std::numeric_limits<float>::quiet_NaN() : joined<kStep>(each);
  }

 private:
  BACKPLANE_CPU_INLINE static bool has_any(const Signs& signs) {
    int32_t each[Of::kCount];
    std::memcpy(each, &signs, sizeof each);
    int32_t found = 0;
#pragma omp simd reduction(| : found)
    for (int64_t i = 0; i < Of::kCount; ++i) found |= each[i];
    return found != 0;
  }
  template <int64_t kCount>
  BACKPLANE_CPU_INLINE static float joined(const float* values) {
    if constexpr (kCount == 1) {
      return values[0];
    } else {
      float halves[kCount / 2];
#pragma omp simd
      for (int64_t i = 0; i < kCount / 2; ++i) {
        const float a = values[i], b = values[i + kCount / 2];
        halves[i] = kIsMax ? (a < b ? b : a) : (b < a ? b : a);
      }
      return joined<kCount / 2>(halves);
    }
  }
};
template <>
struct LongRow<MaxFold<float>> : LongExtremeRow<true> {};
template <>
struct LongRow<MinFold<float>> : LongExtremeRow<false> {};

}  // namespace backplane::cpu
