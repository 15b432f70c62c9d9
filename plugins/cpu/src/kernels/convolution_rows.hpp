// Convolution by plain loops, a row of outputs at a time: every element type, and float32 where
// oneDNN has nothing better, such as one channel to a group.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include "levels.hpp"
#include "number.hpp"
#include "window.hpp"

namespace backplane::cpu {

struct ConvolutionShape {
  Windows windows;
  int64_t batches = 0;
  int64_t groups = 1;
  int64_t inputs = 0;   // channels of one group
  int64_t outputs = 0;  // channels of one group

  int64_t input_size() const { return windows[0].input * windows[1].input * windows[2].input; }
  int64_t output_size() const { return windows[0].output * windows[1].output * windows[2].output; }
  int64_t window_size() const { return windows[0].size * windows[1].size * windows[2].size; }
  int64_t planes() const { return batches * groups * outputs; }
  double multiplications() const {
    return static_cast<double>(planes()) * static_cast<double>(output_size()) *
           static_cast<double>(inputs) * static_cast<double>(window_size());
  }
};

// Of a node whose input 0 is convolved with input `weights`, and `bias` added where there is one.
// Refuses unknown sizes, and what does not fit together.
ConvolutionShape read_convolution(const Node& node, uint32_t weights, uint32_t bias);

// Of a node whose input 0 is spread by input 1: that of the convolution which takes its output for
// input. `inputs` are the output's channels, `outputs` the input's.
ConvolutionShape read_spread_convolution(const Node& node);

template <class T>
struct ConvolutionRows {
  using A = Computed<T>;

  struct Tensors {
    const T* input;
    const T* weights;
    const T* bias;  // nullptr: none
    T* output;
  };

  // Input columns that one piece of a row of outputs is made from.
  static constexpr int64_t kTile = 512;

  // Columns [begin, begin + width) of one row of the input; zeros in the padding.
  BACKPLANE_CPU_INLINE static void read_columns(const T* row, const Window& line, int64_t begin,
                                                int64_t width, A* columns) {
    const int64_t first = std::clamp<int64_t>(-begin, 0, width);
    const int64_t last = std::clamp<int64_t>(line.input - begin, first, width);
    std::fill(columns, columns + first, A{0});
#pragma omp simd
    for (int64_t i = first; i < last; ++i) columns[i] = load(row[begin + i]);
    std::fill(columns + last, columns + width, A{0});
  }

  // sums[i] += the window's row of weights times the columns it lies on; kCells weights at once.
  template <int64_t kCells>
  BACKPLANE_CPU_INLINE static void add_cells(const T* weights, const A* columns, int64_t dilation,
                                             int64_t stride, int64_t count, A* sums) {
    A factors[kCells];
    for (int64_t cell = 0; cell < kCells; ++cell) factors[cell] = load(weights[cell]);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      A sum = sums[i];
      for (int64_t cell = 0; cell < kCells; ++cell)
        sum += factors[cell] * columns[i * stride + cell * dilation];
      sums[i] = sum;
    }
  }

  BACKPLANE_CPU_INLINE static void add_row(const T* weights, const A* columns, int64_t size,
                                           int64_t dilation, int64_t stride, int64_t count,
                                           A* sums) {
    int64_t cell = 0;
    for (; cell + 3 <= size; cell += 3)
      add_cells<3>(weights + cell, columns + cell * dilation, dilation, stride, count, sums);
    for (; cell < size; ++cell)
      add_cells<1>(weights + cell, columns + cell * dilation, dilation, stride, count, sums);
  }

  // A stride that the compiler knows lets it load vectors.
  BACKPLANE_CPU_INLINE static void add_strided_row(const T* weights, const A* columns,
                                                   const Window& line, int64_t count, A* sums) {
    if (line.stride == 1)
      add_row(weights, columns, line.size, line.dilation, 1, count, sums);
    else if (line.stride == 2)
      add_row(weights, columns, line.size, line.dilation, 2, count, sums);
    else
      add_row(weights, columns, line.size, line.dilation, line.stride, count, sums);
  }

