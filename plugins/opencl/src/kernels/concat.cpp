// Concat: each input is copied to its part of the output.
#include "moved.hpp"

namespace backplane::opencl {

namespace {

uint32_t axis_of(const Node& node) {
  const int64_t axis = node.int_attribute("axis", 0);
  return static_cast<uint32_t>(axis < 0 ? axis + node.output(0).rank : axis);
}

class Concat : public Kernel {
 public:
  Concat(const Node& node, Device& device)
      : input_count_(node.input_count()),
        axis_(axis_of(node)),
        moved_(device, element_size(node.input(0).dtype)) {
    argument_flags.assign(input_count_, BP_ARGUMENT_FLAG_STRIDED);
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    bp_tensor_t part = outputs[0];
    const uint64_t stride = dense_stride(part.type, axis_) * element_size(part.type.dtype);
    for (uint32_t i = 0; i < input_count_; ++i) {
      const bp_tensor_type_t& type = inputs[i].type;
      Walk walk = walk_of(type, type.rank);
      for (uint32_t axis = 0; axis < type.rank; ++axis) {
        walk.strides[0][axis] = stride_of(inputs[i], axis);
        walk.strides[1][axis] = dense_stride(part.type, axis);
      }
      moved_.launch(stream, inputs[i], part, walk);
      part.offset += static_cast<uint64_t>(type.shape[axis_]) * stride;
    }
  }

 private:
  const uint32_t input_count_;
  const uint32_t axis_;
  MovedElements moved_;
};

void check_concat(const Node& node, const DeviceFacts&) {
  check_moved(node);
  for (uint32_t i = 0; i < node.input_count(); ++i)
    if (node.input(i).dtype != node.input(0).dtype || node.input(i).rank != node.output(0).rank)
      refuse(node, "inputs have one element type and one rank");
  if (axis_of(node) >= node.output(0).rank) refuse(node, "axis is not there");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Concat>(node, device);
}

}  // namespace

void add_concat(OperatorTable& table) {
  table.push_back({"Concat", {4, 11, 13}, check_concat, create});
}

}  // namespace backplane::opencl
