// Transpose: axis i of the output is axis perm[i] of the input.
#include "moved.hpp"

namespace backplane::opencl {

namespace {

class Transpose : public Kernel {
 public:
  Transpose(const Node& node, Device& device) : moved_(device, element_size(node.input(0).dtype)) {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED};
    uint32_t count = 0;
    const int64_t* perm = node.ints_attribute("perm", &count);
    const uint32_t rank = node.input(0).rank;
    for (uint32_t axis = 0; axis < rank; ++axis)
      perm_.push_back(count == rank ? static_cast<uint32_t>(perm[axis]) : rank - 1 - axis);
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    Walk walk = walk_of(type, type.rank);
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      walk.strides[0][axis] = stride_of(inputs[0], perm_[axis]);
      walk.strides[1][axis] = dense_stride(type, axis);
    }
    moved_.launch(stream, inputs[0], outputs[0], walk);
  }

 private:
  std::vector<uint32_t> perm_;
  MovedElements moved_;
};

void check_transpose(const Node& node, const DeviceFacts&) {
  check_moved(node);
  uint32_t count = 0;
  const int64_t* perm = node.ints_attribute("perm", &count);
  const uint32_t rank = node.input(0).rank;
  if (count != 0 && count != rank) refuse(node, "perm has not one entry for each axis");
  for (uint32_t i = 0; i < count; ++i)
    if (perm[i] < 0 || perm[i] >= rank) refuse(node, "perm names an axis that is not there");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Transpose>(node, device);
}

}  // namespace

void add_transpose(OperatorTable& table) {
  table.push_back({"Transpose", {1, 13, 21, 23}, check_transpose, create});
}

}  // namespace backplane::opencl
