// For tests only: shapes, and where an element of a broadcast output comes from.
#pragma once

#include <string>
#include <utility>

#include "../test_node.hpp"
#include "../test_numbers.hpp"

namespace backplane::cpu::testing {

inline size_t count_of(const Shape& shape) {
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  return count;
}

inline std::string text_of(const Shape& shape) { return to_text(type_of(BP_DTYPE_INT8, shape)); }

// The place of element `index` of a tensor, one number an axis.
inline Shape place_of(const Shape& shape, size_t index) {
  Shape place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    place[axis] = static_cast<int64_t>(index % static_cast<size_t>(shape[axis]));
    index /= static_cast<size_t>(shape[axis]);
  }
  return place;
}

inline size_t index_of(const Shape& shape, const Shape& place) {
  size_t index = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    index = index * static_cast<size_t>(shape[axis]) + static_cast<size_t>(place[axis]);
  return index;
}

// The element of `input` that element `index` of the output is computed from.
inline size_t broadcast_index(const Shape& output, const Shape& input, size_t index) {
  size_t from = 0;
  size_t step = 1;
  for (size_t axis = output.size(); axis-- > 0;) {
    const auto size = static_cast<size_t>(output[axis]);
    const size_t missing = output.size() - input.size();
    if (axis >= missing && input[axis - missing] != 1) {
      from += index % size * step;
      step *= size;
    }
    index /= size;
  }
  return from;
}

struct BroadcastShapes {
  Shape first;
  Shape second;
  Shape output;
};

inline Shape random_shape(Random& random, size_t rank) {
  Shape shape;
  for (size_t axis = 0; axis < rank; ++axis)
    shape.push_back(random() % 23 == 0 ? 0
                                       : static_cast<int64_t>(1 + random() % (rank > 5 ? 3 : 5)));
  return shape;
}

// `output` with some sizes made 1, and some axes in front left out.
inline Shape random_part(Random& random, const Shape& output) {
  Shape part = output;
  for (int64_t& size : part)
    if (random() % 3 == 0) size = 1;
  if (random() % 3 == 0)
    part.erase(part.begin(), part.begin() + static_cast<int64_t>(random() % (part.size() + 1)));
  return part;
}

inline BroadcastShapes random_broadcast(Random& random, int rank) {
  BroadcastShapes shapes;
  shapes.output = random_shape(random, static_cast<size_t>(rank));
  shapes.first = random_part(random, shapes.output);
  shapes.second = random_part(random, shapes.output);
  // What neither has is not in the output.
  for (size_t axis = 0; axis < shapes.output.size(); ++axis) {
    const auto size_in = [&](const Shape& part) {
      const size_t missing = shapes.output.size() - part.size();
      return axis < missing ? int64_t{1} : part[axis - missing];
    };
    if (size_in(shapes.first) == 1) shapes.output[axis] = size_in(shapes.second);
  }
  return shapes;
}

}  // namespace backplane::cpu::testing
