#include "problems/patterns.hpp"

#include <cstring>

#include "compare/element.hpp"

namespace backplane::conformance {
namespace {

// Element i has the pattern i * kStep + kFirst: an odd step meets all. About 1 in bfloat16 and
// float16 comes first, and last what is smaller by 2^8 or 2.
constexpr uint64_t kStep = 0x401;
constexpr uint64_t kFirst = 0x3f81;

template <class Bits>
std::string bytes_of_patterns(uint64_t count, uint64_t scale, uint64_t low) {
  std::string bytes(count * sizeof(Bits), '\0');
  for (uint64_t i = 0; i < count; ++i) {
    const auto pattern = static_cast<Bits>((i * kStep + kFirst) % count * scale + low);
    std::memcpy(bytes.data() + i * sizeof pattern, &pattern, sizeof pattern);
  }
  return bytes;
}

}  // namespace

uint64_t pattern_count(bp_dtype_t dtype) {
  if (dtype == BP_DTYPE_BOOL) return 0;  // only two of its patterns mean anything
  switch (element_bytes(dtype)) {
    case 1:
      return 256;
    case 2:
    case 4:
      return 65536;
    default:
      return 0;
  }
}

// An odd factor makes it a bijection; this one takes neighbouring seeds far apart.
uint32_t block_of(uint64_t seed) { return static_cast<uint32_t>(seed * 40503 % kPatternBlocks); }

std::string pattern_bytes(bp_dtype_t dtype, uint64_t seed) {
  const uint64_t count = pattern_count(dtype);
  switch (element_bytes(dtype)) {
    case 1:
      return bytes_of_patterns<uint8_t>(count, 1, 0);
    case 2:
      return bytes_of_patterns<uint16_t>(count, 1, 0);
    default:
      return bytes_of_patterns<uint32_t>(count, kPatternBlocks, block_of(seed));
  }
}

}  // namespace backplane::conformance
