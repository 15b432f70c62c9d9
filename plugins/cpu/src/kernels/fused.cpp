// The plugin's own Conv, Gemm and MatMul: a product and what follows it in one kernel. oneDNN
// applies the epilogue while it stores the product, where that is faster: not in convolutions on
// row-major tensors (gemm:jit takes three times as long with a Relu). Elsewhere, and where a NaN
// was met, which oneDNN's Relu and Clip lose, the base kernel runs and the plugin's own loops after
// it.
#include "fused.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "../invalid_watch.hpp"
#include "conv.hpp"
#include "matmul.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kBias = 2;

bool is_matmul(const Node& node) { return node.op() == "MatMul"; }

bool loses_nan(const Epilogue& epilogue) {
  for (const EpilogueStep& step : epilogue)
    if (step.kind == EpilogueKind::kRelu || step.kind == EpilogueKind::kClip) return true;
  return false;
}

EpilogueKind algorithm_of(const EpilogueStep& step) {
  return step.kind == EpilogueKind::kRelu ? EpilogueKind::kLeakyRelu : step.kind;
}

// oneDNN's depthwise convolutions give every step of one algorithm the numbers of the first.
bool mixes_numbers(const Epilogue& epilogue) {
  for (size_t i = 0; i < epilogue.size(); ++i)
    for (size_t j = i + 1; j < epilogue.size(); ++j)
      if (algorithm_of(epilogue[i]) == algorithm_of(epilogue[j]) &&
          (epilogue[i].first != epilogue[j].first || epilogue[i].second != epilogue[j].second))
        return true;
  return false;
}

// With a factor of 0 oneDNN takes LeakyRelu for Relu, where the definition makes NaN of infinity.
bool is_in_dnnl(const Epilogue& epilogue) {
  for (const EpilogueStep& step : epilogue)
    if (step.kind == EpilogueKind::kLeakyRelu && step.first == 0) return false;
  return !mixes_numbers(epilogue) && (kCanWatchDnnl || !loses_nan(epilogue));
}

class FusedKernel : public Kernel {
 public:
  // `program`, which may be nullptr, does all that the node says; `base` only the product.
  FusedKernel(const Node& node, Device& device, std::unique_ptr<Kernel> base,
              std::unique_ptr<DnnlProgram> program)
      : epilogue_(read_epilogue(node)),
        loses_nan_(loses_nan(epilogue_)),
        has_bias_(node.has_input(kBias)),
        added_columns_(is_matmul(node) && has_bias_ ? node.input(kBias).shape[0] : 0),
        count_(static_cast<int64_t>(element_count(node.output(0)))),
        base_(std::move(base)),
        program_(std::move(program)) {
    const KernelTraits& of_base = base_->traits();
    traits_.inputs = of_base.inputs;
    traits_.inputs.resize(node.input_count(), 0);
    traits_.scratch_size = of_base.scratch_size;
    traits_.device_memory_size = of_base.device_memory_size;
    if (program_ == nullptr) return;
    if (const bp_constant_t* weights = node.constant(1))
      traits_.device_memory_size += program_->bind_weights(*weights, device);
    traits_.scratch_size = std::max(traits_.scratch_size, program_->scratch_size());
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const float* residuals[kMaxResiduals] = {};
    for (size_t i = 0; i < residual_count(epilogue_); ++i)
      residuals[i] = data<float>(inputs[kFirstResidualInput + i]);
    if (program_ != nullptr && run_program(inputs, outputs, scratch, residuals)) return;
    base_->run(inputs, outputs, scratch);
    auto* target = data<float>(outputs[0]);
    if (added_columns_ != 0) add_rows(data<float>(inputs[kBias]), target);
    apply_epilogue(epilogue_, residuals, target, count_);
  }

 private:
  // False: a NaN may have been lost.
  bool run_program(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                   const bp_tensor_t* scratch, const float* const* residuals) const {
    const DnnlArguments arguments = {data<float>(inputs[0]),
                                     data<float>(inputs[1]),
                                     has_bias_ ? data<float>(inputs[kBias]) : nullptr,
                                     data<float>(outputs[0]),
                                     scratch != nullptr ? data<char>(*scratch) : nullptr,
                                     {residuals[0], residuals[1]}};
    if (!loses_nan_) {
      program_->run(arguments);
      return true;
    }
    const InvalidWatch watch(program_->threads());
    program_->run(arguments);
    return !watch.has_seen();
  }

  void add_rows(const float* row, float* target) const {
    for (int64_t begin = 0; begin < count_; begin += added_columns_)
      for (int64_t i = 0; i < added_columns_; ++i) target[begin + i] += row[i];
  }

  Epilogue epilogue_;
  bool loses_nan_, has_bias_;
  int64_t added_columns_;  // of a bias that the base does not know; 0: none
  int64_t count_;
  std::unique_ptr<Kernel> base_;
  std::unique_ptr<DnnlProgram> program_;
};

