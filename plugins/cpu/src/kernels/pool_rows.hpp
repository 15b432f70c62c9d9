// Pooling by rows: first the rows of the windows in one, then the cells along it, so that both
// loops are vectors. The maximum keeps a NaN; of no cells it is the lowest value, and the mean NaN.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

#include "blocks.hpp"
#include "number.hpp"
#include "pool_shape.hpp"

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

  // The last three cells of every window, or all of them, into the output. A mean is over `down`
  // cells down and `along` along the row.
  template <bool kAdds>
  struct StoreCells {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const A* a, const A* b, const A* c,
                                           const A* results, A down, const A* along, T* output) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) {
        A result = Op::combine(Op::combine(a[i], b[i]), c[i]);
        if constexpr (kAdds) result = Op::combine(results[i], result);
        if constexpr (Op::kIsMean) result = result / (down * along[i]);
        output[i] = store<T>(result);
      }
    }
  };

  // A few rows at a time: what is read next was written some time before.
  static constexpr int64_t kRows = 4;
  struct Buffers {
    T nothing[kTile];   // a row that changes nothing
    A no_cells[kTile];  // cells likewise
    A columns[kRows][kTile];
    A ordered[kRows][2 * kTile];
    A results[kTile];

    Buffers() {
      std::fill_n(nothing, kTile, store<T>(Op::identity()));
      std::fill_n(no_cells, kTile, Op::identity());
      for (A* row : columns) std::fill_n(row, kTile, Op::identity());
    }
  };

  BACKPLANE_CPU_INLINE static void combine_three(const T* const* rows, bool is_first, int64_t count,
                                                 A* columns) {
    if (is_first)
      in_overlapping_blocks<CombineRows<false>>(count, rows[0], rows[1], rows[2], columns);
    else
      in_blocks<CombineRows<true>>(count, rows[0], rows[1], rows[2], columns);
  }

  // The columns of a tile, those of all rows of one window combined. `plane` is the input's.
  BACKPLANE_CPU_INLINE static void combine_rows(const Windows& windows, const RowSpan& span,
                                                const PoolTile& tile, const T* plane,
                                                const T* nothing, A* columns) {
    const int64_t row_step = windows[1].dilation * windows[2].input;
    const int64_t plane_step = windows[0].dilation * windows[1].input * windows[2].input;
    const int64_t count = tile.inside_end - tile.inside_begin;
    const T* from = plane + span.begin + tile.begin + tile.inside_begin;
    A* to = columns + tile.inside_begin;
    const T* rows[3] = {nothing, nothing, nothing};
    int64_t taken = 0;
    bool is_first = true;
    for (int64_t d = 0; d < span.planes; ++d)
      for (int64_t r = 0; r < span.rows; ++r) {
        if (taken == 3) {
          combine_three(rows, is_first, count, to);
          is_first = false;
          taken = 0;
          rows[1] = rows[2] = nothing;
        }
        rows[taken++] = from + d * plane_step + r * row_step;
      }
    combine_three(rows, is_first, count, to);
  }

  // The cells of every window of a row combined, into the output.
  BACKPLANE_CPU_INLINE static void store_row(const PoolShape& shape, int64_t count,
                                             const A* ordered, A down, const A* along,
                                             Buffers& buffers, T* output) {
    const int64_t* offsets = shape.cell_offsets.data();
    const int64_t size = shape.windows[2].size;
    A* results = buffers.results;
    int64_t cell = 0;
    for (; cell + 3 < size; cell += 3) {
      const A* a = ordered + offsets[cell];
      const A* b = ordered + offsets[cell + 1];
      const A* c = ordered + offsets[cell + 2];
      if (cell == 0)
        in_overlapping_blocks<CombineCells<false>>(count, a, b, c, results);
      else
        in_blocks<CombineCells<true>>(count, a, b, c, results);
    }
    const A* none = buffers.no_cells;
    const A* a = ordered + offsets[cell];
    const A* b = cell + 1 < size ? ordered + offsets[cell + 1] : none;
    const A* c = cell + 2 < size ? ordered + offsets[cell + 2] : none;
    const A* before = results;
    if (cell == 0)
      in_overlapping_blocks<StoreCells<false>>(count, a, b, c, before, down, along, output);
    else
      in_overlapping_blocks<StoreCells<true>>(count, a, b, c, before, down, along, output);
  }

  BACKPLANE_CPU_INLINE static void pool_plane(const PoolShape& shape, const Counts<A>& counts,
                                              const PoolTile& tile, const T* plane,
                                              Buffers& buffers, T* output) {
    const Window& line = shape.windows[2];
    const auto all_rows = static_cast<int64_t>(shape.row_spans.size());
    const RowSpan* spans = shape.row_spans.data();
    const bool is_ordered = line.stride == 1;
    for (int64_t first = 0; first < all_rows; first += kRows) {
      const int64_t count = std::min(kRows, all_rows - first);
      for (int64_t i = 0; i < count; ++i)
        combine_rows(shape.windows, spans[first + i], tile, plane, buffers.nothing,
                     buffers.columns[i]);
      for (int64_t i = 0; i < count && !is_ordered; ++i)
        order_by_step(static_cast<const A*>(buffers.columns[i]), tile.width, line.stride,
                      shape.pitch(), static_cast<A*>(buffers.ordered[i]));
      for (int64_t i = 0; i < count; ++i)
        store_row(shape, tile.count, is_ordered ? buffers.columns[i] : buffers.ordered[i],
                  Op::kIsMean ? counts.down.data()[first + i] : A{1},
                  Op::kIsMean ? counts.along.data() + tile.first : nullptr, buffers,
                  output + (first + i) * line.output + tile.first);
    }
  }

  // Planes [first, last) of both tensors.
  BACKPLANE_CPU_INLINE static void pool_planes(const PoolShape& shape, const Counts<A>& counts,
                                               const T* input, T* output, int64_t first,
                                               int64_t last) {
    const Window& line = shape.windows[2];
    const int64_t step = (kTile - line.span()) / line.stride + 1;
    for (int64_t begin = 0; begin < line.output; begin += step) {
      const PoolTile tile(line, begin, step);
      Buffers buffers;
      for (int64_t plane = first; plane < last; ++plane)
        pool_plane(shape, counts, tile, input + plane * shape.input_size(), buffers,
                   output + plane * shape.output_size());
    }
  }

  using Function = void (*)(const PoolShape&, const Counts<A>&, const T*, T*, int64_t, int64_t);
  static Function best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<&pool_planes>::best_for_short();
    else
      return &pool_planes;
  }
};

}  // namespace backplane::cpu
