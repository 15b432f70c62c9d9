// Elements moved as they are, by copy.cl; shared by the operators that only move.
#pragma once

#include "rows.hpp"

namespace backplane::opencl {

// The kernels for elements of this size: 1, 2, 4 or 8 bytes. `walk`'s strides [0] are the input's,
// [1] the output's.
class MovedElements {
 public:
  MovedElements(Device& device, uint64_t element_size);
  void launch(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to, const Walk& walk);

 private:
  void launch_rows(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                   const Rows& rows);
  // The matrices that `axis` of the rows' outer walk and the rows themselves are.
  void launch_tiles(Stream& stream, const bp_tensor_t& from, const bp_tensor_t& to,
                    const Rows& rows, uint32_t axis);

  Compute rows_;
  Compute tiles_;
};

// A build option: ELEMENT is an unsigned integer of 1, 2, 4 or 8 bytes.
std::string bits_option(uint64_t element_size);

// Can a copy between the buffers of this device be faster by a kernel of all its processors than by
// its driver? Offsets and sizes in bytes.
bool is_large_copy(const DeviceFacts& facts, uint64_t to_offset, uint64_t from_offset,
                   uint64_t size);
// Only where is_large_copy; they do not overlap.
void give_large_copy(Stream& stream, const Buffer& to, uint64_t to_offset, const Buffer& from,
                     uint64_t from_offset, uint64_t size);

// Refuses element types that are not whole bytes, and outputs of another type.
void check_moved(const Node& node);

}  // namespace backplane::opencl
