// MaxPool and AveragePool over one to three spatial axes.
#include <algorithm>

#include "sources.hpp"
#include "window.hpp"

namespace backplane::opencl {

namespace {

constexpr int64_t kRoom = 256;  // pool.cl's ROOM

// What a maximum begins with: below, or equal to, every value of the type.
const char* lowest_of(bp_dtype_t dtype) {
  switch (dtype) {
    case BP_DTYPE_INT8:
      return "CHAR_MIN";
    case BP_DTYPE_UINT8:
      return "0";
    default:
      return "-INFINITY";
  }
}

std::string options_of(const Node& node) {
  const std::string options = element_option(node.input(0).dtype);
  if (node.op() == "MaxPool")
    return options + " -DIS_MAX=1 -DSTART=" + lowest_of(node.input(0).dtype);
  return options + " -DSTART=0" +
         (node.int_attribute("count_include_pad", 0) != 0 ? " -DCOUNTS_PADDING=1" : "");
}

// The last axis of a window, from the first cell to the last.
int64_t reach_of(const Node& node) {
  const std::vector<int64_t> sizes = integers_of(node, "kernel_shape");
  const std::vector<int64_t> dilations = integers_of(node, "dilations");
  return (sizes.back() - 1) * (dilations.empty() ? 1 : dilations.back()) + 1;
}

class Pool : public Kernel {
 public:
  Pool(const Node& node, Device& device, const std::string& options, const char* name)
      : attributes_(node),
        sizes_(integers_of(node, "kernel_shape")),
        compute_(device, kPoolSource, options, name) {}

 protected:
  Windows windows_of(const bp_tensor_t& input, const bp_tensor_t& output) const {
    return attributes_.windows(input.type, output.type, sizes_.data());
  }
  static cl_ulong planes_of(const bp_tensor_t& output) {
    return static_cast<cl_ulong>(output.type.shape[0] * output.type.shape[1]);
  }

  const WindowAttributes attributes_;
  const std::vector<int64_t> sizes_;
  Compute compute_;
};

// A work item for each output, and the only one that knows Indices.
class CellPool : public Pool {
 public:
  CellPool(const Node& node, Device& device)
      : Pool(node, device, options_of(node) + (node.has_output(1) ? " -DHAS_INDICES=1" : ""),
             "pool_cells"),
        has_indices_(node.has_output(1)),
        is_column_major_(node.int_attribute("storage_order", 0) != 0 ? 1 : 0) {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const uint64_t count = plugin::element_count(outputs[0].type);
    if (count == 0) return;
    compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(outputs[0]);
      if (has_indices_) {
        arguments.add(outputs[1]);
        arguments.add(is_column_major_);
      }
      arguments.add(planes_of(outputs[0]));
      arguments.add(windows_of(inputs[0], outputs[0]));
    });
  }

 private:
  const bool has_indices_;
  const cl_int is_column_major_;
};

// A work item for many outputs, which takes memory that a CPU's cache has and a GPU does not.
class RowPool : public Pool {
 public:
  RowPool(const Node& node, Device& device)
      : Pool(node, device, options_of(node), "pool_rows"), reach_(reach_of(node)) {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const Windows windows = windows_of(inputs[0], outputs[0]);
    const auto stride = windows.axes[kMaxSpatialRank - 1].stride;
    const auto span = static_cast<cl_ulong>(std::min((kRoom - reach_) / stride + 1, kMostOutputs));
    const auto line = static_cast<uint64_t>(type.shape[type.rank - 1]);
    const uint64_t pieces = (line + span - 1) / span;
    compute_.launch(stream, work_over(count / line * pieces), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(outputs[0]);
      arguments.add(planes_of(outputs[0]));
      arguments.add(windows);
      arguments.add(span);
    });
  }

 private:
  static constexpr int64_t kMostOutputs = 64;
  const int64_t reach_;
};

void check_average_pool(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  check_windows(node);
  if (integers_of(node, "kernel_shape").empty()) refuse(node, "no kernel_shape");
}

void check_max_pool(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (node.output(0).dtype != dtype) refuse(node, "the output has another element type");
  if (node.has_output(1) && node.output(1).dtype != BP_DTYPE_INT64)
    refuse(node, "Indices are int64, not element type " + std::to_string(node.output(1).dtype));
  if (dtype != BP_DTYPE_INT8 && dtype != BP_DTYPE_UINT8) check_floating(node, facts, dtype);
  check_windows(node);
  if (integers_of(node, "kernel_shape").empty()) refuse(node, "no kernel_shape");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  const bool is_cpu = (device.facts.type & CL_DEVICE_TYPE_CPU) != 0;
  if (node.has_output(1) || !is_cpu || reach_of(node) > kRoom)
    return std::make_unique<CellPool>(node, device);
  return std::make_unique<RowPool>(node, device);
}

}  // namespace

void add_pool(OperatorTable& table) {
  table.push_back({"MaxPool", {1, 8, 10, 11, 12}, check_max_pool, create});
  table.push_back({"AveragePool", {7, 10, 11}, check_average_pool, create});
}

}  // namespace backplane::opencl
