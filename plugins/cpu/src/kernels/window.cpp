#include "window.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace backplane::cpu {

namespace {

constexpr int64_t kLargest = INT32_MAX;

// A list of one integer per axis, or `fallback` for each where the node has none.
class AxisAttribute {
 public:
  AxisAttribute(const Node& node, const char* name, uint32_t count, int64_t lowest,
                int64_t fallback)
      : fallback_(fallback) {
    uint32_t found = 0;
    values_ = node.ints_attribute(name, &found);
    if (found == 0) values_ = nullptr;
    if (values_ != nullptr && found != count)
      refuse(node, std::string(name) + " has " + std::to_string(found) + " entries, not " +
                       std::to_string(count));
    for (uint32_t i = 0; i < found; ++i)
      if (values_[i] < lowest || values_[i] > kLargest)
        refuse(node, std::string(name) + " of " + std::to_string(values_[i]) + " is not from " +
                         std::to_string(lowest) + " to 2147483647");
  }

  bool is_given() const { return values_ != nullptr; }
  int64_t operator[](uint32_t index) const {
    return values_ != nullptr ? values_[index] : fallback_;
  }

 private:
  const int64_t* values_;
  int64_t fallback_;
};

enum class AutoPad { kNotSet, kSameUpper, kSameLower, kValid };

AutoPad read_auto_pad(const Node& node) {
  const std::string_view text = node.string_attribute("auto_pad", "NOTSET");
  if (text == "NOTSET" || text.empty()) return AutoPad::kNotSet;
  if (text == "SAME_UPPER") return AutoPad::kSameUpper;
  if (text == "SAME_LOWER") return AutoPad::kSameLower;
  if (text == "VALID") return AutoPad::kValid;
  refuse(node, "auto_pad \"" + std::string(text) + "\" is none that ONNX defines");
}

// As many outputs as strides fit, rounded up; what is missing is padded on both sides.
void pad_same(Window& window, bool is_upper) {
  const int64_t output = (window.input + window.stride - 1) / window.stride;
  const int64_t missing =
      std::max<int64_t>(0, (output - 1) * window.stride + window.span() - window.input);
  window.pad_begin = is_upper ? missing / 2 : missing - missing / 2;
  window.pad_end = missing - window.pad_begin;
}

// Windows that fit, counted by their first cells. With ceil_mode one more may hang over the end;
// newer definitions leave it out where it would begin beyond the input.
bool is_output_size(const Window& window, bool is_ceil_mode) {
  const int64_t room = window.input + window.pad_begin + window.pad_end - window.span();
  if (room < 0) return window.output == 0 || (is_ceil_mode && window.output <= 1);
  const int64_t whole = room / window.stride + 1;
  return window.output == whole ||
         (is_ceil_mode && room % window.stride != 0 && window.output == whole + 1);
}

void check_ranks(const Node& node, uint32_t size_count) {
  const uint32_t rank = node.input(0).rank;
  if (rank < 3 || rank > kMaxSpatialRank + 2)
    refuse(node, "only 1 to 3 spatial axes, not input " + to_text(node.input(0)));
  if (size_count != rank - 2)
    refuse(node, "kernel_shape has " + std::to_string(size_count) + " entries, not " +
                     std::to_string(rank - 2));
  if (node.output(0).rank != rank) refuse(node, "input and output differ in rank");
}

void check_axis(const Node& node, const Window& window, bool is_ceil_mode) {
  if (window.size < 1 || window.size > kLargest || window.input > kLargest ||
      window.output > kLargest)
    refuse(node, "sizes of spatial axes and windows are from 1 to 2147483647");
  if (!is_output_size(window, is_ceil_mode))
    refuse(node, "an axis of " + std::to_string(window.input) + " does not give " +
                     std::to_string(window.output) + " windows of " + std::to_string(window.size));
}

// How much of what the windows cover is cut off at both ends, so that the output's size is left.
void cut_to_size(Window& window, int64_t covered, bool is_upper) {
  const int64_t total = std::max<int64_t>(0, covered - window.input);
  window.pad_begin = is_upper ? total / 2 : total - total / 2;
  window.pad_end = total - window.pad_begin;
}

void check_spread(const Node& node, const Window& window, int64_t expected) {
  if (window.size < 1 || window.size > kLargest || window.input > kLargest ||
      window.output > kLargest)
    refuse(node, "sizes of spatial axes and windows are from 1 to 2147483647");
  if (window.input != expected)
    refuse(node, "an axis of " + std::to_string(window.output) + " gives one of " +
                     std::to_string(expected) + ", not of " + std::to_string(window.input));
}

}  // namespace

