// CumSum: the axis is a constant input.
#include <cstring>

#include "columns.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

int64_t value_of(const bp_constant_t& constant) {
  if (constant.type.dtype == BP_DTYPE_INT32) {
    int32_t value = 0;
    std::memcpy(&value, constant.data, sizeof value);
    return value;
  }
  int64_t value = 0;
  std::memcpy(&value, constant.data, sizeof value);
  return value;
}

uint32_t axis_of(const Node& node) {
  const bp_constant_t* constant = node.constant(1);
  if (constant == nullptr) refuse(node, "the axis is not constant");
  const bp_dtype_t dtype = constant->type.dtype;
  if ((dtype != BP_DTYPE_INT32 && dtype != BP_DTYPE_INT64) ||
      plugin::element_count(constant->type) != 1)
    refuse(node, "the axis is one int32 or int64");
  const int64_t rank = node.input(0).rank;
  const int64_t axis = value_of(*constant);
  if (axis < -rank || axis >= rank) refuse(node, "axis is not there");
  return static_cast<uint32_t>(axis < 0 ? axis + rank : axis);
}

class CumSum : public Kernel {
 public:
  CumSum(const Node& node, Device& device)
      : axis_(axis_of(node)),
        columns_(device, kCumsumSource, options_of(node, device), "cumsum_along", "cumsum_across") {
    in_place = {{0, 0}};
    argument_flags = {0, BP_ARGUMENT_FLAG_BAKED};
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const auto length = static_cast<uint64_t>(type.shape[axis_]);
    columns_.launch(stream, inputs[0], outputs[0], {count, length, dense_stride(type, axis_)});
  }

 private:
  static std::string options_of(const Node& node, const Device& device) {
    return element_option(node.input(0).dtype) + width_option(device.facts) +
           (node.int_attribute("exclusive", 0) != 0 ? " -DIS_EXCLUSIVE=1" : "") +
           (node.int_attribute("reverse", 0) != 0 ? " -DIS_REVERSE=1" : "");
  }

  const uint32_t axis_;
  Columns columns_;
};

// Sizes that are not known may be any.
bool has_sizes_of_input(const Node& node) {
  const bp_tensor_type_t& from = node.input(0);
  const bp_tensor_type_t& to = node.output(0);
  if (from.rank != to.rank) return false;
  for (uint32_t axis = 0; axis < from.rank; ++axis)
    if (from.shape[axis] != to.shape[axis] && from.shape[axis] >= 0 && to.shape[axis] >= 0)
      return false;
  return true;
}

void check_cumsum(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  if (node.input(0).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, node.input(0).dtype);
  axis_of(node);
  if (!has_sizes_of_input(node)) refuse(node, "the output has other sizes than the input");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<CumSum>(node, device);
}

}  // namespace

void add_cumsum(OperatorTable& table) {
  table.push_back({"CumSum", {11, 14}, check_cumsum, create});
}

}  // namespace backplane::opencl