  // Adds one channel of the input to outputs of one row, whose input begins at column `begin`.
  BACKPLANE_CPU_INLINE static void add_channel(const Windows& windows, const T* input,
                                               const T* weights, int64_t depth, int64_t row,
                                               int64_t begin, int64_t count, A* sums) {
    const auto& [depths, rows, line] = windows;
    const Cells in_depth = cells_inside(depths, depth);
    const Cells in_row = cells_inside(rows, row);
    const int64_t width = (count - 1) * line.stride + line.span();
    A columns[kTile];
    for (int64_t d = in_depth.first; d < in_depth.last; ++d) {
      for (int64_t r = in_row.first; r < in_row.last; ++r) {
        const int64_t at = (depths.begin(depth) + d * depths.dilation) * rows.input +
                           rows.begin(row) + r * rows.dilation;
        read_columns(input + at * line.input, line, begin, width, columns);
        add_strided_row(weights + (d * rows.size + r) * line.size, columns, line, count, sums);
      }
    }
  }

  // One window at a time, where it is wider than a tile.
  BACKPLANE_CPU_INLINE static A sum_of_window(const Windows& windows, const T* input,
                                              const T* weights, int64_t depth, int64_t row,
                                              int64_t column) {
    const auto& [depths, rows, line] = windows;
    const Cells in_depth = cells_inside(depths, depth);
    const Cells in_row = cells_inside(rows, row);
    const Cells in_line = cells_inside(line, column);
    A sum = 0;
    for (int64_t d = in_depth.first; d < in_depth.last; ++d)
      for (int64_t r = in_row.first; r < in_row.last; ++r) {
        const int64_t at = (depths.begin(depth) + d * depths.dilation) * rows.input +
                           rows.begin(row) + r * rows.dilation;
        for (int64_t c = in_line.first; c < in_line.last; ++c)
          sum += load(weights[(d * rows.size + r) * line.size + c]) *
                 load(input[at * line.input + line.begin(column) + c * line.dilation]);
      }
    return sum;
  }

  BACKPLANE_CPU_INLINE static void convolve_row(const ConvolutionShape& shape, const T* input,
                                                const T* weights, A bias, int64_t depth,
                                                int64_t row, T* output) {
    const Window& line = shape.windows[2];
    const bool is_wide = line.span() > kTile;
    const int64_t step = is_wide ? kTile : (kTile - line.span()) / line.stride + 1;
    A sums[kTile];
    for (int64_t first = 0; first < line.output; first += step) {
      const int64_t count = std::min(step, line.output - first);
      std::fill_n(sums, count, bias);
      for (int64_t channel = 0; channel < shape.inputs; ++channel) {
        const T* from = input + channel * shape.input_size();
        const T* with = weights + channel * shape.window_size();
        if (!is_wide) {
          add_channel(shape.windows, from, with, depth, row, line.begin(first), count, sums);
          continue;
        }
        for (int64_t i = 0; i < count; ++i)
          sums[i] += sum_of_window(shape.windows, from, with, depth, row, first + i);
      }
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) output[first + i] = store<T>(sums[i]);
    }
  }

  // Planes [first, last) of the output: one channel of one batch each.
  BACKPLANE_CPU_INLINE static void planes(const ConvolutionShape& shape, const Tensors& tensors,
                                          int64_t first, int64_t last) {
    const int64_t channels = shape.groups * shape.outputs;
    for (int64_t plane = first; plane < last; ++plane) {
      const int64_t channel = plane % channels;
      const int64_t group = plane / channels * shape.groups + channel / shape.outputs;
      const T* input = tensors.input + group * shape.inputs * shape.input_size();
      const T* weights = tensors.weights + channel * shape.inputs * shape.window_size();
      const A bias = tensors.bias != nullptr ? load(tensors.bias[channel]) : A{0};
      T* output = tensors.output + plane * shape.output_size();
      for (int64_t depth = 0; depth < shape.windows[0].output; ++depth)
        for (int64_t row = 0; row < shape.windows[1].output;
             ++row, output += shape.windows[2].output)
          convolve_row(shape, input, weights, bias, depth, row, output);
    }
  }

  using Function = void (*)(const ConvolutionShape&, const Tensors&, int64_t, int64_t);
  static Function best() {
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, uint32_t>)
      return Levels<&planes>::best();
    else
      return &planes;
  }
};

}  // namespace backplane::cpu
