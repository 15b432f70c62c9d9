// Expand: the input broadcast to the output's sizes; a view of it with strides of 0.
#include "integers.hpp"
#include "moved.hpp"

namespace backplane::opencl {

namespace {

class Expand : public Kernel {
 public:
  Expand(const Node& node, Device& device) : moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED, unread_flags(node, 1)};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    Walk walk = walk_of(type, type.rank);
    repeat(walk, 0, inputs[0]);
    for (uint32_t axis = 0; axis < type.rank; ++axis)
      walk.strides[1][axis] = dense_stride(type, axis);
    moved_.launch(stream, inputs[0], outputs[0], walk);
  }

 private:
  MovedElements moved_;
};

void check_expand(const Node& node, const DeviceFacts&) {
  check_moved(node);
  if (!node.has_input(1)) refuse(node, "the shape is an input");
  if (!can_broadcast(node.input(0), node.output(0), node.output(0)))
    refuse(node, "the input does not expand to the output's sizes");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Expand>(node, device);
}

}  // namespace

void add_expand(OperatorTable& table) {
  table.push_back({"Expand", {8, 13}, check_expand, create});
}

}  // namespace backplane::opencl