void check_all_float(const Node& node) {
  for (uint32_t i = 0; i < node.input_count(); ++i) {
    if (!node.has_input(i) && i == kBias) continue;
    if (node.input(i).dtype != BP_DTYPE_FLOAT32 || has_unknown_size(node.input(i)))
      refuse(node, "inputs are float32 of known sizes, not " + to_text(node.input(i)));
  }
  if (node.output_count() != 1 || node.output(0).dtype != BP_DTYPE_FLOAT32 ||
      has_unknown_size(node.output(0)))
    refuse(node, "it has one output, float32 of known sizes");
}

void check_residuals(const Node& node, const Epilogue& epilogue) {
  const size_t count = residual_count(epilogue);
  const size_t given =
      node.input_count() > kFirstResidualInput ? node.input_count() - kFirstResidualInput : 0;
  if (node.input_count() < 2 || given != count)
    refuse(node, "what the epilogue adds is " + std::to_string(count) + " tensors, not " +
                     std::to_string(given));
  for (uint32_t i = 0; i < count; ++i)
    if (to_text(node.input(kFirstResidualInput + i)) != to_text(node.output(0)))
      refuse(node, "what the epilogue adds is of the output's shape, not " +
                       to_text(node.input(kFirstResidualInput + i)));
}

void check_matmul_bias(const Node& node) {
  if (!is_matmul(node) || !node.has_input(kBias)) return;
  const bp_tensor_type_t& output = node.output(0);
  const bp_tensor_type_t& bias = node.input(kBias);
  if (node.input(1).rank < 2 || output.rank < 1 || bias.rank != 1 ||
      bias.shape[0] != output.shape[output.rank - 1])
    refuse(node, "the bias is one row of the output, not " + to_text(bias));
}

ConvolutionProblem convolution_of(const Node& base) {
  return problem_of(base, read_convolution(base, 1, kBias));
}

void check_channels_last(const Node& node, const BaseNode& base) {
  if (!base.is_channels_last()) return;
  if (node.constant(1) == nullptr) refuse(node, "channels-last, weights are constant");
  if (element_count(node.input(0)) == 0 || element_count(node.output(0)) == 0 ||
      !has_channels_last_convolution(convolution_of(base.node())))
    refuse(node, "oneDNN has no fast channels-last kernel for these sizes");
}

void check_fused(const Node& node) {
  check_all_float(node);
  check_residuals(node, read_epilogue(node));
  const BaseNode base(node);
  find_operator(base.node()).check(base.node());
  check_matmul_bias(node);
  check_channels_last(node, base);
}

std::unique_ptr<Kernel> create_channels_last(const Node& node, const Node& base, Device& device) {
  ConvolutionProblem problem = convolution_of(base);
  std::unique_ptr<DnnlProgram> program;
  const Epilogue epilogue = read_epilogue(node);
  if (!epilogue.empty() && is_in_dnnl(epilogue)) {
    problem.epilogue = epilogue;
    program = make_channels_last_convolution("Conv", problem);
    problem.epilogue.clear();
  }
  auto product = make_channels_last_convolution("Conv", problem, program.get());
  if (product == nullptr) fail(BP_STATUS_INTERNAL, "Conv: oneDNN went back on its word");
  return std::make_unique<FusedKernel>(
      node, device, make_program_convolution(base, device, std::move(product)), std::move(program));
}

// Not where oneDNN would have to scale.
std::unique_ptr<DnnlProgram> make_product(const Node& node, const Node& base) {
  const bool is_gemm = base.op() == "Gemm";
  MatMulProblem problem =
      is_gemm ? gemm_problem(base) : problem_of(plan_matmul(base.input(0), base.input(1)));
  const bool has_bias = node.has_input(kBias);
  if (is_gemm && (base.float_attribute("alpha", 1.0F) != 1.0F || problem.has_bias != has_bias))
    return nullptr;
  problem.has_bias = has_bias;
  problem.packs_weights = node.constant(1) != nullptr;
  problem.epilogue = read_epilogue(node);
  return is_in_dnnl(problem.epilogue) ? make_matmul(is_gemm ? "Gemm" : "MatMul", problem) : nullptr;
}

bool is_tiny(const Node& base) {
  const bp_tensor_type_t& output = base.output(0);
  const int64_t columns = output.rank > 0 ? output.shape[output.rank - 1] : 1;
  return static_cast<double>(element_count(base.input(0))) * static_cast<double>(columns) <=
         kTinyProduct;
}

std::unique_ptr<Kernel> create_fused(const Node& node, Device& device) {
  const BaseNode of_node(node);
  const Node base = of_node.node();
  if (of_node.is_channels_last()) return create_channels_last(node, base, device);
  std::unique_ptr<Kernel> product = find_operator(base).create(base, device);
  std::unique_ptr<DnnlProgram> program;
  if (node.op() != "Conv" && !is_tiny(base) && element_count(node.output(0)) != 0)
    program = make_product(node, base);
  return std::make_unique<FusedKernel>(node, device, std::move(product), std::move(program));
}

}  // namespace

void add_fused(OperatorTable& table) {
  for (const char* op : {"Conv", "Gemm", "MatMul"})
    table.push_back({op, {kFusedSince}, check_fused, create_fused, 0, kDomain});
}

}  // namespace backplane::cpu
