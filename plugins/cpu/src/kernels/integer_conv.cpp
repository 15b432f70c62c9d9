// ConvInteger and QLinearConv. Zero points are taken away first, which makes padding 0, then the
// loops of convolution_rows.hpp sum whole numbers of 32 bits, which wrap around.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "convolution_rows.hpp"
#include "quantization.hpp"

namespace backplane::cpu {

namespace {

// Where an operator has its inputs; kAbsent: it has none.
constexpr uint32_t kAbsent = UINT32_MAX;
struct Layout {
  uint32_t x_zero_point;
  uint32_t weights;
  uint32_t weights_zero_point;
  uint32_t bias;
};
constexpr Layout kConvInteger = {2, 1, 3, kAbsent};
constexpr Layout kQLinearConv = {2, 3, 5, 8};
constexpr uint32_t kXScale = 1, kWeightsScale = 4, kYScale = 6, kYZeroPoint = 7;

const Layout& layout_of(const Node& node) {
  return node.op() == "ConvInteger" ? kConvInteger : kQLinearConv;
}

template <class Byte>
void widen_as(const void* from, int64_t count, int32_t zero_point, uint32_t* to) {
  const Byte* bytes = static_cast<const Byte*>(from);
  for (int64_t i = 0; i < count; ++i)
    to[i] = static_cast<uint32_t>(static_cast<int32_t>(bytes[i]) - zero_point);
}

void widen(bp_dtype_t dtype, const char* from, int64_t count, int32_t zero_point, uint32_t* to) {
  dtype == BP_DTYPE_INT8 ? widen_as<int8_t>(from, count, zero_point, to)
                         : widen_as<uint8_t>(from, count, zero_point, to);
}

class IntegerConvolution : public Kernel {
 public:
  explicit IntegerConvolution(const Node& node)
      : layout_(layout_of(node)),
        shape_(read_convolution(node, layout_.weights, layout_.bias)),
        is_quantized_(&layout_ == &kQLinearConv),
        has_x_zero_point_(node.has_input(layout_.x_zero_point)),
        has_weights_zero_point_(node.has_input(layout_.weights_zero_point)),
        has_bias_(node.has_input(layout_.bias)),
        x_count_(static_cast<int64_t>(element_count(node.input(0)))),
        weights_count_(static_cast<int64_t>(element_count(node.input(layout_.weights)))),
        y_count_(static_cast<int64_t>(element_count(node.output(0)))),
        planes_(ConvolutionRows<uint32_t>::best()) {
    const int64_t kept = x_count_ + weights_count_ + (is_quantized_ ? y_count_ : 0);
    traits_.scratch_size = static_cast<uint64_t>(kept) * sizeof(uint32_t);
    traits_.accumulates = BP_DTYPE_INT32;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    if (y_count_ == 0) return;
    auto* x = scratch != nullptr ? data<uint32_t>(*scratch) : nullptr;
    uint32_t* weights = x + x_count_;
    uint32_t* sums = is_quantized_ ? weights + weights_count_ : data<uint32_t>(outputs[0]);
    widen_x(inputs, x);
    widen_weights(inputs, weights);
    const ConvolutionRows<uint32_t>::Tensors tensors = {
        x, weights, has_bias_ ? data<const uint32_t>(inputs[layout_.bias]) : nullptr, sums};
    const auto cost = static_cast<int64_t>(std::min(shape_.multiplications(), 1e15));
    parallel_pieces(shape_.planes(), cost,
                    [&](int64_t first, int64_t last) { planes_(shape_, tensors, first, last); });
    if (is_quantized_) requantize(inputs, sums, outputs[0]);
  }

 private:
  int64_t channels() const { return shape_.groups * shape_.outputs; }

  void widen_x(const bp_tensor_t* inputs, uint32_t* to) const {
    const ZeroPoints zeros(has_x_zero_point_ ? inputs[layout_.x_zero_point] : bp_tensor_t{});
    widen(inputs[0].type.dtype, data<char>(inputs[0]), x_count_, zeros[0], to);
  }

