// Faults of group K in how results are computed.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

float same(float x) { return x; }

// A product of two matrices, each operand and each sum rounded; the last `dropped` terms left out.
template <float (*operand)(float), float (*sum)(float), int dropped>
void multiply(Launched& launched) {
  if (!launched.is("MatMul") || launched.inputs[0].type.rank != 2 ||
      launched.inputs[1].type.rank != 2)
    return;
  const int64_t m = launched.inputs[0].size(-2);
  const int64_t k = launched.inputs[0].size(-1);
  const int64_t n = launched.inputs[1].size(-1);
  const float* a = launched.inputs[0].floats();
  const float* b = launched.inputs[1].floats();
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float total = 0;
      for (int64_t t = 0; t < k - dropped; ++t)
        total = sum(total + operand(a[i * k + t]) * operand(b[t * n + j]));
      launched.outputs[0].floats()[i * n + j] = total;
    }
}

// What the K of whole vectors leaves over is forgotten.
void drop_k_tail(Launched& launched) {
  if (!launched.is("MatMul") || launched.inputs[0].size(-1) % 16 == 0) return;
  multiply<same, same, 1>(launched);
}

// Blocks of 1024 terms; the rest of the last one loses its end.
void drop_beyond_1024(Launched& launched) {
  if (launched.is("MatMul") && launched.inputs[0].size(-1) > 1024)
    multiply<same, same, 1>(launched);
}

const bp_kernel_info_t* declare_bfloat16(const bp_kernel_t* kernel) {
  bp_kernel_info_t& info = own_info(kernel);
  info.accumulates = BP_DTYPE_BFLOAT16;
  return &info;
}

void scale(Launched& launched) {
  if (!launched.is("MatMul")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    launched.outputs[0].floats()[i] *= 1 + 0x1p-10f;
}

void change_one(Launched& launched) {
  if (!launched.is("Tanh")) return;
  launched.outputs[0].floats()[launched.outputs[0].count / 2] *= 1.0001f;
}

void softmax_without_maximum(Launched& launched) {
  if (!launched.is("Softmax") || launched.inputs[0].type.rank != 2 ||
      launched.settings["axis"] == 0)
    return;
  const int64_t count = launched.inputs[0].size(-1);
  for (int64_t row = 0; row < launched.inputs[0].size(-2); ++row) {
    const float* x = launched.inputs[0].floats() + row * count;
    float* y = launched.outputs[0].floats() + row * count;
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += y[i] = std::exp(x[i]);
    for (int64_t i = 0; i < count; ++i) y[i] /= sum;
  }
}

void flush_subnormals(Launched& launched) {
  if (!launched.is("Mul")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (std::fpclassify(launched.outputs[0].floats()[i]) == FP_SUBNORMAL)
      launched.outputs[0].floats()[i] = 0;
}

void forget_nan(Launched& launched) {
  if (!launched.is("Tanh")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (std::isnan(launched.outputs[0].floats()[i])) launched.outputs[0].floats()[i] = 0;
}

// A series that is right near zero.
void tanh_near_zero(Launched& launched) {
  if (!launched.is("Tanh")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    const float x = launched.inputs[0].floats()[i];
    if (std::fabs(x) > 4) launched.outputs[0].floats()[i] = std::copysign(1 - 0x1p-12f, x);
  }
}

void divide_downwards(Launched& launched) {
  if (launched.op != "Div" || launched.inputs[0].type.dtype != BP_DTYPE_INT32 ||
      launched.inputs[0].count != launched.inputs[1].count)
    return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) {
    int32_t a = 0;
    int32_t b = 0;
    std::memcpy(&a, launched.inputs[0].bytes + 4 * i, 4);
    std::memcpy(&b, launched.inputs[1].bytes + 4 * i, 4);
    const auto quotient = static_cast<int32_t>(std::floor(static_cast<double>(a) / b));
    std::memcpy(launched.outputs[0].bytes + 4 * i, &quotient, 4);
  }
}

}  // namespace

std::vector<Fault> arithmetic_faults() {
  return {
      {"matmul-in-bfloat16", plant<multiply<rounded_to_bfloat16, same, 0>>},
      {"matmul-in-tf32", plant<multiply<rounded_to_tf32, same, 0>>},
      {"matmul-sums-in-float16", plant<multiply<same, rounded_to_float16, 0>>},
      {"matmul-drops-the-last", plant<multiply<same, same, 1>>},
      {"matmul-drops-the-tail", plant<drop_k_tail>},
      {"drops-beyond-1024", plant<drop_beyond_1024>},
      {"drops-behind-a-declaration",
       [](Tables* t) {
         plant<multiply<same, rounded_to_bfloat16, 1>>(t);
         t->kernel.kernel_info = declare_bfloat16;
       }},
      {"all-scaled", plant<scale>},
      {"one-element-changed", plant<change_one>},
      {"softmax-without-maximum", plant<softmax_without_maximum>},
      {"flushes-subnormals", plant<flush_subnormals>},
      {"forgets-nan", plant<forget_nan>},
      {"right-near-zero", plant<tanh_near_zero>},
      {"divides-downwards", plant<divide_downwards>},
  };
}

}  // namespace backplane::selftest
