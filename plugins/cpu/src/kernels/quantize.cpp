// QuantizeLinear and DequantizeLinear, with one scale for all or one for each slice along an axis.
#include "../threads.hpp"
#include "quantization.hpp"

namespace backplane::cpu {

namespace {

template <class Byte>
struct DequantizeBody {
  BACKPLANE_CPU_INLINE static void loop(const void* input, void* output, int64_t count, float scale,
                                        int32_t zero_point) {
    using Wide = std::conditional_t<sizeof(Byte) < sizeof(int32_t), int32_t, int64_t>;
    const Byte* from = static_cast<const Byte*>(input);
    float* to = static_cast<float*>(output);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
      to[i] = static_cast<float>(static_cast<Wide>(from[i]) - zero_point) * scale;
  }
};

// The tensor as [outer, slices, inner]: one scale and zero point for each slice, or 1 slice.
struct Slices {
  int64_t outer = 1;
  int64_t count = 1;
  int64_t inner = 1;
};

Slices slices_of(const bp_tensor_type_t& type, int64_t axis) {
  Slices slices = {1, type.shape[axis], 1};
  for (int64_t i = 0; i < axis; ++i) slices.outer *= type.shape[i];
  for (int64_t i = axis + 1; i < type.rank; ++i) slices.inner *= type.shape[i];
  return slices;
}

int64_t axis_of(const Node& node) {
  const int64_t axis = node.int_attribute("axis", 1);
  return axis < 0 ? axis + node.input(0).rank : axis;
}

class ScaleKernel : public Kernel {
 public:
  ScaleKernel(const Node& node, ScaleLoop loop)
      : op_(node.op()),
        loop_(loop),
        axis_(axis_of(node)),
        has_zero_point_(node.has_input(2)),
        input_size_(static_cast<int64_t>(element_size(node.input(0).dtype))),
        output_size_(static_cast<int64_t>(element_size(node.output(0).dtype))) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_t zero_point = has_zero_point_ ? inputs[2] : bp_tensor_t{};
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    if (count == 0) return;
    const bool is_one = element_count(inputs[1].type) == 1 &&
                        (!has_zero_point_ || element_count(zero_point.type) == 1);
    if (is_one) return run_whole(inputs, zero_point, outputs[0], count);
    require_axis(inputs[0].type);
    const Slices slices = slices_of(inputs[0].type, axis_);
    require_parameter(inputs[1], slices.count, op_.c_str());
    require_parameter(zero_point, slices.count, op_.c_str());
    run_slices(slices, inputs, zero_point, outputs[0], count);
  }

 private:
  void require_axis(const bp_tensor_type_t& type) const {
    if (axis_ < 0 || axis_ >= type.rank)
      fail(BP_STATUS_INVALID_ARGUMENT, op_ + ": no such axis in " + to_text(type));
  }

  void run_whole(const bp_tensor_t* inputs, const bp_tensor_t& zero_point,
                 const bp_tensor_t& output, int64_t count) const {
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(output);
    const float scale = Scales(inputs[1])[0];
    const int32_t zero = ZeroPoints(zero_point)[0];
    parallel_pieces(count, count, [=](int64_t begin, int64_t end) {
      loop_(from + begin * input_size_, to + begin * output_size_, end - begin, scale, zero);
    });
  }

  void run_slices(const Slices& slices, const bp_tensor_t* inputs, const bp_tensor_t& zero_point,
                  const bp_tensor_t& output, int64_t count) const {
    const char* from = data<char>(inputs[0]);
    char* to = data<char>(output);
    const Scales scales(inputs[1]);
    const ZeroPoints zeros(zero_point);
    parallel_pieces(slices.outer * slices.count, count, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        loop_(from + i * slices.inner * input_size_, to + i * slices.inner * output_size_,
              slices.inner, scales[i % slices.count], zeros[i % slices.count]);
    });
  }

  const std::string op_;
  const ScaleLoop loop_;
  const int64_t axis_;
  const bool has_zero_point_;
  const int64_t input_size_;
  const int64_t output_size_;
};

void check_parameters(const Node& node) {
  if (node.output_count() != 1 || node.input_count() < 2 || node.input_count() > 3)
    refuse(node, "it has two or three inputs and one output");
  const bp_tensor_type_t& input = node.input(0);
  const bp_tensor_type_t& output = node.output(0);
  if (input.rank != output.rank) refuse(node, "input and output have one shape");
  for (uint32_t axis = 0; axis < input.rank; ++axis)
    if (!BP_DIM_IS_UNKNOWN(input.shape[axis]) && !BP_DIM_IS_UNKNOWN(output.shape[axis]) &&
        input.shape[axis] != output.shape[axis])
      refuse(node, "input and output have one shape");
  if (node.input(1).dtype != BP_DTYPE_FLOAT32)
    refuse(node, std::string("only a scale of float32, not ") + name_of(node.input(1).dtype));
  const int64_t axis = axis_of(node);
  const bool has_axis = axis >= 0 && axis < input.rank;
  for (uint32_t i : {1u, 2u}) check_parameter(node, i, has_axis ? input.shape[axis] : 1);
}

void check_quantize(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (dtype != BP_DTYPE_FLOAT32 && dtype != BP_DTYPE_INT32)
    refuse(node, std::string("only float32 and int32, not ") + name_of(dtype));
  if (!is_byte(node.output(0).dtype))
    refuse(node, std::string("only to uint8 and int8, not ") + name_of(node.output(0).dtype));
  if (node.has_input(2) && node.input(2).dtype != node.output(0).dtype)
    refuse(node, "zero point and output have one type");
  check_parameters(node);
}

void check_dequantize(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_byte(dtype) && dtype != BP_DTYPE_INT32)
    refuse(node, std::string("only uint8, int8 and int32, not ") + name_of(dtype));
  if (node.output(0).dtype != BP_DTYPE_FLOAT32)
    refuse(node, std::string("only to float32, not ") + name_of(node.output(0).dtype));
  if (node.has_input(2) && node.input(2).dtype != dtype)
    refuse(node, "zero point and input have one type");
  check_parameters(node);
}

std::unique_ptr<Kernel> create_quantize(const Node& node, Device&) {
  ScaleLoop loop = nullptr;
  visit_bytes(node.output(0).dtype, [&](auto type) {
    using Byte = typename decltype(type)::type;
    loop = node.input(0).dtype == BP_DTYPE_INT32 ? &QuantizeBody<int32_t, Byte>::loop
                                                 : Levels<&QuantizeBody<float, Byte>::loop>::best();
  });
  return std::make_unique<ScaleKernel>(node, loop);
}

std::unique_ptr<Kernel> create_dequantize(const Node& node, Device&) {
  ScaleLoop loop = &DequantizeBody<int32_t>::loop;
  visit_bytes(node.input(0).dtype, [&](auto type) {
    loop = Levels<&DequantizeBody<typename decltype(type)::type>::loop>::best();
  });
  return std::make_unique<ScaleKernel>(node, loop);
}

}  // namespace

// Version 19 adds types that are not served.
void add_quantize(OperatorTable& table) {
  table.push_back({"QuantizeLinear", {10, 13, 19}, check_quantize, create_quantize});
  table.push_back({"DequantizeLinear", {10, 13, 19}, check_dequantize, create_dequantize});
}

}  // namespace backplane::cpu
