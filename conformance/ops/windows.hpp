// How the windows of convolution and pooling lie on the spatial axes of their input.
#pragma once

#include <vector>

#include "ops/call.hpp"

namespace backplane::conformance {

// Along one axis.
struct Window {
  int64_t input = 0;   // elements of the axis
  int64_t kernel = 1;  // cells of a window
  int64_t stride = 1, dilation = 1;
  int64_t begin = 0, end = 0;  // padding
  int64_t count = 0;           // windows

  int64_t span() const { return (kernel - 1) * dilation + 1; }
  // Where cell `cell` of window `window` lies; below 0 or from `input` on is padding.
  int64_t at(int64_t window, int64_t cell) const {
    return window * stride - begin + cell * dilation;
  }
};
using Windows = std::vector<Window>;

// From the attributes strides, dilations, pads, auto_pad, ceil_mode. NotDefined where a window does
// not fit, and where ceil_mode makes one that begins beyond all input: later versions of ONNX leave
// such windows out, this one does not say. Slips swap pads or axes of what is read, not of counts.
Windows windows_of(const Settings& settings, const Sizes& input, const Sizes& kernel);
Sizes counts_of(const Windows& windows);
// Of a transposed convolution: over its result, one for each element of its input. From strides,
// dilations, pads, auto_pad, output_padding and output_shape.
Windows spread_windows_of(const Settings& settings, const Sizes& input, const Sizes& kernel);

// The cells of one window over a plane.
struct Cells {
  struct Cell {
    int64_t place;   // in the plane
    int64_t number;  // in the kernel
  };
  std::vector<Cell> inside;
  std::vector<int64_t> padding;  // numbers of the cells that lie in the padding
  bool reaches_beyond = false;   // the padding as well, as ceil_mode may
};
Cells cells_of(const Windows& windows, const Sizes& window);

}  // namespace backplane::conformance
