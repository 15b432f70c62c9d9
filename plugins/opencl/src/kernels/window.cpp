#include "window.hpp"

#include <algorithm>
#include <limits>

namespace backplane::opencl {

namespace {

// No window, stride, dilation or padding of a real model comes near it, and below it no product of
// two of them overflows.
constexpr int64_t kMostCells = std::numeric_limits<int32_t>::max();

// What auto_pad asks for: as much as the output's size takes, half before and half after.
void pad_for_same(Window& window, bool is_more_after) {
  const cl_long span = (window.size - 1) * window.dilation + 1;
  const cl_long total =
      std::max<cl_long>((window.output - 1) * window.stride + span - window.input, 0);
  window.pad_begin = is_more_after ? total / 2 : total - total / 2;
  window.pad_end = total - window.pad_begin;
}

int64_t at(const std::vector<int64_t>& values, size_t index, int64_t fallback) {
  return index < values.size() ? values[index] : fallback;
}

}  // namespace

std::vector<int64_t> integers_of(const Node& node, const char* name) {
  uint32_t count = 0;
  const int64_t* values = node.ints_attribute(name, &count);
  return std::vector<int64_t>(values, values + count);
}

WindowAttributes::WindowAttributes(const Node& node)
    : strides_(integers_of(node, "strides")),
      dilations_(integers_of(node, "dilations")),
      pads_(integers_of(node, "pads")),
      auto_pad_(node.string_attribute("auto_pad", "NOTSET")) {}

Windows WindowAttributes::windows(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                                  const int64_t* sizes) const {
  Windows windows;
  const uint32_t rank = input.rank - 2u;
  for (uint32_t axis = 0; axis < rank; ++axis) {
    Window& window = windows.axes[kMaxSpatialRank - rank + axis];
    window.input = input.shape[2 + axis];
    window.output = output.shape[2 + axis];
    window.size = sizes[axis];
    window.stride = at(strides_, axis, 1);
    window.dilation = at(dilations_, axis, 1);
    if (auto_pad_ == "SAME_UPPER" || auto_pad_ == "SAME_LOWER") {
      pad_for_same(window, auto_pad_ == "SAME_UPPER");
    } else if (auto_pad_ != "VALID") {
      window.pad_begin = at(pads_, axis, 0);
      window.pad_end = at(pads_, rank + axis, 0);
    }
  }
  return windows;
}

void check_windows(const Node& node) {
  const uint32_t rank = node.input(0).rank;
  if (rank < 3 || rank > 2 + kMaxSpatialRank)
    refuse(node, "one to three spatial axes, not rank " + std::to_string(rank));
  const uint32_t spatial = rank - 2;
  for (const char* name : {"strides", "dilations", "kernel_shape"}) {
    const std::vector<int64_t> values = integers_of(node, name);
    if (!values.empty() && values.size() != spatial)
      refuse(node, std::string(name) + " has not one entry for each spatial axis");
    for (const int64_t value : values) {
      if (value < 1) refuse(node, std::string(name) + " has an entry below 1");
      if (value > kMostCells) refuse(node, std::string(name) + " has an entry above 2147483647");
    }
  }
  const std::vector<int64_t> pads = integers_of(node, "pads");
  if (!pads.empty() && pads.size() != 2 * size_t{spatial})
    refuse(node, "pads has not two entries for each spatial axis");
  for (const int64_t value : pads)
    if (value < -kMostCells || value > kMostCells)
      refuse(node, "pads has an entry beyond 2147483647");
}

}  // namespace backplane::opencl
