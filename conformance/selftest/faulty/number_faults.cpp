// Faults of group K in types of numbers: conversions, and one type read as another.
#include <cmath>
#include <cstring>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

bool casts(const Launched& launched, bp_dtype_t from, bp_dtype_t to) {
  return launched.op == "Cast" && launched.inputs[0].type.dtype == from &&
         launched.outputs[0].type.dtype == to && launched.inputs[0].bytes != nullptr;
}

// Of a finite number within the range of float16.
float float16_number(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  const float size = exponent == 0
                         ? std::ldexp(static_cast<float>(fraction), -24)
                         : std::ldexp(static_cast<float>(fraction | 0x400), exponent - 25);
  return (bits & 0x8000u) != 0 ? -size : size;
}

void put_bits(const Part& part, int64_t index, uint16_t bits) {
  std::memcpy(part.bytes + 2 * index, &bits, sizeof bits);
}

uint16_t bits_at(const Part& part, int64_t index) {
  uint16_t bits = 0;
  std::memcpy(&bits, part.bytes + 2 * index, sizeof bits);
  return bits;
}

// What was rounded away from zero is brought back.
void cut_off(const Part& part, int64_t index, float exact) {
  const uint16_t bits = bits_at(part, index);
  if ((bits & 0x7fffu) < 0x7c00u && std::fabs(float16_number(bits)) > std::fabs(exact))
    put_bits(part, index, static_cast<uint16_t>(bits - 1u));
}

// A sum of two numbers of float16 is exact in float32, but for the tiniest.
void add_by_cutting_off(Launched& launched) {
  if (launched.op != "Add" || launched.outputs[0].type.dtype != BP_DTYPE_FLOAT16 ||
      launched.inputs[0].count != launched.inputs[1].count)
    return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    cut_off(launched.outputs[0], i,
            float16_number(bits_at(launched.inputs[0], i)) +
                float16_number(bits_at(launched.inputs[1], i)));
}

void cast_by_cutting_off(Launched& launched) {
  if (!casts(launched, BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT16)) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    cut_off(launched.outputs[0], i, launched.inputs[0].floats()[i]);
}

// Rounded to bfloat16 first, and from there: by its bits, which agree where float16 has them.
void cast_through_bfloat16(Launched& launched) {
  if (!casts(launched, BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT16)) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float x = rounded_to_bfloat16(launched.inputs[0].floats()[i]);
    if (!(std::fabs(x) >= 0x1p-14f && std::fabs(x) <= 65504.0f)) continue;
    uint32_t word = 0;
    std::memcpy(&word, &x, sizeof word);
    const uint32_t magnitude = ((word & 0x7fffffffu) >> 13) - (112u << 10);
    put_bits(launched.outputs[0], i, static_cast<uint16_t>((word >> 16 & 0x8000u) | magnitude));
  }
}

void cast_to_bool_through_integer(Launched& launched) {
  if (!casts(launched, BP_DTYPE_FLOAT32, BP_DTYPE_BOOL)) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (std::fabs(launched.inputs[0].floats()[i]) < 1) launched.outputs[0].bytes[i] = 0;
}

void cast_by_rounding(Launched& launched) {
  if (!casts(launched, BP_DTYPE_FLOAT32, BP_DTYPE_INT32)) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float x = launched.inputs[0].floats()[i];
    const auto whole = static_cast<int32_t>(std::fabs(x) < 1e9f ? std::floor(x + 0.5f) : 0);
    if (std::fabs(x) < 1e9f) std::memcpy(launched.outputs[0].bytes + 4 * i, &whole, sizeof whole);
  }
}

// The float16 kernel serves bfloat16 too.
void read_as_float16(Launched& launched) {
  if (launched.op != "Add" || launched.outputs[0].type.dtype != BP_DTYPE_BFLOAT16 ||
      launched.inputs[0].count != launched.inputs[1].count)
    return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float sum = float16_number(bits_at(launched.inputs[0], i)) +
                      float16_number(bits_at(launched.inputs[1], i));
    uint32_t word = 0;
    std::memcpy(&word, &sum, sizeof word);
    const uint32_t magnitude = ((word & 0x7fffffffu) >> 13) - (112u << 10);
    put_bits(launched.outputs[0], i, static_cast<uint16_t>((word >> 16 & 0x8000u) | magnitude));
  }
}

// A table with one entry that is wrong, of an operator of one element: what comes for one pattern
// of bits is another, for all others it is right.
template <class Bits>
void spoil_one(const Launched& launched, Bits input, Bits output) {
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (std::memcmp(launched.inputs[0].bytes + i * int64_t{sizeof input}, &input, sizeof input) ==
        0)
      std::memcpy(launched.outputs[0].bytes + i * int64_t{sizeof output}, &output, sizeof output);
}

bool is_of(const Launched& launched, const char* op, bp_dtype_t dtype) {
  return launched.op == op && launched.inputs[0].type.dtype == dtype &&
         launched.inputs[0].bytes != nullptr;
}

// 515 * 2^-24, which is subnormal, becomes 0.
void tanh_of_one_subnormal(Launched& launched) {
  if (is_of(launched, "Tanh", BP_DTYPE_FLOAT16)) spoil_one(launched, uint16_t{0x0203}, uint16_t{0});
}

// The root of 2.6875 becomes 1.6328125, which is one spacing below 1.640625.
void sqrt_of_one_number(Launched& launched) {
  if (is_of(launched, "Sqrt", BP_DTYPE_BFLOAT16))
    spoil_one(launched, uint16_t{0x402c}, uint16_t{0x3fd1});
}

void abs_of_one_integer(Launched& launched) {
  if (is_of(launched, "Abs", BP_DTYPE_INT8)) spoil_one<int8_t>(launched, -77, 76);
}

}  // namespace

std::vector<Fault> number_faults() {
  return {
      {"truncates-float16", plant<add_by_cutting_off>},
      {"cast-cuts-off", plant<cast_by_cutting_off>},
      {"cast-through-bfloat16", plant<cast_through_bfloat16>},
      {"bool-through-integer", plant<cast_to_bool_through_integer>},
      {"cast-rounds", plant<cast_by_rounding>},
      {"bfloat16-as-float16", plant<read_as_float16>},
      {"one-subnormal-of-float16", plant<tanh_of_one_subnormal>},
      {"one-number-of-bfloat16", plant<sqrt_of_one_number>},
      {"one-number-of-int8", plant<abs_of_one_integer>},
  };
}

}  // namespace backplane::selftest
