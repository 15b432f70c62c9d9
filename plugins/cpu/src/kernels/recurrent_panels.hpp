// Products of many vectors with the rows of one matrix that was packed for them: panels of rows, in
// which the elements that one element of a vector meets lie side by side. Each gate has panels of
// its own, the last of which is filled up with zeros.
#pragma once

#include <algorithm>

#include "../threads.hpp"
#include "recurrent_products.hpp"

namespace backplane::cpu {

template <class A>
struct RecurrentPanels {
  using Of = LanesOf<A>;
  using Lanes = typename Of::Lanes;
  using Vector = RecurrentVector<A>;
  static constexpr int64_t kParts = 3;
  static constexpr int64_t kRows = kParts * Of::kCount;
  // With kParts as many sums as leave of 32 vector registers what their factors need.
  static constexpr int64_t kVectors = 8;

  static int64_t panels(int64_t rows) { return (rows + kRows - 1) / kRows; }
  static int64_t packed_size(int64_t rows, int64_t length) { return panels(rows) * kRows * length; }

  // One panel of `rows` rows.
  template <class T>
  BACKPLANE_CPU_INLINE static void pack(const T* from, int64_t rows, int64_t length, A* to) {
    constexpr int64_t kColumns = 16;
    std::fill_n(to, kRows * length, A{0});
    for (int64_t begin = 0; begin < length; begin += kColumns)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t i = begin; i < std::min(length, begin + kColumns); ++i)
          to[i * kRows + row] = static_cast<A>(load(from[row * length + i]));
  }

  // All panels of `gates` gates of `rows` rows each.
  template <class T>
  static void pack_gates(const T* from, int64_t gates, int64_t rows, int64_t length, A* to) {
    static const auto pack_panel = Levels<&RecurrentPanels::template pack<T>>::best();
    const int64_t of_gate = panels(rows);
    parallel_pieces(gates * of_gate, gates * rows * length, [&](int64_t first, int64_t last) {
      for (int64_t panel = first; panel < last; ++panel) {
        const int64_t begin = panel % of_gate * kRows;
        const int64_t row = panel / of_gate * rows + begin;
        pack_panel(from + row * length, std::min(kRows, rows - begin), length,
                   to + panel * kRows * length);
      }
    });
  }

  // One panel times kCount vectors.
  template <int64_t kCount>
  BACKPLANE_CPU_INLINE static void tile(const A* panel, int64_t rows, int64_t length,
                                        const Vector* vectors, int64_t row) {
    const A* elements[kCount];
    Lanes sums[kCount][kParts];
    for (int64_t j = 0; j < kCount; ++j) {
      elements[j] = vectors[j].elements;
      for (int64_t part = 0; part < kParts; ++part) sums[j][part] = Lanes{};
    }
    for (int64_t i = 0; i < length; ++i) {
      Lanes of_rows[kParts];
      for (int64_t part = 0; part < kParts; ++part)
        Of::read(panel + i * kRows + part * Of::kCount, of_rows[part]);
      for (int64_t j = 0; j < kCount; ++j)
        for (int64_t part = 0; part < kParts; ++part)
          sums[j][part] += of_rows[part] * elements[j][i];
    }
    // A copy, so that the sums themselves stay in registers.
    Lanes copies[kCount][kParts];
    for (int64_t j = 0; j < kCount; ++j)
      for (int64_t part = 0; part < kParts; ++part) copies[j][part] = sums[j][part];
    for (int64_t j = 0; j < kCount; ++j) {
      A made[kRows];
      std::memcpy(made, copies[j], sizeof made);
      A* to = vectors[j].sums + row;
#pragma omp simd
      for (int64_t i = 0; i < rows; ++i) to[i] += made[i];
    }
  }

  BACKPLANE_CPU_INLINE static void multiply_panel(const A* panel, int64_t rows, int64_t length,
                                                  const Vector* vectors, int64_t count,
                                                  int64_t row) {
    int64_t i = 0;
    for (; i + kVectors <= count; i += kVectors)
      tile<kVectors>(panel, rows, length, vectors + i, row);
    for (; i + kVectors / 2 <= count; i += kVectors / 2)
      tile<kVectors / 2>(panel, rows, length, vectors + i, row);
    for (; i < count; ++i) tile<1>(panel, rows, length, vectors + i, row);
  }

  // Panels [first, last), counted from the first of gates of `rows` rows each, whose products begin
  // where those of the gate before end.
  BACKPLANE_CPU_INLINE static void add(const A* packed, int64_t rows, int64_t first, int64_t last,
                                       int64_t length, const Vector* vectors, int64_t count) {
    const int64_t of_gate = panels(rows);
    for (int64_t panel = first; panel < last; ++panel) {
      const int64_t begin = panel % of_gate * kRows;
      multiply_panel(packed + panel * kRows * length, std::min(kRows, rows - begin), length,
                     vectors, count, panel / of_gate * rows + begin);
    }
  }
};

}  // namespace backplane::cpu
