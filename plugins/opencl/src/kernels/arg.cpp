// ArgMax and ArgMin.
#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// Less than 0 or not less than the rank where there is no such axis.
int64_t axis_of(const Node& node) {
  const int64_t axis = node.int_attribute("axis", 0);
  return axis < 0 ? axis + node.input(0).rank : axis;
}

class Arg : public Kernel {
 public:
  Arg(const Node& node, Device& device)
      : axis_(static_cast<uint32_t>(axis_of(node))),
        along_(device, kArgSource, options_of(node, device), "arg_along"),
        across_(device, kArgSource, options_of(node, device), "arg_across") {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED};
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = inputs[0].type;
    if (plugin::element_count(outputs[0].type) == 0) return;
    if (type.shape[axis_] == 0)
      plugin::fail(BP_STATUS_INVALID_ARGUMENT, "ArgMax, ArgMin: no element to choose from");
    const Walk kept = kept_of(inputs[0]);
    if (stride_of(inputs[0], axis_) == 1)
      launch_along(stream, inputs[0], outputs[0], kept);
    else
      launch_across(stream, inputs[0], outputs[0], rows_of(kept));
  }

 private:
  static std::string options_of(const Node& node, const Device& device) {
    return element_option(node.input(0).dtype) + width_option(device.facts) +
           (node.op() == "ArgMax" ? " -DIS_MAX=1" : "") +
           (node.int_attribute("select_last_index", 0) != 0 ? " -DTAKES_LAST=1" : "");
  }

  Walk kept_of(const bp_tensor_t& tensor) const {
    Walk kept;
    for (uint32_t axis = 0; axis < tensor.type.rank; ++axis) {
      if (axis == axis_) continue;
      kept.sizes[kept.rank] = static_cast<cl_ulong>(tensor.type.shape[axis]);
      kept.strides[0][kept.rank++] = stride_of(tensor, axis);
    }
    return kept;
  }

  void launch_along(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                    const Walk& kept) {
    const uint64_t count = kept.count();
    along_.launch(stream, few_over(count, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(cl_ulong{count});
      arguments.add(kept);
      arguments.add(static_cast<cl_ulong>(from.type.shape[axis_]));
    });
  }

  void launch_across(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                     const Rows& kept) {
    across_.launch(stream, few_over(kept, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(kept);
      arguments.add(static_cast<cl_ulong>(from.type.shape[axis_]));
      arguments.add(cl_ulong{stride_of(from, axis_)});
    });
  }

  const uint32_t axis_;
  Compute along_;
  Compute across_;
};

// Sizes that are not known may be any.
bool has_kept_sizes(const bp_tensor_type_t& from, const bp_tensor_type_t& to, uint32_t axis,
                    bool keeps_axis) {
  if (to.rank + (keeps_axis ? 0 : 1) != from.rank) return false;
  for (uint32_t i = 0; i < from.rank; ++i) {
    if (i == axis && !keeps_axis) continue;
    const int64_t size = i == axis ? 1 : from.shape[i];
    const int64_t wanted = to.shape[i > axis && !keeps_axis ? i - 1 : i];
    if (size != wanted && size >= 0 && wanted >= 0) return false;
  }
  return true;
}

void check_arg(const Node& node, const DeviceFacts& facts) {
  const bp_tensor_type_t& from = node.input(0);
  if (from.dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, from.dtype);
  if (node.output(0).dtype != BP_DTYPE_INT64) refuse(node, "the output is int64");
  const int64_t axis = axis_of(node);
  if (axis < 0 || axis >= from.rank) refuse(node, "axis is not there");
  if (from.shape[axis] == 0) refuse(node, "no element to choose from");
  if (!has_kept_sizes(from, node.output(0), static_cast<uint32_t>(axis),
                      node.int_attribute("keepdims", 1) != 0))
    refuse(node, "the output has not the sizes that are kept");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Arg>(node, device);
}

}  // namespace

void add_arg(OperatorTable& table) {
  for (const char* op : {"ArgMax", "ArgMin"})
    table.push_back({op, {1, 11, 12, 13}, check_arg, create});
}

}  // namespace backplane::opencl
