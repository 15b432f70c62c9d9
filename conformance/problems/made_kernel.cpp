#include "problems/made_kernel.hpp"

#include "run/bounded_output.hpp"

namespace backplane::conformance {

MadeKernel::MadeKernel(Subject& subject, const bp_node_t& node)
    : subject_(subject),
      op_(node.op),
      input_count_(node.input_count),
      output_count_(node.output_count) {
  const bp_status_t status = subject.kernels().supports(subject.device(), &node);
  if (status == BP_STATUS_UNSUPPORTED) {
    const std::string words = subject.host().take_explanation();
    unsupported(words.empty() ? op_ + ": no reason was given" : words);
  }
  subject.check(status, "supports of " + op_);
  bp_kernel_t* made = nullptr;
  subject.check(subject.kernels().kernel_create(subject.device(), &node, &made),
                "kernel_create of " + op_);
  take(made);
}

MadeKernel::MadeKernel(Subject& subject, const bp_node_t& node, bp_kernel_t* made)
    : subject_(subject),
      op_(node.op),
      input_count_(node.input_count),
      output_count_(node.output_count) {
  take(made);
}

void MadeKernel::take(bp_kernel_t* made) {
  kernel_ = {
      made, [&subject = subject_](bp_kernel_t* ended) { subject.kernels().kernel_destroy(ended); }};
  const auto info_of = subject_.kernels().kernel_info;
  info_ = info_of != nullptr ? info_of(made) : nullptr;
}

bp_argument_flags_t MadeKernel::flags_of(size_t input) const {
  return info_ != nullptr && info_->inputs != nullptr ? info_->inputs[input] : 0;
}

bool MadeKernel::is_bounded(size_t output) const { return conformance::is_bounded(info_, output); }

Declared MadeKernel::declared() const {
  if (info_ == nullptr) return {};
  return {info_->numerics, info_->products, info_->accumulates};
}

uint64_t MadeKernel::scratch_size(const std::vector<bp_tensor_type_t>& inputs,
                                  const std::vector<bp_tensor_type_t>& outputs) const {
  uint64_t size = info_ != nullptr ? info_->scratch_size : 0;
  if (size != BP_SIZE_UNKNOWN) return size;
  require(subject_.kernels().scratch_size != nullptr,
          "kernel_info says BP_SIZE_UNKNOWN and there is no scratch_size");
  subject_.check(
      subject_.kernels().scratch_size(kernel_.get(), inputs.data(), outputs.data(), &size),
      "scratch_size");
  return size;
}

}  // namespace backplane::conformance