Windows read_spread_windows(const Node& node, const int64_t* sizes, uint32_t size_count) {
  check_ranks(node, size_count);
  const AxisAttribute strides(node, "strides", size_count, 1, 1);
  const AxisAttribute dilations(node, "dilations", size_count, 1, 1);
  const AxisAttribute pads(node, "pads", 2 * size_count, 0, 0);
  const AxisAttribute more(node, "output_padding", size_count, 0, 0);
  const AxisAttribute given(node, "output_shape", size_count, 0, 0);
  const AutoPad auto_pad = read_auto_pad(node);
  const bool is_same = auto_pad == AutoPad::kSameUpper || auto_pad == AutoPad::kSameLower;
  Windows windows;
  for (uint32_t axis = 0; axis < size_count; ++axis) {
    Window& window = windows[kMaxSpatialRank - size_count + axis];
    window = {node.output(0).shape[2 + axis],
              node.input(0).shape[2 + axis],
              sizes[axis],
              strides[axis],
              dilations[axis],
              0,
              0};
    const int64_t covered = (window.output - 1) * window.stride + window.span() + more[axis];
    if (given.is_given() || is_same) {
      cut_to_size(window, covered, auto_pad == AutoPad::kSameUpper);
      check_spread(node, window, given.is_given() ? given[axis] : window.output * window.stride);
      continue;
    }
    if (auto_pad == AutoPad::kNotSet) {
      window.pad_begin = pads[axis];
      window.pad_end = pads[size_count + axis];
    }
    check_spread(node, window, covered - window.pad_begin - window.pad_end);
  }
  return windows;
}

Cells cells_inside(const Window& window, int64_t output) {
  const int64_t begin = window.begin(output);
  const int64_t room = window.input - begin;
  if (begin >= 0 && room >= window.span()) return {0, window.size};  // most of them
  const int64_t first = begin >= 0 ? 0 : (-begin + window.dilation - 1) / window.dilation;
  const int64_t last = room <= 0 ? 0 : (room + window.dilation - 1) / window.dilation;
  return {first, std::min(last, window.size)};
}

Cells cells_padded(const Window& window, int64_t output) {
  Window padded = window;
  padded.input += window.pad_begin + window.pad_end;
  padded.pad_begin = padded.pad_end = 0;
  return cells_inside(padded, output);
}

Windows read_windows(const Node& node, const int64_t* sizes, uint32_t size_count) {
  check_ranks(node, size_count);
  const AxisAttribute strides(node, "strides", size_count, 1, 1);
  const AxisAttribute dilations(node, "dilations", size_count, 1, 1);
  const AxisAttribute pads(node, "pads", 2 * size_count, 0, 0);
  const AutoPad auto_pad = read_auto_pad(node);
  const bool is_ceil_mode = node.int_attribute("ceil_mode", 0) != 0;
  Windows windows;
  for (uint32_t axis = 0; axis < size_count; ++axis) {
    Window& window = windows[kMaxSpatialRank - size_count + axis];
    window = {node.input(0).shape[2 + axis],
              node.output(0).shape[2 + axis],
              sizes[axis],
              strides[axis],
              dilations[axis],
              0,
              0};
    if (auto_pad == AutoPad::kNotSet) {
      window.pad_begin = pads[axis];
      window.pad_end = pads[size_count + axis];
    } else if (auto_pad != AutoPad::kValid) {
      pad_same(window, auto_pad == AutoPad::kSameUpper);
    }
    check_axis(node, window, is_ceil_mode);
  }
  return windows;
}

}  // namespace backplane::cpu
