// A short name for a long text: FNV-1a, 64 bits, as 16 hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>

namespace backplane::opencl {

inline std::string hash_text(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string digits(16, '0');
  for (size_t i = 0; i < 16; ++i) digits[15 - i] = "0123456789abcdef"[hash >> (4 * i) & 15];
  return digits;
}

}  // namespace backplane::opencl
