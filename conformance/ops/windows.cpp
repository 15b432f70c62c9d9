#include "ops/windows.hpp"

#include <algorithm>
#include <utility>

namespace backplane::conformance {
namespace {

int64_t divide(int64_t dividend, int64_t divisor, bool rounds_up) {
  return (dividend + (rounds_up ? divisor - 1 : 0)) / divisor;
}

// As many windows as strides begin in the input; what they lack is padded, the odd one at the end
// for SAME_UPPER, at the begin for SAME_LOWER.
void pad_to_same(Window* window, bool is_upper) {
  window->count = divide(window->input, window->stride, true);
  const int64_t total =
      std::max<int64_t>(0, (window->count - 1) * window->stride + window->span() - window->input);
  window->begin = is_upper ? total / 2 : total - total / 2;
  window->end = total - window->begin;
}

void count_windows(Window* window, bool rounds_up) {
  const int64_t room = window->input + window->begin + window->end - window->span();
  if (room < 0) throw NotDefined{"a window that does not fit"};
  window->count = divide(room, window->stride, rounds_up) + 1;
  if ((window->count - 1) * window->stride >= window->input + window->begin &&
      room % window->stride != 0)
    throw NotDefined{"a window beyond all input"};
}

void slip(Windows* windows) {
  const size_t rank = windows->size();
  if (slips(Slip::kSwapsPads))
    for (Window& window : *windows) std::swap(window.begin, window.end);
  if (!slips(Slip::kSwapsAxes) || rank < 2) return;
  std::swap((*windows)[rank - 1].stride, (*windows)[rank - 2].stride);
  std::swap((*windows)[rank - 1].dilation, (*windows)[rank - 2].dilation);
}

Sizes list_of(const Settings& settings, const char* name, size_t length, int64_t standard) {
  Sizes list = settings.integers(name, Sizes(length, standard));
  if (list.size() != length) throw NotDefined{std::string(name) + " of another length"};
  return list;
}

// What is covered beyond the size that is wanted is cut off at both ends; the odd one at the end
// for SAME_UPPER alone. What is not covered lies at the end, as ONNX's published test has it.
void cut_to_size(Window* window, int64_t covered, bool is_upper) {
  const int64_t total = std::max<int64_t>(0, covered - window->input);
  window->begin = is_upper ? total / 2 : total - total / 2;
  window->end = total - window->begin;
}

}  // namespace

Windows windows_of(const Settings& settings, const Sizes& input, const Sizes& kernel) {
  const size_t rank = input.size();
  if (rank == 0 || kernel.size() != rank) throw NotDefined{"kernel_shape of another rank"};
  const Sizes strides = list_of(settings, "strides", rank, 1);
  const Sizes dilations = list_of(settings, "dilations", rank, 1);
  const Sizes pads = list_of(settings, "pads", 2 * rank, 0);
  const std::string auto_pad = settings.text("auto_pad", "NOTSET");
  const bool is_same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  const bool rounds_up = settings.integer("ceil_mode", 0) != 0 && auto_pad != "VALID";
  Windows windows;
  for (size_t axis = 0; axis < rank; ++axis) {
    Window window = {input[axis],
                     kernel[axis],
                     strides[axis],
                     dilations[axis],
                     pads[axis],
                     pads[axis + rank],
                     0};
    is_same ? pad_to_same(&window, auto_pad == "SAME_UPPER") : count_windows(&window, rounds_up);
    windows.push_back(window);
  }
  slip(&windows);
  return windows;
}

Windows spread_windows_of(const Settings& settings, const Sizes& input, const Sizes& kernel) {
  const size_t rank = input.size();
  if (rank == 0 || kernel.size() != rank) throw NotDefined{"kernel_shape of another rank"};
  const Sizes strides = list_of(settings, "strides", rank, 1);
  const Sizes dilations = list_of(settings, "dilations", rank, 1);
  const Sizes pads = list_of(settings, "pads", 2 * rank, 0);
  const Sizes more = list_of(settings, "output_padding", rank, 0);
  const Sizes sizes = list_of(settings, "output_shape", rank, 0);
  const std::string auto_pad = settings.text("auto_pad", "NOTSET");
  const bool is_same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  Windows windows;
  for (size_t axis = 0; axis < rank; ++axis) {
    Window window = {0, kernel[axis], strides[axis], dilations[axis], 0, 0, input[axis]};
    if (more[axis] < 0 || more[axis] >= std::max(window.stride, window.dilation))
      throw NotDefined{"output_padding that is none"};
    const int64_t covered = (window.count - 1) * window.stride + window.span() + more[axis];
    if (is_same || settings.has("output_shape")) {
      window.input = settings.has("output_shape") ? sizes[axis] : window.count * window.stride;
      if (covered < window.input && is_same && !settings.has("output_shape"))
        throw NotDefined{"pads below 0"};
      cut_to_size(&window, covered, auto_pad == "SAME_UPPER");
    } else {
      if (auto_pad != "VALID") window.begin = pads[axis];
      if (auto_pad != "VALID") window.end = pads[axis + rank];
      window.input = covered - window.begin - window.end;
    }
    if (window.input < 1 || window.count < 1) throw NotDefined{"nothing is covered"};
    windows.push_back(window);
  }
  slip(&windows);
  return windows;
}

Sizes counts_of(const Windows& windows) {
  Sizes counts;
  for (const Window& window : windows) counts.push_back(window.count);
  return counts;
}

Cells cells_of(const Windows& windows, const Sizes& window) {
  Cells cells;
  Sizes kernel;
  for (const Window& one : windows) kernel.push_back(one.kernel);
  for (Odometer cell(kernel); !cell.done(); cell.next()) {
    int64_t place = 0;
    bool is_inside = true;
    for (size_t axis = 0; axis < windows.size(); ++axis) {
      const Window& one = windows[axis];
      const int64_t at = one.at(window[axis], cell.index()[axis]);
      is_inside = is_inside && at >= 0 && at < one.input;
      cells.reaches_beyond = cells.reaches_beyond || at >= one.input + one.end;
      place = place * one.input + at;
    }
    if (is_inside)
      cells.inside.push_back({place, cell.place()});
    else
      cells.padding.push_back(cell.place());
  }
  return cells;
}

}  // namespace backplane::conformance
