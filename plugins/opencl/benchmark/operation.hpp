// An operator of the plugin with its tensors, float32 and one output, made and launched through the
// ABI.
#pragma once

#include <backplane/kernel.h>

#include "bench_device.hpp"

namespace backplane::opencl::benchmark {

using Shape = std::vector<int64_t>;

struct Operand {
  Shape shape;
  std::vector<float> values;
  bool is_constant = false;
};

struct IntsAttribute {
  const char* name;
  bp_attribute_kind_t kind;  // INT or INTS
  std::vector<int64_t> values;
};

class Operation {
 public:
  Operation(BenchDevice& device, const char* op, uint32_t since, const std::vector<Operand>& inputs,
            const Shape& output, const std::vector<IntsAttribute>& attributes = {});
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  void launch(bp_stream_t* stream) const {
    device_.require(
        device_.plugin().kernel->launch(kernel_, stream, inputs_.data(), &output_,
                                        scratch_.buffer != nullptr ? &scratch_ : nullptr));
  }
  void run(int times) const;  // on the device's stream, to the end
  std::vector<float> result() const;

 private:
  void make_kernel(const char* op, uint32_t since, const std::vector<Operand>& inputs,
                   const std::vector<IntsAttribute>& attributes);
  void bring(const std::vector<Operand>& inputs);
  void bring_scratch();

  BenchDevice& device_;
  bp_kernel_t* kernel_ = nullptr;
  const bp_kernel_info_t* info_ = nullptr;
  std::vector<bp_tensor_t> inputs_;
  bp_tensor_t output_ = {};
  bp_tensor_t scratch_ = {};
};

uint64_t element_count(const Shape& shape);
// Between -1 and 1, the same for the same seed.
std::vector<float> numbers(const Shape& shape, uint32_t seed);

}  // namespace backplane::opencl::benchmark
