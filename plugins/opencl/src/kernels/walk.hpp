// Sizes and strides of one walk through tensors, as types.cl's Walk.
#pragma once

#include "../kernel.hpp"

namespace backplane::opencl {

struct Walk {
  cl_ulong rank = 0;
  cl_ulong sizes[BP_MAX_RANK] = {};
  cl_ulong strides[3][BP_MAX_RANK] = {};  // in elements; [0] and [1] are those of inputs

  uint64_t count() const;
};

// Walks the elements of `type` in order, as far as axis `end`; all strides are 0 yet.
Walk walk_of(const bp_tensor_type_t& type, uint32_t end);

// Sets the strides of a dense tensor that is repeated over the walk, numpy's way: axes are aligned
// at `end` (of both), sizes of 1 and axes not there repeat.
void repeat(Walk& walk, uint32_t which, const bp_tensor_type_t& type, uint32_t end);
// The same over all axes, of a tensor that may bring strides.
void repeat(Walk& walk, uint32_t which, const bp_tensor_t& tensor);

// Stride of `axis` in a tensor of a launch: the one it brings, or that of a dense tensor.
uint64_t stride_of(const bp_tensor_t& tensor, uint32_t axis);

// Stride of `axis` in a dense tensor: the product of the sizes after it.
uint64_t dense_stride(const bp_tensor_type_t& type, uint32_t axis);

// Are the sizes of the output those of the inputs broadcast together, as far as they are known?
// Only axes before the last `skipped` of each.
bool can_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                   const bp_tensor_type_t& output, uint32_t skipped = 0);
// The same of output 0 and all inputs of the node.
bool can_broadcast_all(const Node& node);

}  // namespace backplane::opencl
