// BatchNormalization with given statistics; training is refused.
#include "../kernel.hpp"
#include "sources.hpp"
#include "walk.hpp"

namespace backplane::opencl {

namespace {

class BatchNormalization : public Kernel {
 public:
  BatchNormalization(const Node& node, Device& device)
      : epsilon_(node.float_attribute("epsilon", 1e-5f)),
        compute_(device, kNormalizationSource, element_option(node.input(0).dtype),
                 "batch_normalize") {
    in_place = {{0, 0}};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const bool has_channels = type.rank > 1;
    compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
      for (uint32_t i = 0; i < 5; ++i) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(cl_ulong{count});
      arguments.add(has_channels ? static_cast<cl_ulong>(type.shape[1]) : cl_ulong{1});
      arguments.add(has_channels ? cl_ulong{dense_stride(type, 1)} : cl_ulong{count});
      arguments.add(epsilon_);
    });
  }

 private:
  const cl_float epsilon_;
  Compute compute_;
};

void check_batch_normalization(const Node& node, const DeviceFacts& facts) {
  if (node.int_attribute("training_mode", 0) != 0) refuse(node, "training_mode 1");
  for (uint32_t i = 1; i < node.output_count(); ++i)
    if (node.has_output(i)) refuse(node, "statistics of its own as outputs");
  check_floating(node, facts, node.input(0).dtype);
  if (node.output(0).dtype != node.input(0).dtype) refuse(node, "the output has another type");
  for (uint32_t i = 1; i < 5; ++i)
    if (node.input(i).dtype != node.input(0).dtype)
      refuse(node, "statistics of another element type than the input");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<BatchNormalization>(node, device);
}

}  // namespace

void add_normalization(OperatorTable& table) {
  table.push_back({"BatchNormalization", {7, 9, 14, 15}, check_batch_normalization, create});
}

}  // namespace backplane::opencl
