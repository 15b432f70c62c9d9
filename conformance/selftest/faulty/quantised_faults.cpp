// Faults of group K in quantised and integer operators, and where numbers are rounded to whole
// ones.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

bool is_byte(bp_dtype_t dtype) { return dtype == BP_DTYPE_UINT8 || dtype == BP_DTYPE_INT8; }

int byte_at(const Part& part, int64_t index) {
  const char byte = part.bytes[index];
  return part.type.dtype == BP_DTYPE_UINT8 ? static_cast<unsigned char>(byte)
                                           : static_cast<signed char>(byte);
}

// The zero point of input `which` of a tensor, or 0.
int zero_point(const Launched& launched, size_t which) {
  const bool is_there = launched.inputs.size() > which && launched.inputs[which].bytes != nullptr;
  return is_there ? byte_at(launched.inputs[which], 0) : 0;
}

bool quantizes_a_tensor(const Launched& launched) {
  return launched.op == "QuantizeLinear" && launched.inputs[0].type.dtype == BP_DTYPE_FLOAT32 &&
         launched.inputs[0].bytes != nullptr && launched.inputs[1].bytes != nullptr &&
         launched.inputs[1].type.rank == 0;
}

void quantize_halves_up(Launched& launched) {
  if (!quantizes_a_tensor(launched)) return;
  const Part& y = launched.outputs[0];
  const int lowest = y.type.dtype == BP_DTYPE_UINT8 ? 0 : -128;
  for (int64_t i = 0; i < y.count; ++i) {
    const float x = launched.inputs[0].floats()[i] / launched.inputs[1].floats()[0];
    if (!(std::fabs(x) < 1000) || x - std::floor(x) != 0.5f) continue;
    const int whole = static_cast<int>(std::floor(x + 0.5f)) + zero_point(launched, 2);
    y.bytes[i] = static_cast<char>(std::clamp(whole, lowest, lowest + 255));
  }
}

void quantize_and_wrap(Launched& launched) {
  if (!quantizes_a_tensor(launched)) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float x = launched.inputs[0].floats()[i] / launched.inputs[1].floats()[0];
    if (std::fabs(x) < 1e9f)
      launched.outputs[0].bytes[i] =
          static_cast<char>(static_cast<int>(std::nearbyint(x)) + zero_point(launched, 2));
  }
}

void dequantize_without_zero_point(Launched& launched) {
  if (launched.op != "DequantizeLinear" || !is_byte(launched.inputs[0].type.dtype) ||
      launched.inputs[1].type.rank != 0 || launched.inputs[1].bytes == nullptr)
    return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    launched.outputs[0].floats()[i] =
        static_cast<float>(byte_at(launched.inputs[0], i)) * launched.inputs[1].floats()[0];
}

// Of the second operand.
void multiply_without_zero_point(Launched& launched) {
  if (launched.op != "MatMulInteger" || launched.inputs[0].type.rank != 2 ||
      launched.inputs[1].type.rank != 2 || launched.inputs[0].bytes == nullptr)
    return;
  const int64_t depth = launched.inputs[0].size(-1);
  const int64_t n = launched.inputs[1].size(-1);
  const int zero = zero_point(launched, 2);
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    int32_t sum = 0;
    for (int64_t k = 0; k < depth; ++k)
      sum += (byte_at(launched.inputs[0], i / n * depth + k) - zero) *
             byte_at(launched.inputs[1], k * n + i % n);
    std::memcpy(launched.outputs[0].bytes + 4 * i, &sum, sizeof sum);
  }
}

// What the weights that stand over one cell of padding at the begin make of the integer 0.
int sum_over_padding(const Launched& launched, int64_t channel) {
  const Part& w = launched.inputs[3];
  const int64_t size = w.size(-1);
  int sum = 0;
  for (int64_t c = 0; c < w.size(-2); ++c)
    sum += (0 - zero_point(launched, 2)) *
           (byte_at(w, (channel * w.size(-2) + c) * size) - zero_point(launched, 5));
  return sum;
}

