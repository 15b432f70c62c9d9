// ReduceMean, and GlobalAveragePool: the mean over all axes after the second.
#include <algorithm>

#include "rows.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

// Axes in order, none twice; without any given, all of them.
std::vector<uint32_t> axes_of(const Node& node) {
  const uint32_t rank = node.input(0).rank;
  std::vector<uint32_t> axes;
  if (node.op() == "GlobalAveragePool") {
    for (uint32_t axis = 2; axis < rank; ++axis) axes.push_back(axis);
    return axes;
  }
  uint32_t count = 0;
  const int64_t* given = node.ints_attribute("axes", &count);
  for (uint32_t i = 0; i < count; ++i)
    axes.push_back(static_cast<uint32_t>(given[i] < 0 ? given[i] + rank : given[i]));
  if (count == 0)
    for (uint32_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

class Mean : public Kernel {
 public:
  Mean(const Node& node, Device& device)
      : axes_(axes_of(node)),
        along_(device, kReduceSource, options_of(node, device), "mean_along"),
        across_(device, kReduceSource, options_of(node, device), "mean_across") {
    argument_flags.assign(node.input_count(), 0);
    argument_flags[0] = BP_ARGUMENT_FLAG_STRIDED;
  }

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const bp_tensor_t& from = with_buffer(inputs[0], outputs[0]);
    Walk kept;
    Walk reduced;
    split(inputs[0], kept, reduced);
    const Rows rows = rows_of(reduced);
    if (rows.steps[0] == 1)
      launch_along(stream, from, outputs[0], kept, rows);
    else
      launch_across(stream, from, outputs[0], rows_of(kept), rows);
  }

 private:
  static std::string options_of(const Node& node, const Device& device) {
    return element_option(node.input(0).dtype) + width_option(device.facts);
  }

  void split(const bp_tensor_t& tensor, Walk& kept, Walk& reduced) const {
    for (uint32_t axis = 0; axis < tensor.type.rank; ++axis) {
      const bool is_reduced = std::find(axes_.begin(), axes_.end(), axis) != axes_.end();
      Walk& walk = is_reduced ? reduced : kept;
      walk.sizes[walk.rank] = static_cast<cl_ulong>(tensor.type.shape[axis]);
      walk.strides[0][walk.rank++] = stride_of(tensor, axis);
    }
  }

  void launch_along(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                    const Walk& kept, const Rows& reduced) {
    const uint64_t count = kept.count();
    along_.launch(stream, few_over(count, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(cl_ulong{count});
      arguments.add(kept);
      arguments.add(reduced);
    });
  }

  void launch_across(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                     const Rows& kept, const Rows& reduced) {
    across_.launch(stream, few_over(kept, stream.device().facts), [&](Arguments& arguments) {
      arguments.add(from);
      arguments.add(to);
      arguments.add(kept);
      arguments.add(reduced);
    });
  }

  const std::vector<uint32_t> axes_;
  Compute along_;
  Compute across_;
};

void check_mean(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  for (const uint32_t axis : axes_of(node))
    if (axis >= node.input(0).rank) refuse(node, "axes name one that is not there");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Mean>(node, device);
}

}  // namespace

void add_reduce(OperatorTable& table) {
  table.push_back({"ReduceMean", {1, 11, 13}, check_mean, create});
  table.push_back({"GlobalAveragePool", {1}, check_mean, create});
}

}  // namespace backplane::opencl
