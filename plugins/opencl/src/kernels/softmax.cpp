// Softmax along one axis; before version 13 along all axes from `axis` on, as one.
#include "columns.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

class Softmax : public Kernel {
 public:
  Softmax(const Node& node, Device& device)
      : is_along_one_(node.since() >= 13),
        axis_(node.int_attribute("axis", is_along_one_ ? -1 : 1)),
        columns_(device, kSoftmaxSource, options_of(node, device), "softmax_along",
                 "softmax_across") {
    in_place = {{0, 0}};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const auto axis = static_cast<uint32_t>(axis_ < 0 ? axis_ + type.rank : axis_);
    const uint64_t step = is_along_one_ ? dense_stride(type, axis) : 1;
    const uint64_t length = is_along_one_ ? static_cast<uint64_t>(type.shape[axis])
                            : axis == 0   ? count
                                          : dense_stride(type, axis - 1);
    columns_.launch(stream, inputs[0], outputs[0], {count, length, step});
  }

 private:
  static std::string options_of(const Node& node, const Device& device) {
    return element_option(node.input(0).dtype) + width_option(device.facts);
  }

  const bool is_along_one_;
  const int64_t axis_;
  Columns columns_;
};

void check_softmax(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  const int64_t axis = node.int_attribute("axis", node.since() >= 13 ? -1 : 1);
  const int64_t rank = node.input(0).rank;
  if (axis < -rank || axis >= rank) refuse(node, "axis is not there");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Softmax>(node, device);
}

}  // namespace

void add_softmax(OperatorTable& table) {
  table.push_back({"Softmax", {1, 11, 13}, check_softmax, create});
}

}  // namespace backplane::opencl
