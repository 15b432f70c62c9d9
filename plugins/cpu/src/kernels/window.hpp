// The windows that Conv, MaxPool and AveragePool slide over 1 to 3 spatial axes.
#pragma once

#include <array>
#include <cstdint>

#include "../kernel.hpp"

namespace backplane::cpu {

constexpr uint32_t kMaxSpatialRank = 3;

// One spatial axis. Everything fits 31 bits, so that sums of products of two fit 64.
struct Window {
  int64_t input = 1;
  int64_t output = 1;
  int64_t size = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;

  int64_t span() const { return (size - 1) * dilation + 1; }
  // Where the window of output `index` begins: before 0 in the padding.
  int64_t begin(int64_t index) const { return index * stride - pad_begin; }
};

// The cells [first, last) of a window that lie inside the input, counted in cells of the window.
struct Cells {
  int64_t first;
  int64_t last;

  int64_t count() const { return last > first ? last - first : 0; }
};
Cells cells_inside(const Window& window, int64_t output);
// The same for the input with its padding.
Cells cells_padded(const Window& window, int64_t output);

// Always three axes: where there are fewer, the first ones are trivial.
using Windows = std::array<Window, kMaxSpatialRank>;

// Reads strides, dilations, pads, auto_pad and ceil_mode, for windows of `sizes`, one per spatial
// axis of input 0, which is [N, C, ...] of known sizes, as is output 0. Throws UNSUPPORTED for what
// does not fit together.
Windows read_windows(const Node& node, const int64_t* sizes, uint32_t size_count);

// The same for a node that spreads each element of input 0 over a window of output 0, as
// ConvTranspose does: `input` is of the output's axis, `output` of the input's. Reads
// output_padding and output_shape as well. Where the output is larger than all windows, it is so at
// its end.
Windows read_spread_windows(const Node& node, const int64_t* sizes, uint32_t size_count);

}  // namespace backplane::cpu
