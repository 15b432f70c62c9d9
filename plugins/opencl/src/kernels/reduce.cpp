// ReduceMean, and GlobalAveragePool: the mean over all axes after the second.
#include <algorithm>

#include "sources.hpp"
#include "walk.hpp"

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
        compute_(device, kReduceSource, element_option(node.input(0).dtype), "mean") {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const uint64_t count = plugin::element_count(outputs[0].type);
    if (count == 0) return;
    const bp_tensor_type_t& type = inputs[0].type;
    Walk kept;
    Walk reduced;
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      const bool is_reduced = std::find(axes_.begin(), axes_.end(), axis) != axes_.end();
      Walk& walk = is_reduced ? reduced : kept;
      walk.sizes[walk.rank] = static_cast<cl_ulong>(type.shape[axis]);
      walk.strides[0][walk.rank++] = dense_stride(type, axis);
    }
    compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(outputs[0]);
      arguments.add(cl_ulong{count});
      arguments.add(kept);
      arguments.add(reduced);
      arguments.add(cl_ulong{reduced.count()});
    });
  }

 private:
  const std::vector<uint32_t> axes_;
  Compute compute_;
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
