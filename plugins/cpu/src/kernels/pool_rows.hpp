// Pooling by rows: first down the rows of a window, then along them, so that both loops are
// vectors. The maximum keeps a NaN; of no cells it is the lowest value, and the mean NaN.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <vector>

#include "blocks.hpp"
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
  // Of every output along depth and along rows: the cells that lie inside the input.
  std::array<std::vector<Cells>, 2> inside;

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

  // Three rows of the input in one; with kAdds, into what was there before.
  template <bool kAdds>
  struct CombineRows {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const T* a, const T* b, const T* c,
                                           A* columns) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) {
        const A three = Op::combine(Op::combine(load(a[i]), load(b[i])), load(c[i]));
        columns[i] = kAdds ? Op::combine(columns[i], three) : three;
      }
    }
  };

  // Three cells of every window in one; with kAdds, into what was there before.
  template <bool kAdds>
  struct CombineCells {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const A* a, const A* b, const A* c,
                                           A* results) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) {
        const A three = Op::combine(Op::combine(a[i], b[i]), c[i]);
        results[i] = kAdds ? Op::combine(results[i], three) : three;
      }
    }
  };

  // The last three cells of every window, or all of them, into the output. A mean is over `cells`
  // cells down and `counted` along the row.
  template <bool kAdds>
  struct StoreCells {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const A* a, const A* b, const A* c,
                                           const A* results, A cells, const A* counted, T* output) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) {
        A result = Op::combine(Op::combine(a[i], b[i]), c[i]);
        if constexpr (kAdds) result = Op::combine(results[i], result);
        if constexpr (Op::kIsMean) result = result / (cells * counted[i]);
        output[i] = store<T>(result);
      }
    }
  };

  struct SplitPairs {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const A* pairs, A* even, A* odd) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) {
        even[i] = pairs[2 * i];
        odd[i] = pairs[2 * i + 1];
      }
    }
  };

  // Outputs [first, first + count) of every row, and the input columns they are made from; `inside`
  // are those within the input.
  struct Tile {
    int64_t first, count, begin, width, inside_begin, inside_end;

    Tile(const Window& line, int64_t first_output, int64_t step)
        : first(first_output),
          count(std::min(step, line.output - first)),
          begin(line.begin(first)),
          width((count - 1) * line.stride + line.span()),
          inside_begin(std::clamp<int64_t>(-begin, 0, width)),
          inside_end(std::clamp<int64_t>(line.input - begin, inside_begin, width)) {}
  };

  // A few rows at a time, so that columns are read some time after they were written.
  static constexpr int64_t kRows = 4;
  struct Buffers {
    T nothing[kTile];   // a row that changes nothing
    A no_cells[kTile];  // cells likewise
    A columns[kRows][kTile];
    A phases[kRows][2 * kTile];
    A results[kTile];
  };

  // The columns of a tile, those of all rows of one window combined.
  BACKPLANE_CPU_INLINE static void combine_rows(const PoolShape& shape, const T* plane,
                                                int64_t depth, int64_t row, const Tile& tile,
                                                const T* nothing, A* columns) {
    const auto& [depths, rows, line] = shape.windows;
    const Cells in_depth = shape.inside[0][static_cast<size_t>(depth)];
    const Cells in_row = shape.inside[1][static_cast<size_t>(row)];
    const int64_t count = tile.inside_end - tile.inside_begin;
    const T* three[3] = {nothing, nothing, nothing};
    int64_t taken = 0;
    bool is_first = true;
    for (int64_t d = in_depth.first; d < in_depth.last; ++d) {
      for (int64_t r = in_row.first; r < in_row.last; ++r) {
        if (taken == 3) {
          add_three(three, is_first, count, columns + tile.inside_begin);
          is_first = false;
          taken = 0;
          three[1] = three[2] = nothing;
        }
        const int64_t at = (depths.begin(depth) + d * depths.dilation) * rows.input +
                           rows.begin(row) + r * rows.dilation;
        three[taken++] = plane + at * line.input + tile.begin + tile.inside_begin;
      }
    }
    add_three(three, is_first, count, columns + tile.inside_begin);
  }

  BACKPLANE_CPU_INLINE static void add_three(const T* const* rows, bool is_first, int64_t count,
                                             A* columns) {
    if (is_first)
      in_overlapping_blocks<CombineRows<false>>(count, rows[0], rows[1], rows[2], columns);
    else
      in_blocks<CombineRows<true>>(count, rows[0], rows[1], rows[2], columns);
  }

  // Columns in the order in which windows step over them: column i * stride + k is at
  // phases[k * pitch + i].
  static int64_t pitch_of(const Tile& tile, int64_t stride) {
    return (tile.width + stride - 1) / stride;
  }
  BACKPLANE_CPU_INLINE static void split_columns(const Tile& tile, int64_t stride, const A* columns,
                                                 A* phases) {
    const int64_t pitch = pitch_of(tile, stride);
    if (stride == 2)
      return in_overlapping_blocks<SplitPairs>(pitch, columns, phases, phases + pitch);
    for (int64_t k = 0; k < std::min(stride, tile.width); ++k)
      for (int64_t i = 0; i * stride + k < tile.width; ++i)
        phases[k * pitch + i] = columns[i * stride + k];
  }

  // The cells of a window, of which `phases` holds the first of every output.
  struct CellRows {
    const A* phases;
    int64_t pitch, stride, dilation;

    const A* operator[](int64_t cell) const {
      const int64_t column = cell * dilation;
      return stride == 1 ? phases + column : phases + column % stride * pitch + column / stride;
    }
  };

  BACKPLANE_CPU_INLINE static void store_row(const Window& line, int64_t count,
                                             const CellRows& rows, Buffers& buffers, A cells,
                                             const A* counted, T* output) {
    A* results = buffers.results;
    const A* none = buffers.no_cells;
    int64_t cell = 0;
    for (; cell + 3 < line.size; cell += 3) {
      if (cell == 0)
        in_overlapping_blocks<CombineCells<false>>(count, rows[0], rows[1], rows[2], results);
      else
        in_blocks<CombineCells<true>>(count, rows[cell], rows[cell + 1], rows[cell + 2], results);
    }
    const A* second = cell + 1 < line.size ? rows[cell + 1] : none;
    const A* third = cell + 2 < line.size ? rows[cell + 2] : none;
    const A* before = results;
    if (cell == 0)
      in_overlapping_blocks<StoreCells<false>>(count, rows[0], second, third, before, cells,
                                               counted, output);
    else
      in_overlapping_blocks<StoreCells<true>>(count, rows[cell], second, third, before, cells,
                                              counted, output);
  }

  // One depth of one plane; `output` is its first row.
  BACKPLANE_CPU_INLINE static void pool_rows(const PoolShape& shape, const Counts<A>& counts,
                                             const Tile& tile, const T* plane, int64_t depth,
                                             Buffers& buffers, T* output) {
    const auto& [depths, rows, line] = shape.windows;
    for (int64_t row = 0; row < rows.output; row += kRows) {
      const int64_t last = std::min(row + kRows, rows.output);
      for (int64_t i = row; i < last; ++i)
        combine_rows(shape, plane, depth, i, tile, buffers.nothing, buffers.columns[i - row]);
      if (line.stride != 1)
        for (int64_t i = row; i < last; ++i)
          split_columns(tile, line.stride, buffers.columns[i - row], buffers.phases[i - row]);
      for (int64_t i = row; i < last; ++i) {
        const A cells = Op::kIsMean ? counts[0][depth] * counts[1][i] : A{1};
        const A* counted = Op::kIsMean ? &counts[2][tile.first] : nullptr;
        const A* phases = line.stride == 1 ? buffers.columns[i - row] : buffers.phases[i - row];
        store_row(line, tile.count,
                  {phases, pitch_of(tile, line.stride), line.stride, line.dilation}, buffers, cells,
                  counted, output + i * line.output + tile.first);
      }
    }
  }

  BACKPLANE_CPU_INLINE static void pool_planes(const PoolShape& shape, const Counts<A>& counts,
                                               const T* input, T* output, int64_t first,
                                               int64_t last) {
    const auto& [depths, rows, line] = shape.windows;
    Buffers buffers;
    std::fill_n(buffers.nothing, kTile, store<T>(Op::identity()));
    std::fill_n(buffers.no_cells, kTile, Op::identity());
    const int64_t step = (kTile - line.span()) / line.stride + 1;
    for (int64_t begin = 0; begin < line.output; begin += step) {
      const Tile tile(line, begin, step);
      for (A* columns : buffers.columns) std::fill_n(columns, kTile, Op::identity());
      for (int64_t plane = first; plane < last; ++plane)
        for (int64_t depth = 0; depth < depths.output; ++depth)
          pool_rows(shape, counts, tile, input + plane * shape.input_size(), depth, buffers,
                    output + plane * shape.output_size() + depth * rows.output * line.output);
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