// The sum of the cells that stand over x, in the first window of a row.
int sum_inside(const Launched& launched, int64_t image, int64_t channel) {
  const Part& x = launched.inputs[0];
  const Part& w = launched.inputs[3];
  int sum = 0;
  for (int64_t c = 0; c < w.size(-2); ++c)
    for (int64_t k = 1; k < w.size(-1); ++k)
      sum += (byte_at(x, (image * x.size(-2) + c) * x.size(-1) + k - 1) - zero_point(launched, 2)) *
             (byte_at(w, (channel * w.size(-2) + c) * w.size(-1) + k) - zero_point(launched, 5));
  return sum;
}

// Along one axis, with one cell of padding at its begin, no bias and scales of the whole tensor.
bool is_padded_once(const Launched& launched) {
  if (launched.op != "QLinearConv" || launched.input_count != 8) return false;
  const Part& x = launched.inputs[0];
  const Part& w = launched.inputs[3];
  return x.bytes != nullptr && w.bytes != nullptr && x.type.rank == 3 && x.size(-2) == w.size(-2) &&
         launched.inputs[4].count == 1 &&
         launched.outputs[0].size(-1) == x.size(-1) + 2 - w.size(-1);
}

// Padding is the integer 0, whatever stands for zero.
void convolve_padded_with_zero(Launched& launched) {
  if (!is_padded_once(launched)) return;
  const Part& y = launched.outputs[0];
  const auto scale = [&](size_t input) { return launched.inputs[input].floats()[0]; };
  const float factor = scale(1) * scale(4) / scale(6);
  const int lowest = y.type.dtype == BP_DTYPE_UINT8 ? 0 : -128;
  for (int64_t row = 0; row < y.count / y.size(-1); ++row) {
    const int64_t channel = row % y.size(-2);
    const int sum =
        sum_over_padding(launched, channel) + sum_inside(launched, row / y.size(-2), channel);
    const float whole = std::nearbyint(static_cast<float>(sum) * factor);
    y.bytes[row * y.size(-1)] = static_cast<char>(
        std::clamp(static_cast<int>(whole) + zero_point(launched, 7), lowest, lowest + 255));
  }
}

void round_halves_up(Launched& launched) {
  if (!launched.is("Round")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float x = launched.inputs[0].floats()[i];
    if (x - std::floor(x) == 0.5f) launched.outputs[0].floats()[i] = std::floor(x + 0.5f);
  }
}

void other_sign_of_remainders(ChangedNode& node) {
  int64_t* fmod = node.is("Mod") ? node.integer("fmod") : nullptr;
  if (fmod != nullptr) *fmod = 1 - *fmod;
}

// What whole vectors of 16 leave over is copied from the first input.
void forget_the_second_at_the_tail(Launched& launched) {
  if (!launched.is("Max") || launched.inputs[0].count != launched.outputs[0].count) return;
  const Part& y = launched.outputs[0];
  for (int64_t i = y.count - y.count % 16; i < y.count; ++i)
    y.floats()[i] = launched.inputs[0].floats()[i];
}

}  // namespace

std::vector<Fault> quantised_faults() {
  return {
      {"quantizes-halves-up", plant<quantize_halves_up>},
      {"quantizes-and-wraps", plant<quantize_and_wrap>},
      {"no-zero-point", plant<dequantize_without_zero_point>},
      {"product-without-zero-point", plant<multiply_without_zero_point>},
      {"convolves-over-integer-0", plant<convolve_padded_with_zero>},
      {"rounds-halves-up", plant<round_halves_up>},
      {"other-sign-of-remainders", plant_node<other_sign_of_remainders>},
      {"second-forgotten-at-the-tail", plant<forget_the_second_at_the_tail>},
  };
}

}  // namespace backplane::selftest
