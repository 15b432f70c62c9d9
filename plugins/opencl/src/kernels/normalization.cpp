// BatchNormalization with given statistics; training is refused.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// [0] is the tensor, [1] the number of the channel: axis 1, or the only one where there is none.
Rows rows_and_channels(const bp_tensor_t& tensor) {
  Walk walk = walk_of(tensor.type, tensor.type.rank);
  repeat(walk, 0, tensor);
  if (tensor.type.rank > 1) walk.strides[1][1] = 1;
  return rows_of(walk);
}

class BatchNormalization : public Kernel {
 public:
  BatchNormalization(const Node& node, Device& device)
      : epsilon_(node.float_attribute("epsilon", 1e-5f)),
        compute_(device, kNormalizationSource,
                 element_option(node.input(0).dtype) + width_option(device.facts),
                 "batch_normalize") {
    in_place = {{0, 0}};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    if (plugin::element_count(type) == 0) return;
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows = rows_and_channels(inputs[0]);
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      for (uint32_t i = 0; i < 5; ++i) arguments.add(inputs[i]);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(epsilon_);
      arguments.add(is_streamed(facts, inputs, 1, outputs[0]));
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
