// Plain copies of bytes, shared out among threads where that pays.
#pragma once

#include <cstdint>
#include <cstring>

#include "../threads.hpp"

namespace backplane::cpu {

// A megabyte is worth a second thread.
constexpr int64_t kBytesAnElement = 16;

// `to` and `from` may be nullptr when there is nothing to copy.
inline void copy_bytes(char* to, const char* from, uint64_t size) {
  const auto bytes = static_cast<int64_t>(size);
  parallel_pieces(bytes, bytes / kBytesAnElement, [=](int64_t begin, int64_t end) {
    std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin));
  });
}

}  // namespace backplane::cpu
