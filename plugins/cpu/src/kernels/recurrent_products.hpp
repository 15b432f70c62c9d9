// Products of vectors with the rows of one matrix, all as they lie in memory: a tile of rows and
// vectors at a time, so that what is read once is used several times, or a row at a time, so that
// memory is read from front to back. Sums are kept in float, in double for float64, in lanes side
// by side.
#pragma once

#include <algorithm>

#include "lanes.hpp"

namespace backplane::cpu {

template <class V>
struct RecurrentVector {
  const V* elements;
  Computed<V>* sums;  // to which the product with row i is added at i
};

template <class T, class V>
struct RecurrentProducts {
  using A = Computed<T>;
  static constexpr int64_t kLanes = LanesOf<A>::kCount;
  using Of = LanesOf<A>;
  using Lanes = typename Of::Lanes;
  // Of a tile: as many sums as leave of 32 vector registers what their factors need.
  static constexpr int64_t kRows = 5;
  static constexpr int64_t kVectors = 4;
  static constexpr int64_t kParts = 4;

  using Vector = RecurrentVector<V>;

  // kRows rows times kVectors vectors. Two rows are fetched meanwhile, from `next` on.
  BACKPLANE_CPU_INLINE static void tile(const T* weights, int64_t row, int64_t length,
                                        const Vector* vectors, const T* next) {
    const T* rows = weights + row * length;
    Lanes sums[kVectors][kRows];
    for (int64_t j = 0; j < kVectors; ++j)
      for (int64_t i = 0; i < kRows; ++i) sums[j][i] = Lanes{};
    Lanes of_rows[kRows], of_vector;
    int64_t at = 0;
    for (; at + kLanes <= length; at += kLanes) {
      __builtin_prefetch(next + at);
      __builtin_prefetch(next + length + at);
      for (int64_t i = 0; i < kRows; ++i) Of::read(rows + i * length + at, of_rows[i]);
      for (int64_t j = 0; j < kVectors; ++j) {
        Of::read(vectors[j].elements + at, of_vector);
        for (int64_t i = 0; i < kRows; ++i) sums[j][i] += of_rows[i] * of_vector;
      }
    }
    if (at < length) {
      for (int64_t i = 0; i < kRows; ++i)
        Of::read_some(rows + i * length + at, length - at, of_rows[i]);
      for (int64_t j = 0; j < kVectors; ++j) {
        Of::read_some(vectors[j].elements + at, length - at, of_vector);
        for (int64_t i = 0; i < kRows; ++i) sums[j][i] += of_rows[i] * of_vector;
      }
    }
    // A copy, so that the sums themselves stay in registers.
    Lanes made[kVectors][kRows];
    for (int64_t j = 0; j < kVectors; ++j)
      for (int64_t i = 0; i < kRows; ++i) made[j][i] = sums[j][i];
    for (int64_t j = 0; j < kVectors; ++j)
      for (int64_t i = 0; i < kRows; ++i) vectors[j].sums[row + i] += Of::sum(made[j][i]);
  }

  // One row, one vector: kParts parts of them at a time.
  BACKPLANE_CPU_INLINE static A dot(const T* row, const V* vector, int64_t length) {
    Lanes sums[kParts];
    Lanes of_row, of_vector;
    for (int64_t i = 0; i < kParts; ++i) sums[i] = Lanes{};
    int64_t at = 0;
    for (; at + kParts * kLanes <= length; at += kParts * kLanes)
      for (int64_t i = 0; i < kParts; ++i) {
        Of::read(row + at + i * kLanes, of_row);
        Of::read(vector + at + i * kLanes, of_vector);
        sums[i] += of_row * of_vector;
      }
    for (; at < length; at += kLanes) {
      Of::read_some(row + at, length - at, of_row);
      Of::read_some(vector + at, length - at, of_vector);
      sums[0] += of_row * of_vector;
    }
    return Of::sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }

  BACKPLANE_CPU_INLINE static void multiply_row(const T* weights, int64_t row, int64_t length,
                                                const Vector* vectors, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      vectors[i].sums[row] += dot(weights + row * length, vectors[i].elements, length);
  }

  // Rows [first, last) of `weights`, each of `length` elements, with `count` vectors.
  BACKPLANE_CPU_INLINE static void add(const T* weights, int64_t first, int64_t last,
                                       int64_t length, const Vector* vectors, int64_t count) {
    const int64_t tiled = count / kVectors * kVectors;
    int64_t row = first;
    for (; tiled > 0 && row + kRows <= last; row += kRows) {
      for (int64_t i = 0; i < tiled; i += kVectors) {
        const int64_t next = std::min(row + kRows + std::min(2 * (i / kVectors), kRows), last - 2);
        tile(weights, row, length, vectors + i, weights + next * length);
      }
      for (int64_t i = row; i < row + kRows; ++i)
        multiply_row(weights, i, length, vectors + tiled, count - tiled);
    }
    for (; row < last; ++row) multiply_row(weights, row, length, vectors, count);
  }
};

}  // namespace backplane::cpu
