// For TopK of elements of up to 32 bits: an element and its index as one integer, so that one
// comparison says which comes first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <type_traits>

#include "number.hpp"

namespace backplane::cpu {

// Grows with the element; -0 as +0, NaN above all.
template <class T>
uint32_t rank_of(T element) {
  constexpr uint32_t kSign = 0x80000000U;
  const Computed<T> x = load(element);
  if constexpr (kIsFloat<T>) {
    const uint32_t bits = bits_of(x == 0 ? 0.0F : x);
    const uint32_t number = (bits & kSign) != 0 ? ~bits : bits | kSign;
    return x == x ? number : ~uint32_t{0};
  } else {
    return static_cast<uint32_t>(x) ^ (std::is_signed_v<T> ? kSign : 0);
  }
}

// A larger key comes first in order; of equal elements that is the lower index.
template <class T>
uint64_t key_of(T element, int64_t index, bool is_largest) {
  const uint32_t rank = rank_of(element);
  return uint64_t{is_largest ? rank : ~rank} << 32 | static_cast<uint32_t>(~index);
}
inline int64_t index_of_key(uint64_t key) { return static_cast<uint32_t>(~key); }

// The best keys so far, `step` apart: a heap with the smallest at its top.
class KeptKeys {
 public:
  KeptKeys(uint64_t* keys, int64_t step, int64_t count) : keys_(keys), step_(step), count_(count) {}

  uint64_t& at(int64_t i) { return keys_[i * step_]; }
  void make_heap() {
    for (int64_t i = count_ / 2; i-- > 0;) sink(i, count_);
  }
  void offer(uint64_t key) {
    if (key <= at(0)) return;
    at(0) = key;
    sink(0, count_);
  }
  // Largest first.
  void sort() {
    if (step_ == 1) return std::sort(keys_, keys_ + count_, std::greater<>());
    for (int64_t count = count_; --count > 0;) {
      std::swap(at(0), at(count));
      sink(0, count);
    }
  }

 private:
  // The smaller child is chosen without a branch, which no processor could foresee.
  void sink(int64_t place, int64_t count) {
    const uint64_t key = at(place);
    for (int64_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
      const int64_t other = child + 1 < count ? child + 1 : child;
      child += at(other) < at(child) ? 1 : 0;
      if (key <= at(child)) break;
      at(place) = at(child);
      place = child;
    }
    at(place) = key;
  }

  uint64_t* keys_;
  int64_t step_;
  int64_t count_;
};

}  // namespace backplane::cpu
