// What pooling works out when a kernel is made: which rows, which columns, how many cells.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "window.hpp"

namespace backplane::cpu {

// Input columns that one piece of a row of outputs is made from; a wider window is walked cell by
// cell.
constexpr int64_t kTile = 512;

// The rows of the input that a row of windows lies on: `planes` times `rows` of them, the first at
// element `begin` of the plane.
struct RowSpan {
  int64_t begin, planes, rows;
};

struct PoolShape {
  Windows windows;
  int64_t planes = 0;                 // of both tensors: N * C
  std::vector<RowSpan> row_spans;     // of every row of outputs in a plane
  std::vector<int64_t> cell_offsets;  // of every cell along a row, see pitch()

  PoolShape(const Windows& its_windows, int64_t plane_count)
      : windows(its_windows), planes(plane_count) {
    const auto& [depths, rows, line] = windows;
    for (int64_t depth = 0; depth < depths.output; ++depth)
      for (int64_t row = 0; row < rows.output; ++row) {
        const Cells d = cells_inside(depths, depth), r = cells_inside(rows, row);
        const int64_t plane_at = depths.begin(depth) + d.first * depths.dilation;
        const int64_t row_at = rows.begin(row) + r.first * rows.dilation;
        row_spans.push_back({(plane_at * rows.input + row_at) * line.input, d.count(), r.count()});
      }
    for (int64_t cell = 0; cell < line.size && line.span() <= kTile; ++cell)
      cell_offsets.push_back(cell * line.dilation % line.stride * pitch() +
                             cell * line.dilation / line.stride);
  }

  int64_t input_size() const { return windows[0].input * windows[1].input * windows[2].input; }
  int64_t output_size() const { return windows[0].output * windows[1].output * windows[2].output; }
  // Combinations of one element, roughly.
  int64_t cost() const {
    return planes * output_size() * (windows[0].size * windows[1].size + windows[2].size);
  }
  // Of columns in the order of order_by_step().
  int64_t pitch() const { return (kTile - 1) / windows[2].stride + 1; }
};

// Outputs [first, first + count) of every row, and the input columns they are made from; those from
// inside_begin to inside_end are no padding.
struct PoolTile {
  int64_t first, count, begin, width, inside_begin, inside_end;

  PoolTile(const Window& line, int64_t first_output, int64_t step)
      : first(first_output),
        count(std::min(step, line.output - first)),
        begin(line.begin(first)),
        width((count - 1) * line.stride + line.span()),
        inside_begin(std::clamp<int64_t>(-begin, 0, width)),
        inside_end(std::clamp<int64_t>(line.input - begin, inside_begin, width)) {}
};

// How many cells count for a mean: of every row of outputs in a plane, and of every output of a
// row.
template <class A>
struct Counts {
  std::vector<A> down;
  std::vector<A> along;

  Counts() = default;
  Counts(const Windows& windows, bool counts_padding) {
    const auto count = [&](const Window& window, int64_t output) {
      const Cells cells =
          counts_padding ? cells_padded(window, output) : cells_inside(window, output);
      return static_cast<A>(cells.count());
    };
    for (int64_t depth = 0; depth < windows[0].output; ++depth)
      for (int64_t row = 0; row < windows[1].output; ++row)
        down.push_back(count(windows[0], depth) * count(windows[1], row));
    for (int64_t i = 0; i < windows[2].output; ++i) along.push_back(count(windows[2], i));
  }
};

}  // namespace backplane::cpu
