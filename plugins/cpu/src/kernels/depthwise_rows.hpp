// Convolution with one channel to a group, float32, by rows: every row of the input is padded and
// put in order once, and all cells of a window are summed in registers. On long rows several times
// faster than oneDNN's blocked kernel with the reorders that it needs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "blocks.hpp"
#include "convolution_rows.hpp"

namespace backplane::cpu {

// For windows of kHeight rows and kWidth cells.
template <int64_t kHeight, int64_t kWidth>
struct DepthwiseRows {
  using Tensors = ConvolutionRows<float>::Tensors;

  // Outputs of one piece of a row, and the columns that one is made from, strides and dilations
  // included.
  static constexpr int64_t kOutputs = 128;
  static constexpr int64_t kColumns = 320;
  static constexpr int64_t kSlots = 16;
  // Rows of outputs made at a time: what is read then was written some time before.
  static constexpr int64_t kRows = 4;

  // Shorter rows are too much ado for too few sums; oneDNN is faster there (conformance/perf).
  static constexpr int64_t kFewestOutputs = 32;

  static bool serves(const ConvolutionShape& shape) {
    const auto& [depths, rows, line] = shape.windows;
    return shape.inputs == 1 && shape.outputs == 1 && depths.output == 1 && depths.size == 1 &&
           depths.input == 1 && depths.pad_begin == 0 && rows.size == kHeight &&
           line.size == kWidth && line.stride <= 2 && line.output >= kFewestOutputs &&
           rows.span() + (kRows - 1) * rows.stride <= kSlots &&
           line.span() <= kColumns - 2 * kOutputs;
  }

  // Rows of the input that were read last: the one of number n is in slot n % kSlots.
  struct Buffers {
    float nothing[kColumns] = {};
    float columns[kColumns] = {};  // zeros in the padding, here and below, from the beginning
    float rows[kSlots][kColumns] = {};
    int64_t numbers[kSlots];
    float sums[kOutputs];
  };

  // Outputs [first, first + count) of a row, and the columns they are made from, which are for
  // whole blocks of them; those from inside_begin to inside_end are no padding.
  struct Tile {
    int64_t first, count, begin, width, inside_begin, inside_end, pitch;

    Tile(const Window& line, int64_t first_output)
        : first(first_output),
          count(std::min(kOutputs, line.output - first)),
          begin(line.begin(first)),
          width((rounded_to_blocks(count) - 1) * line.stride + line.span()),
          inside_begin(std::clamp<int64_t>(-begin, 0, width)),
          inside_end(std::clamp<int64_t>(line.input - begin, inside_begin, width)),
          pitch((width + line.stride - 1) / line.stride) {}
  };

  struct Copy {
    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const float* from, float* to) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i) to[i] = from[i];
    }
  };

  BACKPLANE_CPU_INLINE static void read_row(const Window& line, const Tile& tile,
                                            const float* plane, int64_t number, int64_t row_count,
                                            Buffers& buffers) {
    if (number < 0 || number >= row_count || buffers.numbers[number % kSlots] == number) return;
    buffers.numbers[number % kSlots] = number;
    float* row = buffers.rows[number % kSlots];
    float* columns = line.stride == 1 ? row : buffers.columns;
    in_overlapping_blocks<Copy>(tile.inside_end - tile.inside_begin,
                                plane + number * line.input + tile.begin + tile.inside_begin,
                                columns + tile.inside_begin);
    if (line.stride != 1)
      order_by_step(static_cast<const float*>(columns), tile.width, line.stride, tile.pitch, row);
  }
  BACKPLANE_CPU_INLINE static const float* row_of(int64_t number, int64_t row_count,
                                                  const Buffers& buffers) {
    return number < 0 || number >= row_count ? buffers.nothing : buffers.rows[number % kSlots];
  }

  // `cells` are rows: of each cell of the window, side by side for all outputs. Each row of a
  // window has a sum of its own, so that they need not wait for each other.
  struct SumWindows {
    using Rows = std::make_index_sequence<kHeight>;
    using Cells = std::make_index_sequence<kWidth>;

    template <int64_t kSize>
    BACKPLANE_CPU_INLINE static void block(int64_t first, const float* const* cells,
                                           const float* weights, float bias, float* sums) {
#pragma omp simd
      for (int64_t i = first; i < first + kSize; ++i)
        sums[i] = sum_of_window(Rows(), cells, weights, bias, i);
    }
    template <size_t... kRow>
    BACKPLANE_CPU_INLINE static float sum_of_window(std::index_sequence<kRow...>,
                                                    const float* const* cells, const float* weights,
                                                    float sum, int64_t i) {
      ((sum += sum_of_row(Cells(), cells + kRow * kWidth, weights + kRow * kWidth, i)), ...);
      return sum;
    }
    template <size_t... kCell>
    BACKPLANE_CPU_INLINE static float sum_of_row(std::index_sequence<kCell...>,
                                                 const float* const* cells, const float* weights,
                                                 int64_t i) {
      return ((weights[kCell] * cells[kCell][i]) + ...);
    }
  };

  BACKPLANE_CPU_INLINE static void sum_row(const Tile& tile, const float* const* cells,
                                           const float* weights, float bias, float* sums,
                                           float* output) {
    in_blocks<SumWindows>(rounded_to_blocks(tile.count), cells, weights, bias, sums);
    in_overlapping_blocks<Copy>(tile.count, static_cast<const float*>(sums), output);
  }

  BACKPLANE_CPU_INLINE static void convolve_plane(const Windows& windows, const Tile& tile,
                                                  const float* plane, const float* weights,
                                                  float bias, Buffers& buffers, float* output) {
    const Window& rows = windows[1];
    const Window& line = windows[2];
    std::fill_n(buffers.numbers, kSlots, int64_t{-1});
    int64_t offsets[kWidth];
    for (int64_t c = 0; c < kWidth; ++c)
      offsets[c] = c * line.dilation % line.stride * tile.pitch + c * line.dilation / line.stride;
    for (int64_t first = 0; first < rows.output; first += kRows) {
      const int64_t last = std::min(first + kRows, rows.output);
      for (int64_t row = first; row < last; ++row)
        for (int64_t r = 0; r < kHeight; ++r)
          read_row(line, tile, plane, rows.begin(row) + r * rows.dilation, rows.input, buffers);
      for (int64_t row = first; row < last; ++row) {
        const float* cells[kHeight * kWidth];
        for (int64_t r = 0; r < kHeight; ++r) {
          const float* from = row_of(rows.begin(row) + r * rows.dilation, rows.input, buffers);
          for (int64_t c = 0; c < kWidth; ++c) cells[r * kWidth + c] = from + offsets[c];
        }
        sum_row(tile, cells, weights, bias, buffers.sums, output + row * line.output + tile.first);
      }
    }
  }

  // Planes [first, last) of the output.
  BACKPLANE_CPU_INLINE static void planes(const ConvolutionShape& shape, const Tensors& tensors,
                                          int64_t first, int64_t last) {
    const Window& line = shape.windows[2];
    for (int64_t begin = 0; begin < line.output; begin += kOutputs) {
      const Tile tile(line, begin);
      Buffers buffers;
      for (int64_t plane = first; plane < last; ++plane) {
        const int64_t channel = plane % shape.groups;
        convolve_plane(shape.windows, tile, tensors.input + plane * shape.input_size(),
                       tensors.weights + channel * kHeight * kWidth,
                       tensors.bias != nullptr ? tensors.bias[channel] : 0.0F, buffers,
                       tensors.output + plane * shape.output_size());
      }
    }
  }
};

}  // namespace backplane::cpu
