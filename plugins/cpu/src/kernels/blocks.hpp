// Loops over short rows, in steps of a fixed size: a compiler makes vectors of those, and leaves no
// long remainder, which costs more than the rest where rows are as short as images are.
#pragma once

#include <cstdint>

#include "levels.hpp"

namespace backplane::cpu {

constexpr int64_t kBlock = 16;

constexpr int64_t rounded_to_blocks(int64_t count) {
  return (count + kBlock - 1) / kBlock * kBlock;
}

// Step::block<size>(first, arguments...) for pieces that together are [0, count). A step is a
// static function marked BACKPLANE_CPU_INLINE.
template <class Step, class... Arguments>
BACKPLANE_CPU_INLINE void in_blocks(int64_t count, Arguments... arguments) {
  constexpr int64_t kSmall = 4;
  int64_t i = 0;
  for (; i + kBlock <= count; i += kBlock) Step::template block<kBlock>(i, arguments...);
  for (; i + kSmall <= count; i += kSmall) Step::template block<kSmall>(i, arguments...);
  for (; i < count; ++i) Step::template block<1>(i, arguments...);
}

// The same for a step that does no harm when it is done twice: the last block may lie over the one
// before.
template <class Step, class... Arguments>
BACKPLANE_CPU_INLINE void in_overlapping_blocks(int64_t count, Arguments... arguments) {
  if (count < kBlock) return in_blocks<Step>(count, arguments...);
  for (int64_t i = 0; i < count - kBlock; i += kBlock)
    Step::template block<kBlock>(i, arguments...);
  Step::template block<kBlock>(count - kBlock, arguments...);
}

template <class A>
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

// Puts columns in the order in which windows step over them, so that a cell of all windows of a row
// lies side by side: column i * stride + k goes to k * pitch + i. One column behind `width` may be
// read.
template <class A>
BACKPLANE_CPU_INLINE void order_by_step(const A* columns, int64_t width, int64_t stride,
                                        int64_t pitch, A* ordered) {
  if (stride == 2)
    return in_overlapping_blocks<SplitPairs<A>>((width + 1) / 2, columns, ordered, ordered + pitch);
  for (int64_t k = 0; k < stride && k < width; ++k)
    for (int64_t i = 0; i * stride + k < width; ++i)
      ordered[k * pitch + i] = columns[i * stride + k];
}

}  // namespace backplane::cpu
