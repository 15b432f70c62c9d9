// Reshape Flatten Squeeze Unsqueeze Identity: the same elements in the same order, so one copy.
#include "moved.hpp"

namespace backplane::opencl {

namespace {

class ShapeOnly : public Kernel {
 public:
  explicit ShapeOnly(const Node& node) {
    if (node.input_count() < 2) return;
    argument_flags.assign(node.input_count(), 0);
    argument_flags[1] =
        BP_ARGUMENT_FLAG_HOST;  // the new sizes, which the output's type has already
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_t& from = inputs[0];
    const bp_tensor_t& to = outputs[0];
    const uint64_t size = plugin::element_count(to.type) * element_size(to.type.dtype);
    if (size == 0) return;
    check(cl().clEnqueueCopyBuffer(stream.queue(), as_buffer(from.buffer).memory.get(),
                                   as_buffer(to.buffer).memory.get(), from.offset, to.offset, size,
                                   0, nullptr, nullptr),
          "clEnqueueCopyBuffer");
  }
};

void check_shape_only(const Node& node, const DeviceFacts&) { check_moved(node); }

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  return std::make_unique<ShapeOnly>(node);
}

}  // namespace

void add_shape_only(OperatorTable& table) {
  table.push_back({"Reshape", {5, 13, 14}, check_shape_only, create});
  table.push_back({"Flatten", {1, 9, 11, 13}, check_shape_only, create});
  table.push_back({"Squeeze", {1, 11, 13}, check_shape_only, create});
  table.push_back({"Unsqueeze", {1, 11, 13}, check_shape_only, create});
  table.push_back({"Identity", {1, 13, 14, 16}, check_shape_only, create});
}

}  // namespace backplane::opencl
