// The rows of a tensor along one axis: where each begins, and how far apart its elements are.
#pragma once

#include "ops/request.hpp"

namespace backplane::conformance {

struct Rows {
  int64_t length;
  int64_t step;  // from one element of a row to the next
  int64_t count;

  int64_t first(int64_t row) const { return row / step * step * length + row % step; }
};

inline Rows rows_along(const Sizes& sizes, size_t axis) {
  Rows rows = {sizes[axis], steps_of(sizes)[axis], 1};
  for (size_t i = 0; i < sizes.size(); ++i)
    if (i != axis) rows.count *= sizes[i];
  return rows;
}

}  // namespace backplane::conformance
