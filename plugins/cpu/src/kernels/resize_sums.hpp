// Resize in between: elements are made of up to four along an axis, whole rows at a time, or one by
// one where the axis is the innermost.
#pragma once

#include <algorithm>
#include <limits>

#include "../threads.hpp"
#include "axis.hpp"
#include "levels.hpp"
#include "number.hpp"
#include "resize_places.hpp"

namespace backplane::cpu {

// Sums are kept in A.
template <class From, class To, class A>
struct ResizeSums {
  static constexpr int32_t kMost = 4;

  BACKPLANE_CPU_INLINE static To stored(A sum) { return store<To>(static_cast<Computed<To>>(sum)); }

  // A row of kCount rows.
  template <int32_t kCount>
  BACKPLANE_CPU_INLINE static void add_rows(const ResizePlace& place, const From* source, To* out,
                                            int64_t inner) {
    const From* rows[kCount];
    A weights[kCount];
    for (int32_t k = 0; k < kCount; ++k) {
      rows[k] = source + place.indices[k] * inner;
      weights[k] = static_cast<A>(place.weights[k]);
    }
#pragma omp simd
    for (int64_t i = 0; i < inner; ++i) {
      A sum = 0;
      for (int32_t k = 0; k < kCount; ++k) sum += weights[k] * static_cast<A>(load(rows[k][i]));
      out[i] = stored(sum);
    }
  }

  // Rows [first, last) of the target.
  BACKPLANE_CPU_INLINE static void rows(const AxisShape& shape, const ResizePlace* places,
                                        int64_t to, const From* source, To* target, int64_t first,
                                        int64_t last) {
    int64_t at = first % to;
    const From* from = source + first / to * shape.length * shape.inner;
    for (int64_t row = first; row < last; ++row, ++at) {
      if (at == to) {
        at = 0;
        from += shape.length * shape.inner;
      }
      const ResizePlace& place = places[at];
      To* out = target + row * shape.inner;
      if (place.count == 2)
        add_rows<2>(place, from, out, shape.inner);
      else if (place.count == 1)
        add_rows<1>(place, from, out, shape.inner);
      else if (place.count == 3)
        add_rows<3>(place, from, out, shape.inner);
      else if (place.count == kMost)
        add_rows<kMost>(place, from, out, shape.inner);
    }
  }

  static constexpr int64_t kTile = 256;
  struct Picks {
    int64_t count = 0;  // of elements
    int32_t most = 1;   // that one is made of
    int32_t indices[kMost][kTile] = {};
    A weights[kMost][kTile] = {};  // 0: none, whatever is there
  };

  // What is outside the axis gets its value later: any will do.
  static void fill(const ResizePlace* places, Picks& picks) {
    for (int64_t i = 0; i < picks.count; ++i) {
      picks.most = std::max(picks.most, places[i].count);
      for (int32_t k = 0; k < places[i].count; ++k) {
        picks.indices[k][i] = static_cast<int32_t>(places[i].indices[k]);
        picks.weights[k][i] = static_cast<A>(places[i].weights[k]);
      }
    }
  }

  template <int32_t kCount>
  BACKPLANE_CPU_INLINE static void pick_line(const Picks& picks, const From* from, To* to) {
#pragma omp simd
    for (int64_t i = 0; i < picks.count; ++i) {
      A sum = picks.weights[0][i] * static_cast<A>(load(from[picks.indices[0][i]]));
      for (int32_t k = 1; k < kCount; ++k) {
        const A weight = picks.weights[k][i];
        const A added = weight * static_cast<A>(load(from[picks.indices[k][i]]));
        sum += weight == 0 ? A{0} : added;
      }
      to[i] = stored(sum);
    }
  }

  // Elements that `picks` says, of `lines` lines.
  BACKPLANE_CPU_INLINE static void pick(const Picks& picks, int64_t lines, const From* from,
                                        int64_t from_step, To* to, int64_t to_step) {
    for (int64_t line = 0; line < lines; ++line, from += from_step, to += to_step) {
      if (picks.most <= 2)
        pick_line<2>(picks, from, to);
      else
        pick_line<kMost>(picks, from, to);
    }
  }

  static void pick_lines(const AxisShape& shape, const ResizePlace* places, int64_t to,
                         const From* source, To* target, int64_t first, int64_t last) {
    static const auto pick_some = Levels<&pick>::best();
    for (int64_t begin = 0; begin < to; begin += kTile) {
      Picks picks;
      picks.count = std::min(kTile, to - begin);
      fill(places + begin, picks);
      pick_some(picks, last - first, source + first * shape.length, shape.length,
                target + first * to + begin, to);
    }
  }

  static void run(const AxisShape& shape, const ResizePlace* places, int64_t to, const From* source,
                  To* target) {
    static const auto add_some = Levels<&rows>::best();
    const bool is_innermost =
        shape.inner == 1 && shape.length <= std::numeric_limits<int32_t>::max();
    const auto make = is_innermost ? pick_lines : add_some;
    parallel_pieces(
        is_innermost ? shape.outer : shape.outer * to, shape.outer * to * shape.inner,
        [&](int64_t first, int64_t last) { make(shape, places, to, source, target, first, last); });
  }
};

}  // namespace backplane::cpu
