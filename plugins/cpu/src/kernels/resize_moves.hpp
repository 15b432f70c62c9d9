// Resize to the nearest: elements are only moved along an axis, whole rows at a time, or one by one
// where the axis is the innermost.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>

#include "../threads.hpp"
#include "axis.hpp"
#include "levels.hpp"
#include "resize_places.hpp"

namespace backplane::cpu {

template <class T>
struct ResizeMoves {
  // What is outside the axis gets its value later: any will do.
  static int64_t index_of(const ResizePlace& place) {
    return place.count > 0 ? place.indices[0] : 0;
  }

  // Rows [first, last) of the target.
  static void copy_rows(const AxisShape& shape, const ResizePlace* places, int64_t to,
                        const T* source, T* target, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const int64_t from = row / to * shape.length + index_of(places[row % to]);
      std::memcpy(target + row * shape.inner, source + from * shape.inner,
                  static_cast<size_t>(shape.inner) * sizeof(T));
    }
  }

  static constexpr int64_t kTile = 256;
  struct Picks {
    int64_t count;
    int32_t indices[kTile];
  };

  // Elements that `picks` says, of `lines` lines.
  BACKPLANE_CPU_INLINE static void pick(const Picks& picks, int64_t lines, const T* from,
                                        int64_t from_step, T* to, int64_t to_step) {
    for (int64_t line = 0; line < lines; ++line) {
#pragma omp simd
      for (int64_t i = 0; i < picks.count; ++i) to[i] = from[picks.indices[i]];
      from += from_step;
      to += to_step;
    }
  }

  static void pick_lines(const AxisShape& shape, const ResizePlace* places, int64_t to,
                         const T* source, T* target, int64_t first, int64_t last) {
    static const auto pick_some = Levels<&pick>::best();
    for (int64_t begin = 0; begin < to; begin += kTile) {
      Picks picks = {std::min(kTile, to - begin), {}};
      for (int64_t i = 0; i < picks.count; ++i)
        picks.indices[i] = static_cast<int32_t>(index_of(places[begin + i]));
      pick_some(picks, last - first, source + first * shape.length, shape.length,
                target + first * to + begin, to);
    }
  }

  static void run(const AxisShape& shape, const ResizePlace* places, int64_t to, const T* source,
                  T* target) {
    const bool is_innermost =
        shape.inner == 1 && shape.length <= std::numeric_limits<int32_t>::max();
    const auto move = is_innermost ? pick_lines : copy_rows;
    parallel_pieces(
        is_innermost ? shape.outer : shape.outer * to, shape.outer * to * shape.inner,
        [&](int64_t first, int64_t last) { move(shape, places, to, source, target, first, last); });
  }
};

}  // namespace backplane::cpu
