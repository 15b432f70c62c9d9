// Softmax along one axis; before version 13 along all axes from `axis` on, as one.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

class Softmax : public Kernel {
 public:
  Softmax(const Node& node, Device& device)
      : is_along_one_(node.since() >= 13),
        axis_(node.int_attribute("axis", is_along_one_ ? -1 : 1)),
        along_(device, kSoftmaxSource, options_of(node, device), "softmax_along"),
        across_(device, kSoftmaxSource, options_of(node, device), "softmax_across") {
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
    const uint64_t rows = count / length;
    if (step == 1)
      launch_along(stream, inputs[0], outputs[0], rows, length);
    else
      launch_across(stream, inputs[0], outputs[0], rows / step, length, step);
  }

 private:
  static std::string options_of(const Node& node, const Device& device) {
    return element_option(node.input(0).dtype) + width_option(device.facts);
  }

  void launch_along(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to, uint64_t rows,
                    uint64_t length) {
    along_.launch(stream, few_over(rows, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(cl_ulong{rows});
      arguments.add(cl_ulong{length});
    });
  }

  void launch_across(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                     uint64_t planes, uint64_t length, uint64_t step) {
    const DeviceFacts& facts = stream.device().facts;
    const uint64_t width = vector_width(facts);
    const uint64_t pieces = (step + width - 1) / width;
    across_.launch(stream, few_over(planes * pieces, facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(cl_ulong{planes});
      arguments.add(cl_ulong{length});
      arguments.add(cl_ulong{step});
    });
  }

  const bool is_along_one_;
  const int64_t axis_;
  Compute along_;
  Compute across_;
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