  void widen_weights(const bp_tensor_t* inputs, uint32_t* to) const {
    const bp_tensor_t& weights = inputs[layout_.weights];
    const ZeroPoints zeros(has_weights_zero_point_ ? inputs[layout_.weights_zero_point]
                                                   : bp_tensor_t{});
    const int64_t size = weights_count_ / channels();
    for (int64_t channel = 0; channel < channels(); ++channel)
      widen(weights.type.dtype, data<char>(weights) + channel * size, size, zeros[channel],
            to + channel * size);
  }

  void requantize(const bp_tensor_t* inputs, const uint32_t* sums, const bp_tensor_t& y) const {
    visit_bytes(y.type.dtype, [&](auto type) {
      using Byte = typename decltype(type)::type;
      const Scales weights_scales(inputs[kWeightsScale]);
      const float x_scale = Scales(inputs[kXScale])[0];
      const float y_scale = Scales(inputs[kYScale])[0];
      const int32_t zero_point = ZeroPoints(inputs[kYZeroPoint])[0];
      Byte* to = data<Byte>(y);
      const int64_t size = shape_.output_size();
      parallel_pieces(shape_.planes(), y_count_, [&](int64_t first, int64_t last) {
        for (int64_t plane = first; plane < last; ++plane) {
          const float factor = x_scale * weights_scales[plane % channels()] / y_scale;
          for (int64_t i = plane * size; i < (plane + 1) * size; ++i)
            to[i] = requantized<Byte>(static_cast<int32_t>(sums[i]), factor, zero_point);
        }
      });
    });
  }

  const Layout& layout_;
  const ConvolutionShape shape_;
  const bool is_quantized_;
  const bool has_x_zero_point_;
  const bool has_weights_zero_point_;
  const bool has_bias_;
  const int64_t x_count_;
  const int64_t weights_count_;
  const int64_t y_count_;
  const ConvolutionRows<uint32_t>::Function planes_;
};

void check_common(const Node& node, const Layout& layout) {
  if (!is_byte(node.input(0).dtype) || !is_byte(node.input(layout.weights).dtype))
    refuse(node, "only uint8 and int8, not " + to_text(node.input(0)) + " and " +
                     to_text(node.input(layout.weights)));
  check_zero_point(node, layout.x_zero_point, 0);
  check_zero_point(node, layout.weights_zero_point, layout.weights);
  read_convolution(node, layout.weights, layout.bias);
  check_parameter(node, layout.x_zero_point, 1);
  check_parameter(node, layout.weights_zero_point, node.input(layout.weights).shape[0]);
}

void check_integer(const Node& node) {
  check_common(node, kConvInteger);
  if (node.output(0).dtype != BP_DTYPE_INT32) refuse(node, "its output is int32");
}

void check_quantized(const Node& node) {
  if (!is_byte(node.output(0).dtype) || node.input(kYZeroPoint).dtype != node.output(0).dtype)
    refuse(node, "its output has the type of the zero point, uint8 or int8");
  for (const uint32_t scale : {kXScale, kWeightsScale, kYScale})
    if (node.input(scale).dtype != BP_DTYPE_FLOAT32) refuse(node, "its scales are float32");
  if (node.has_input(kQLinearConv.bias) && node.input(kQLinearConv.bias).dtype != BP_DTYPE_INT32)
    refuse(node, "its bias is int32");
  check_common(node, kQLinearConv);
  for (const uint32_t one : {kXScale, kYScale, kYZeroPoint}) check_parameter(node, one, 1);
  check_parameter(node, kWeightsScale, node.input(kQLinearConv.weights).shape[0]);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<IntegerConvolution>(node);
}

}  // namespace

void add_integer_conv(OperatorTable& table) {
  table.push_back({"ConvInteger", {10}, check_integer, create});
  table.push_back({"QLinearConv", {10}, check_quantized, create});
}

}  // namespace backplane::cpu
