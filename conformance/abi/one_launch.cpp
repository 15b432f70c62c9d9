#include "abi/one_launch.hpp"

#include <cstring>

#include "abi/kernel_tools.hpp"

namespace backplane::conformance {
namespace {

uint64_t elements_of(const bp_tensor_type_t& type) {
  uint64_t count = 1;
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    count *= static_cast<uint64_t>(type.shape[axis]);
  return count;
}

// What one launch brings, and what holds it.
class OneLaunch {
 public:
  OneLaunch(Subject& subject, bp_kernel_t* kernel)
      : subject_(subject),
        kernel_(kernel),
        stream_(subject.stream()),
        info_(info_of(subject, kernel)) {}

  void add_input(const bp_tensor_type_t& type, const std::vector<float>& values) {
    const size_t index = tensors_.size();
    const bp_argument_flags_t flags =
        info_ != nullptr && info_->inputs != nullptr ? info_->inputs[index] : 0;
    tensors_.emplace_back();
    if ((flags & BP_ARGUMENT_FLAG_BAKED) != 0) return;
    tensors_.back().type = type;
    if ((flags & BP_ARGUMENT_FLAG_HOST) != 0) {
      tensors_.back().host = values.data();
      return;
    }
    bp_buffer_t* buffer = add_buffer(type);
    subject_.write(stream_.get(), buffer, 0, bytes_of(values));
  }

  std::vector<float> run(const bp_tensor_type_t& output) {
    tensors_.emplace_back();
    tensors_.back().type = output;
    const bp_buffer_t* buffer = add_buffer(output);
    const bp_tensor_t scratch = add_scratch();
    subject_.check(
        subject_.kernels().launch(kernel_, stream_.get(), tensors_.data(), &tensors_.back(),
                                  scratch.buffer != nullptr ? &scratch : nullptr),
        "launch");
    std::vector<float> values(elements_of(output));
    const std::string bytes =
        subject_.read(stream_.get(), buffer, 0, values.size() * sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

 private:
  bp_buffer_t* add_buffer(const bp_tensor_type_t& type) {
    buffers_.push_back(subject_.buffer(with_padding(subject_, elements_of(type) * sizeof(float))));
    tensors_.back().buffer = buffers_.back().get();
    return buffers_.back().get();
  }

  // Of what the kernel says of known sizes; without a buffer when that is 0.
  bp_tensor_t add_scratch() {
    bp_tensor_t scratch = {};
    const uint64_t size = info_ != nullptr ? info_->scratch_size : 0;
    if (size == BP_SIZE_UNKNOWN) not_applicable("it wants scratch of unknown size");
    if (size == 0) return scratch;
    scratch.type = type_of(BP_DTYPE_UINT8, {static_cast<int64_t>(size)});
    buffers_.push_back(subject_.buffer(size));
    scratch.buffer = buffers_.back().get();
    return scratch;
  }

  Subject& subject_;
  bp_kernel_t* kernel_;
  Owned<bp_stream_t> stream_;
  const bp_kernel_info_t* info_;
  std::vector<Owned<bp_buffer_t>> buffers_;
  std::vector<bp_tensor_t> tensors_;
};

}  // namespace

std::vector<float> run_once(Subject& subject, bp_kernel_t* kernel,
                            const std::vector<bp_tensor_type_t>& inputs,
                            const std::vector<std::vector<float>>& values,
                            const bp_tensor_type_t& output) {
  OneLaunch launch(subject, kernel);
  for (size_t i = 0; i < inputs.size(); ++i) launch.add_input(inputs[i], values[i]);
  return launch.run(output);
}

}  // namespace backplane::conformance
