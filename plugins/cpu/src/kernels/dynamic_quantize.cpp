// DynamicQuantizeLinear: uint8, with scale and zero point from the range of the numbers and 0.
// Where ONNX leaves it open, as numbers that are all 0, the scale is 1; NaN makes the scale NaN,
// and all results 0.
#include <algorithm>
#include <limits>

#include "../threads.hpp"
#include "quantization.hpp"

namespace backplane::cpu {

namespace {

struct Range {
  float lowest;
  float highest;
  bool has_nan;
};

struct RangeBody {
  BACKPLANE_CPU_INLINE static void range(const float* numbers, int64_t count, Range* found) {
    float lowest = 0, highest = 0;
    unsigned nans = 0;
#pragma omp simd reduction(min : lowest) reduction(max : highest) reduction(| : nans)
    for (int64_t i = 0; i < count; ++i) {
      lowest = numbers[i] < lowest ? numbers[i] : lowest;
      highest = numbers[i] > highest ? numbers[i] : highest;
      nans |= numbers[i] != numbers[i] ? 1u : 0u;
    }
    *found = {lowest, highest, nans != 0};
  }
};

float scale_of(const Range& range) {
  if (range.has_nan) return std::numeric_limits<float>::quiet_NaN();
  const float scale = (range.highest - range.lowest) / 255.0f;
  return scale != 0.0f ? scale : 1.0f;
}

class DynamicQuantize : public Kernel {
 public:
  DynamicQuantize()
      : range_(Levels<&RangeBody::range>::best()),
        quantize_(Levels<&QuantizeBody<float, uint8_t>::loop>::best()) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const auto count = static_cast<int64_t>(element_count(inputs[0].type));
    const auto* from = data<float>(inputs[0]);
    auto* to = data<uint8_t>(outputs[0]);
    Range range;
    range_(from, count, &range);
    const float scale = scale_of(range);
    const auto zero_point = quantized<uint8_t>(0.0f - range.lowest / scale, 0);
    parallel_pieces(count, count, [=](int64_t begin, int64_t end) {
      quantize_(from + begin, to + begin, end - begin, scale, zero_point);
    });
    if (outputs[1].type.dtype != 0) *data<float>(outputs[1]) = scale;
    if (outputs[2].type.dtype != 0) *data<uint8_t>(outputs[2]) = zero_point;
  }

 private:
  void (*const range_)(const float*, int64_t, Range*);
  const ScaleLoop quantize_;
};

void check(const Node& node) {
  if (node.input_count() != 1 || node.output_count() != 3 || !node.has_output(0))
    refuse(node, "it has one input and three outputs");
  if (node.input(0).dtype != BP_DTYPE_FLOAT32)
    refuse(node, std::string("only float32, not ") + name_of(node.input(0).dtype));
  const bp_dtype_t wanted[] = {BP_DTYPE_UINT8, BP_DTYPE_FLOAT32, BP_DTYPE_UINT8};
  for (uint32_t i = 0; i < 3; ++i)
    if (node.has_output(i) && node.output(i).dtype != wanted[i])
      refuse(node, "its outputs are uint8, float32 and uint8");
}

std::unique_ptr<Kernel> create(const Node&, Device&) { return std::make_unique<DynamicQuantize>(); }

}  // namespace

void add_dynamic_quantize(OperatorTable& table) {
  table.push_back({"DynamicQuantizeLinear", {11}, check, create});
}

}  // namespace backplane::cpu
