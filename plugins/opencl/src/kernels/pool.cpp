// MaxPool and AveragePool over one to three spatial axes.
#include "rows.hpp"
#include "sources.hpp"
#include "window.hpp"

namespace backplane::opencl {

namespace {

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

std::string options_of(const Node& node, const DeviceFacts& facts) {
  const bp_dtype_t dtype = node.input(0).dtype;
  const std::string options = element_option(dtype) + width_option(facts);
  if (node.op() == "MaxPool") return options + " -DIS_MAX=1 -DSTART=" + lowest_of(dtype);
  return options + " -DSTART=0" +
         (node.int_attribute("count_include_pad", 0) != 0 ? " -DCOUNTS_PADDING=1" : "");
}

class Pool : public Kernel {
 public:
  Pool(const Node& node, Device& device)
      : attributes_(node),
        sizes_(integers_of(node, "kernel_shape")),
        compute_(device, kPoolSource, options_of(node, device.facts), "pool") {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const Windows windows = attributes_.windows(inputs[0].type, type, sizes_.data());
    const DeviceFacts& facts = stream.device().facts;
    const auto line = static_cast<uint64_t>(type.shape[type.rank - 1]);
    const uint64_t pieces = (line + vector_width(facts) - 1) / vector_width(facts);
    compute_.launch(stream, work_over(count / line * pieces), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(outputs[0]);
      arguments.add(static_cast<cl_ulong>(type.shape[0] * type.shape[1]));
      arguments.add(windows);
    });
  }

 private:
  const WindowAttributes attributes_;
  const std::vector<int64_t> sizes_;
  Compute compute_;
};

// MaxPool with its second output.
class IndicesPool : public Kernel {
 public:
  IndicesPool(const Node& node, Device& device)
      : attributes_(node),
        sizes_(integers_of(node, "kernel_shape")),
        is_column_major_(node.int_attribute("storage_order", 0) != 0 ? 1 : 0),
        compute_(device, kPoolSource, options_of(node, device.facts), "pool_indices") {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    const uint64_t count = plugin::element_count(type);
    if (count == 0) return;
    const Windows windows = attributes_.windows(inputs[0].type, type, sizes_.data());
    compute_.launch(stream, work_over(count), [&](Arguments& arguments) {
      arguments.add(with_buffer(inputs[0], outputs[0]));
      arguments.add(outputs[0]);
      arguments.add(outputs[1]);
      arguments.add(static_cast<cl_ulong>(type.shape[0] * type.shape[1]));
      arguments.add(windows);
      arguments.add(is_column_major_);
    });
  }

 private:
  const WindowAttributes attributes_;
  const std::vector<int64_t> sizes_;
  const cl_int is_column_major_;
  Compute compute_;
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
  if (node.has_output(1)) return std::make_unique<IndicesPool>(node, device);
  return std::make_unique<Pool>(node, device);
}

}  // namespace

void add_pool(OperatorTable& table) {
  table.push_back({"MaxPool", {1, 8, 10, 11, 12}, check_max_pool, create});
  table.push_back({"AveragePool", {7, 10, 11}, check_average_pool, create});
}

}  // namespace backplane::opencl
