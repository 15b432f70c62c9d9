// Elements moved as they are, by copy.cl; shared by the operators that only move.
#pragma once

#include "walk.hpp"

namespace backplane::opencl {

// The kernel for elements of this type; `walk`'s strides [0] are the input's, [1] the output's.
class MovedElements {
 public:
  MovedElements(Device& device, bp_dtype_t dtype);
  void launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to, const Walk& walk);

 private:
  Compute compute_;
};

// Refuses element types that are not whole bytes, and outputs of another type.
void check_moved(const Node& node);

}  // namespace backplane::opencl
