// Conv. float32 is oneDNN's direct convolution, whose sums are those of the definition; tiny ones,
// one channel to a group, and all other types are plain loops.
#include "conv.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../threads.hpp"
#include "convolution_rows.hpp"
#include "depthwise_rows.hpp"

namespace backplane::cpu {

ConvolutionProblem problem_of(const Node& node, const ConvolutionShape& shape) {
  const auto sizes = [](const bp_tensor_type_t& type) {
    return std::vector<int64_t>(type.shape, type.shape + type.rank);
  };
  ConvolutionProblem problem;
  problem.source = sizes(node.input(0));
  problem.weights = sizes(node.input(1));
  problem.target = sizes(node.output(0));
  for (size_t axis = kMaxSpatialRank - (problem.source.size() - 2); axis < kMaxSpatialRank;
       ++axis) {
    problem.strides.push_back(shape.windows[axis].stride);
    problem.dilations.push_back(shape.windows[axis].dilation);
    problem.pads_begin.push_back(shape.windows[axis].pad_begin);
    problem.pads_end.push_back(shape.windows[axis].pad_end);
  }
  problem.groups = shape.groups;
  problem.has_bias = node.has_input(2);
  problem.packs_weights = node.constant(1) != nullptr;
  return problem;
}

namespace {

constexpr uint32_t kWeights = 1;
constexpr uint32_t kBias = 2;

ConvolutionShape read_shape(const Node& node) { return read_convolution(node, kWeights, kBias); }

template <class T>
class LoopConvolution : public Kernel {
 public:
  using Loop = typename ConvolutionRows<T>::Function;

  LoopConvolution(const Node& node, const ConvolutionShape& shape,
                  Loop planes = ConvolutionRows<T>::best())
      : shape_(shape), has_bias_(node.has_input(2)), planes_(planes) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (shape_.output_size() == 0) return;
    const typename ConvolutionRows<T>::Tensors tensors = {
        data<const T>(inputs[0]), data<const T>(inputs[1]),
        has_bias_ ? data<const T>(inputs[2]) : nullptr, data<T>(outputs[0])};
    const auto cost = static_cast<int64_t>(std::min(shape_.multiplications(), 1e15));
    parallel_pieces(shape_.planes(), cost,
                    [&](int64_t first, int64_t last) { planes_(shape_, tensors, first, last); });
  }

 private:
  ConvolutionShape shape_;
  bool has_bias_;
  Loop planes_;
};

class ProgramConvolution : public Kernel {
 public:
  ProgramConvolution(const Node& node, Device& device, std::unique_ptr<DnnlProgram> program)
      : program_(std::move(program)), has_bias_(node.has_input(2)) {
    traits_.inputs.assign(node.input_count(), 0);
    if (const bp_constant_t* weights = node.constant(1)) {
      traits_.device_memory_size = program_->bind_weights(*weights, device);
      traits_.inputs[1] = BP_ARGUMENT_FLAG_BAKED;
    }
    traits_.scratch_size = program_->scratch_size();
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    program_->run({data<float>(inputs[0]), data<float>(inputs[1]),
                   has_bias_ ? data<float>(inputs[2]) : nullptr, data<float>(outputs[0]),
                   scratch != nullptr ? data<char>(*scratch) : nullptr});
  }

 private:
  std::unique_ptr<DnnlProgram> program_;
  bool has_bias_;
};

// The loop for one channel to a group that serves this window; nullptr: none.
LoopConvolution<float>::Loop depthwise_loop(const ConvolutionShape& shape) {
  using Rows3 = DepthwiseRows<3, 3>;
  using Rows5 = DepthwiseRows<5, 5>;
  if (Rows3::serves(shape)) return Levels<&Rows3::planes>::best();
  if (Rows5::serves(shape)) return Levels<&Rows5::planes>::best();
  return nullptr;
}

std::unique_ptr<Kernel> create_float_conv(const Node& node, Device& device) {
  constexpr double kTiny = 4096;  // multiplications; below, oneDNN's calls cost more than loops
  const ConvolutionShape shape = read_shape(node);
  if (const auto loop = depthwise_loop(shape))
    return std::make_unique<LoopConvolution<float>>(node, shape, loop);
  if (shape.multiplications() > kTiny)
    if (auto program = make_convolution("Conv", problem_of(node, shape)))
      return make_program_convolution(node, device, std::move(program));
  return std::make_unique<LoopConvolution<float>>(node, shape);
}

void check_types(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_float(dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(dtype));
  if (node.input(1).dtype != dtype || (node.has_input(2) && node.input(2).dtype != dtype) ||
      node.output(0).dtype != dtype)
    refuse(node, std::string("input, weights, bias and output have one type, not ") +
                     name_of(dtype) + " and another");
}

void check_conv(const Node& node) {
  check_types(node);
  read_shape(node);
}

std::unique_ptr<Kernel> create_conv(const Node& node, Device& device) {
  if (node.input(0).dtype == BP_DTYPE_FLOAT32) return create_float_conv(node, device);
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<LoopConvolution<typename decltype(type)::type>>(node, read_shape(node));
  });
  return made;
}

}  // namespace

std::unique_ptr<Kernel> make_program_convolution(const Node& node, Device& device,
                                                 std::unique_ptr<DnnlProgram> program) {
  return std::make_unique<ProgramConvolution>(node, device, std::move(program));
}

void add_conv(OperatorTable& table) { table.push_back({"Conv", {1, 11}, check_conv, create_conv}); }

}  // namespace backplane::cpu
