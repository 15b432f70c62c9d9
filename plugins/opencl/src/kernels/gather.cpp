// Gather: an axis of the data becomes the axes of the indices. GatherElements: every element of the
// indices takes one of the data.
#include "integers.hpp"
#include "moved.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

enum Input : uint32_t { kData, kIndices };

uint32_t axis_of(const Node& node) {
  return named_axis(node.int_attribute("axis", 0), node.input(kData).rank);
}

std::string options_of(const Node& node, const DeviceFacts& facts) {
  const bool is_wide = node.input(kIndices).dtype == BP_DTYPE_INT64;
  return bits_option(element_size(node.input(kData).dtype)) + width_option(facts) +
         (is_wide ? " -DINDEX=long" : " -DINDEX=int");
}

// The output with all axes of the indices as one. That of the data stands still: the kernel goes
// along it.
Walk walk_of_gather(const bp_tensor_t& data, uint64_t index_count, uint32_t axis) {
  Walk walk = walk_of(data.type, data.type.rank);
  for (uint32_t i = 0; i < data.type.rank; ++i) walk.strides[0][i] = stride_of(data, i);
  walk.sizes[axis] = index_count;
  walk.strides[0][axis] = 0;
  walk.strides[1][axis] = 1;
  return walk;
}

Walk walk_of_elements(const bp_tensor_t& data, const bp_tensor_t& indices, uint32_t axis) {
  Walk walk = walk_of(indices.type, indices.type.rank);
  for (uint32_t i = 0; i < indices.type.rank; ++i) {
    walk.strides[0][i] = i == axis ? 0 : stride_of(data, i);
    walk.strides[1][i] = stride_of(indices, i);
  }
  return walk;
}

class Gather : public Kernel {
 public:
  Gather(const Node& node, Device& device)
      : is_by_element_(node.op() == "GatherElements"),
        axis_(axis_of(node)),
        compute_(device, kGatherSource, options_of(node, device.facts), "gather") {
    argument_flags = {BP_ARGUMENT_FLAG_STRIDED,
                      is_by_element_ ? bp_argument_flags_t{BP_ARGUMENT_FLAG_STRIDED} : 0};
  }
  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const bp_tensor_t& data = inputs[kData];
    const bp_tensor_t& indices = inputs[kIndices];
    if (plugin::element_count(data.type) == 0)
      fail(BP_STATUS_INVALID_ARGUMENT, "Gather: nothing can be taken of an axis of 0");
    const DeviceFacts& facts = stream.device().facts;
    const Rows rows =
        rows_of(is_by_element_ ? walk_of_elements(data, indices, axis_)
                               : walk_of_gather(data, plugin::element_count(indices.type), axis_));
    compute_.launch(stream, work_over(rows, facts), [&](Arguments& arguments) {
      arguments.add(data);
      arguments.add(indices);
      arguments.add(outputs[0]);
      arguments.add(rows);
      arguments.add(cl_long{data.type.shape[axis_]});
      arguments.add(cl_ulong{stride_of(data, axis_)});
      arguments.add(is_streamed(facts, &data, 1, outputs[0]));
    });
  }

 private:
  const bool is_by_element_;
  const uint32_t axis_;
  Compute compute_;
};

bool fits(int64_t size, int64_t told) {
  return BP_DIM_IS_UNKNOWN(size) || BP_DIM_IS_UNKNOWN(told) || size == told;
}

// The axis of the data replaced by those of the indices.
bool is_gathered(const bp_tensor_type_t& data, const bp_tensor_type_t& indices,
                 const bp_tensor_type_t& output, uint32_t axis) {
  if (output.rank + 1u != data.rank + indices.rank) return false;
  bool is_right = true;
  for (uint32_t i = 0; i < output.rank; ++i) {
    const bool is_before = i < axis;
    const bool is_index = !is_before && i < axis + indices.rank;
    const int64_t size = is_before  ? data.shape[i]
                         : is_index ? indices.shape[i - axis]
                                    : data.shape[i + 1 - indices.rank];
    is_right = is_right && fits(size, output.shape[i]);
  }
  return is_right;
}

// The output as large as the indices, and they no larger than the data but for the axis.
bool is_gathered_by_element(const bp_tensor_type_t& data, const bp_tensor_type_t& indices,
                            const bp_tensor_type_t& output, uint32_t axis) {
  if (output.rank != indices.rank || data.rank != indices.rank) return false;
  for (uint32_t i = 0; i < output.rank; ++i) {
    const bool is_inside =
        i == axis || BP_DIM_IS_UNKNOWN(data.shape[i]) || indices.shape[i] <= data.shape[i];
    if (!is_inside || !fits(indices.shape[i], output.shape[i])) return false;
  }
  return true;
}

void check_gather(const Node& node, const DeviceFacts&) {
  check_moved(node);
  const bp_tensor_type_t& indices = node.input(kIndices);
  if (indices.dtype != BP_DTYPE_INT32 && indices.dtype != BP_DTYPE_INT64)
    refuse(node, "indices are int32 or int64, not element type " + std::to_string(indices.dtype));
  const uint32_t axis = axis_of(node);
  if (axis == node.input(kData).rank) refuse(node, "axis is not there");
  const auto is_right = node.op() == "Gather" ? is_gathered : is_gathered_by_element;
  if (!is_right(node.input(kData), indices, node.output(0), axis))
    refuse(node, "data and indices do not give the output's sizes");
}

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Gather>(node, device);
}

}  // namespace

void add_gather(OperatorTable& table) {
  table.push_back({"Gather", {1, 11, 13}, check_gather, create});
  table.push_back({"GatherElements", {11, 13}, check_gather, create});
}

}  // namespace backplane::opencl
