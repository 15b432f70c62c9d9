// float16 and bfloat16: stored in 16 bits, computed in float. Rounds to nearest even; subnormals,
// infinities and NaN are kept. No branches, so that loops over them become vectors.
#pragma once

#include <cstdint>
#include <cstring>

namespace backplane::cpu {

struct Half {
  uint16_t bits;
};
struct Bfloat16 {
  uint16_t bits;
};

inline uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float float_of(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline float to_float(Half half) {
  constexpr uint32_t kExponentShift = 112u << 23;  // the biases, 127 and 15, differ by 112
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000u) << 16;
  const uint32_t magnitude = half.bits & 0x7fffu;
  const uint32_t normal = (magnitude << 13) + kExponentShift;
  const uint32_t special = normal + kExponentShift;  // infinity and NaN: the largest exponent
  const uint32_t subnormal =
      bits_of(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f);
  const uint32_t finite = magnitude < 0x0400u ? subnormal : normal;
  return float_of(sign | (magnitude >= 0x7c00u ? special : finite));
}

inline float to_float(Bfloat16 value) { return float_of(static_cast<uint32_t>(value.bits) << 16); }

inline Half to_half(float value) {
  constexpr uint32_t kExponentShift = 112u << 23;
  constexpr uint32_t kInfinity = 0x7f800000u;
  constexpr uint32_t kOverflow = 0x477ff000u;        // 65520: half way from the largest to infinity
  constexpr uint32_t kSmallestNormal = 0x38800000u;  // 2^-14
  constexpr uint32_t kOneHalf = 0x3f000000u;         // whose neighbours are 2^-24 away
  const uint32_t bits = bits_of(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  const uint32_t normal = (magnitude - kExponentShift + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  const uint32_t subnormal = bits_of(float_of(magnitude) + 0.5f) - kOneHalf;
  const uint32_t finite = magnitude < kSmallestNormal ? subnormal : normal;
  const uint32_t large = magnitude > kInfinity ? nan : 0x7c00u;
  return {static_cast<uint16_t>(sign | (magnitude >= kOverflow ? large : finite))};
}

inline Bfloat16 to_bfloat16(float value) {
  const uint32_t bits = bits_of(value);
  const uint32_t nan = (bits >> 16) | 0x40u;
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return {static_cast<uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded)};
}

}  // namespace backplane::cpu
