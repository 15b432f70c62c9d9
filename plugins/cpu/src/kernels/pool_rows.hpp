// Pooling by rows: first down the rows of a window, then along them, so that both loops are
// vectors. The maximum keeps a NaN; of no cells it is the lowest value, and the mean NaN.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <vector>

#include "levels.hpp"
#include "number.hpp"
#include "window.hpp"

namespace backplane::cpu {

template <class A>
struct Maximum {
  static constexpr bool kIsMean = false;
  static constexpr A identity() {
    if constexpr (std::numeric_limits<A>::has_infinity)
      return -std::numeric_limits<A>::infinity();
    else
      return std::numeric_limits<A>::lowest();
  }
  BACKPLANE_CPU_INLINE static A combine(A a, A b) { return b > a || b != b ? b : a; }
};

template <class A>
struct Mean {
  static constexpr bool kIsMean = true;
  static constexpr A identity() { return 0; }
  BACKPLANE_CPU_INLINE static A combine(A a, A b) { return a + b; }
};

struct PoolShape {
  Windows windows;
  int64_t planes = 0;  // of both tensors: N * C

  int64_t input_size() const { return windows[0].input * windows[1].input * windows[2].input; }
  int64_t output_size() const { return windows[0].output * windows[1].output * windows[2].output; }
  // Combinations of one element, roughly.
  int64_t cost() const {
    return planes * output_size() * (windows[0].size * windows[1].size + windows[2].size);
  }
};

// How many cells of each window count for the mean, by axis and output.
template <class A>
using Counts = std::array<std::vector<A>, kMaxSpatialRank>;

// Input columns that one piece of a row of outputs is made from; a wider window is walked cell by
// cell.
constexpr int64_t kTile = 512;

template <class T, template <class> class Of>
struct PoolRows {
  using A = Computed<T>;
  using Op = Of<A>;

  // Columns [begin, begin + width) of the input, those of all rows of a window combined.
  BACKPLANE_CPU_INLINE static void combine_rows(const PoolShape& shape, const T* plane,
                                                int64_t depth, int64_t row, int64_t begin,
                                                int64_t width, A* columns) {
    const auto& [depths, rows, line] = shape.windows;
    const Cells in_depth = cells_inside(depths, depth);
    const Cells in_row = cells_inside(rows, row);
    const int64_t first = std::max<int64_t>(begin, 0);
    const int64_t last = std::min(begin + width, line.input);
    std::fill_n(columns, width, Op::identity());
    for (int64_t d = in_depth.first; d < in_depth.last; ++d) {
      for (int64_t r = in_row.first; r < in_row.last; ++r) {
        const int64_t at = (depths.begin(depth) + d * depths.dilation) * rows.input +
                           rows.begin(row) + r * rows.dilation;
        const T* from = plane + at * line.input + first;
        A* to = columns + (first - begin);
#pragma omp simd
        for (int64_t i = 0; i < last - first; ++i) to[i] = Op::combine(to[i], load(from[i]));
      }
    }
  }

  BACKPLANE_CPU_INLINE static void combine_columns(const A* columns, int64_t size, int64_t dilation,
                                                   int64_t stride, int64_t count, A* results) {
    for (int64_t i = 0; i < count; ++i) results[i] = columns[i * stride];
    for (int64_t cell = 1; cell < size; ++cell) {
      const A* from = columns + cell * dilation;
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) results[i] = Op::combine(results[i], from[i * stride]);
    }
  }

  // Outputs [first, first + count) of a row whose windows have `cells` cells down.
  BACKPLANE_CPU_INLINE static void store_results(const A* results, int64_t count, A cells,
                                                 const A* columns_counted, T* output) {
    for (int64_t i = 0; i < count; ++i) {
      if constexpr (Op::kIsMean)
        output[i] = store<T>(results[i] / (cells * columns_counted[i]));
      else
        output[i] = store<T>(results[i]);
    }
  }

  BACKPLANE_CPU_INLINE static void pool_row(const PoolShape& shape, const Counts<A>& counts,
                                            const T* plane, int64_t depth, int64_t row, T* output) {
    const Window& line = shape.windows[2];
    A columns[kTile];
    A results[kTile];
    const int64_t step = (kTile - line.span()) / line.stride + 1;
    for (int64_t first = 0; first < line.output; first += step) {
      const int64_t count = std::min(step, line.output - first);
      const int64_t width = (count - 1) * line.stride + line.span();
      combine_rows(shape, plane, depth, row, line.begin(first), width, columns);
      if (line.stride == 1)
        combine_columns(columns, line.size, line.dilation, 1, count, results);
      else if (line.stride == 2)
        combine_columns(columns, line.size, line.dilation, 2, count, results);
      else
        combine_columns(columns, line.size, line.dilation, line.stride, count, results);
      if constexpr (Op::kIsMean)
        store_results(results, count, counts[0][depth] * counts[1][row], &counts[2][first],
                      output + first);
      else
        store_results(results, count, 1, nullptr, output + first);
    }
  }

  BACKPLANE_CPU_INLINE static void pool_planes(const PoolShape& shape, const Counts<A>& counts,
                                               const T* input, T* output, int64_t first,
                                               int64_t last) {
    const auto& [depths, rows, line] = shape.windows;
    for (int64_t plane = first; plane < last; ++plane) {
      const T* from = input + plane * shape.input_size();
      T* to = output + plane * shape.output_size();
      for (int64_t depth = 0; depth < depths.output; ++depth)
        for (int64_t row = 0; row < rows.output; ++row, to += line.output)
          pool_row(shape, counts, from, depth, row, to);
    }
  }

  using Function = void (*)(const PoolShape&, const Counts<A>&, const T*, T*, int64_t, int64_t);
  static Function best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<&pool_planes>::best();
    else
      return &pool_planes;
  }
};

}  // namespace backplane::cpu
