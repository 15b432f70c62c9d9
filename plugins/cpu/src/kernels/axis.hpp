// A tensor seen along one of its axes, and what operators ask of their axis, inputs and outputs.
#pragma once

#include <string>

#include "../kernel.hpp"

namespace backplane::cpu {

// Rows of `length` elements that lie `inner` apart, `outer` * `inner` of them.
struct AxisShape {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;

  int64_t rows() const { return outer * inner; }
  int64_t count() const { return outer * length * inner; }
  // The first element of a row.
  int64_t begin_of(int64_t row) const { return row / inner * length * inner + row % inner; }
};

// The axes from `first` to before `last` are taken as one.
inline AxisShape along_axes(const bp_tensor_type_t& type, uint32_t first, uint32_t last) {
  AxisShape shape;
  for (uint32_t axis = 0; axis < type.rank; ++axis) {
    int64_t& part = axis < first ? shape.outer : (axis < last ? shape.length : shape.inner);
    part *= type.shape[axis];
  }
  return shape;
}

inline AxisShape along_axis(const bp_tensor_type_t& type, uint32_t axis) {
  return along_axes(type, axis, axis + 1);
}

// `axis` counted from the front; refuses the node when it is outside the rank.
inline uint32_t check_axis(const Node& node, int64_t axis, uint32_t rank) {
  const int64_t from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 0 || from_front >= rank)
    refuse(node, "axis " + std::to_string(axis) + " is not one of rank " + std::to_string(rank));
  return static_cast<uint32_t>(from_front);
}

// Of two sizes that are both known.
inline bool sizes_differ(int64_t a, int64_t b) {
  return !BP_DIM_IS_UNKNOWN(a) && !BP_DIM_IS_UNKNOWN(b) && a != b;
}

// As far as sizes are known.
inline bool are_like(const bp_tensor_type_t& found, const bp_tensor_type_t& expected) {
  bool fits = found.dtype == expected.dtype && found.rank == expected.rank;
  for (uint32_t axis = 0; fits && axis < found.rank; ++axis)
    fits = !sizes_differ(found.shape[axis], expected.shape[axis]);
  return fits;
}

// Output `index` is there, and is what follows from the inputs, as far as sizes are known.
inline void check_follows(const Node& node, uint32_t index, const bp_tensor_type_t& expected) {
  const bp_tensor_type_t& found = node.output(index);
  if (!are_like(found, expected))
    refuse(node, "output " + std::to_string(index) + " is " + to_text(expected) + ", not " +
                     to_text(found));
}

inline void check_counts(const Node& node, uint32_t most_inputs, uint32_t most_outputs) {
  if (node.input_count() > most_inputs || node.output_count() > most_outputs)
    refuse(node, "it has " + std::to_string(most_inputs) + " inputs and " +
                     std::to_string(most_outputs) + " outputs at most");
}

}  // namespace backplane::cpu
