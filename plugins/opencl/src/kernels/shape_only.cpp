// Reshape Flatten Squeeze Unsqueeze Identity: the same elements in the same order.
#include "moved.hpp"

namespace backplane::opencl {

namespace {

class ShapeOnly : public Kernel {
 public:
  ShapeOnly(const Node& node, Device& device) : moved_(device, element_size(node.input(0).dtype)) {
    argument_flags.assign(node.input_count(), 0);
    argument_flags[0] = BP_ARGUMENT_FLAG_STRIDED;
    // The new sizes, which the output's type has already.
    if (node.input_count() > 1) argument_flags[1] = BP_ARGUMENT_FLAG_HOST;
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = inputs[0].type;
    Walk walk = walk_of(type, type.rank);
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      walk.strides[0][axis] = stride_of(inputs[0], axis);
      walk.strides[1][axis] = dense_stride(type, axis);
    }
    moved_.launch(stream, inputs[0], outputs[0], walk);
  }

 private:
  MovedElements moved_;
};

void check_shape_only(const Node& node, const DeviceFacts&) { check_moved(node); }

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<ShapeOnly>(node, device);
}

}  // namespace

void add_shape_only(OperatorTable& table) {
  table.push_back({"Reshape", {5, 13, 14, 19, 21, 23}, check_shape_only, create});
  table.push_back({"Flatten", {1, 9, 11, 13, 21, 23}, check_shape_only, create});
  table.push_back({"Squeeze", {1, 11, 13, 21, 23}, check_shape_only, create});
  table.push_back({"Unsqueeze", {1, 11, 13, 21, 23}, check_shape_only, create});
  table.push_back({"Identity", {1, 13, 14, 16, 19, 21, 23}, check_shape_only, create});
}

}  // namespace backplane::opencl
