// Ranges of buffers: what memory.cpp and launch check before they touch a byte.
#pragma once

#include "device.hpp"

namespace backplane::cpu {

// Does [offset, offset + size) lie inside? Never overflows.
inline bool inside(const Buffer& buffer, uint64_t offset, uint64_t size) {
  return offset <= buffer.size && size <= buffer.size - offset;
}

// Do `size` bytes at `a` and at `b` share one? Addresses, because an imported buffer and the host's
// address space may name the same memory.
inline bool overlap(const char* a, const char* b, uint64_t size) {
  const auto first = reinterpret_cast<uintptr_t>(a);
  const auto second = reinterpret_cast<uintptr_t>(b);
  return first < second ? second - first < size : first - second < size;
}

}  // namespace backplane::cpu
