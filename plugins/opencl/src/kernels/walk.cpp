#include "walk.hpp"

#include <algorithm>

namespace backplane::opencl {

namespace {

// The size of the axis that is `back` axes before the end at `skipped`; 1 where there is none.
int64_t size_at(const bp_tensor_type_t& type, uint32_t skipped, uint32_t back) {
  const uint32_t place = skipped + back + 1;
  return place <= type.rank ? type.shape[type.rank - place] : 1;
}

bool fits(int64_t first, int64_t second, int64_t output) {
  if (first < 0 || second < 0 || output < 0) return true;
  if (first != second && first != 1 && second != 1) return false;
  return output == (first == 1 ? second : first);
}

// Of one axis of all inputs; negative where it is not known. False when they do not fit.
bool broadcast_size(const Node& node, uint32_t back, int64_t& together) {
  together = 1;
  for (uint32_t i = 0; i < node.input_count(); ++i) {
    const int64_t size = size_at(node.input(i), 0, back);
    if (size == 1 || (size < 0 && together != 1)) continue;
    if (together > 1 && size != together) return false;
    together = size;
  }
  return true;
}

}  // namespace

uint64_t Walk::count() const {
  uint64_t product = 1;
  for (uint32_t axis = 0; axis < rank; ++axis) product *= sizes[axis];
  return product;
}

Walk walk_of(const bp_tensor_type_t& type, uint32_t end) {
  Walk walk;
  walk.rank = end;
  for (uint32_t axis = 0; axis < end; ++axis)
    walk.sizes[axis] = static_cast<cl_ulong>(type.shape[axis]);
  return walk;
}

uint64_t dense_stride(const bp_tensor_type_t& type, uint32_t axis) {
  uint64_t stride = 1;
  for (uint32_t after = axis + 1; after < type.rank; ++after)
    stride *= static_cast<uint64_t>(type.shape[after]);
  return stride;
}

void repeat(Walk& walk, uint32_t which, const bp_tensor_type_t& type, uint32_t end) {
  for (uint32_t back = 1; back <= std::min<uint64_t>(end, walk.rank); ++back)
    if (type.shape[end - back] != 1)
      walk.strides[which][walk.rank - back] = dense_stride(type, end - back);
}

uint64_t stride_of(const bp_tensor_t& tensor, uint32_t axis) {
  return tensor.strides != nullptr ? static_cast<uint64_t>(tensor.strides[axis])
                                   : dense_stride(tensor.type, axis);
}

void repeat(Walk& walk, uint32_t which, const bp_tensor_t& tensor) {
  const uint32_t rank = tensor.type.rank;
  for (uint32_t back = 1; back <= rank; ++back)
    if (tensor.type.shape[rank - back] != 1)
      walk.strides[which][walk.rank - back] = stride_of(tensor, rank - back);
}

bool can_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                   const bp_tensor_type_t& output, uint32_t skipped) {
  if (output.rank != std::max(first.rank, second.rank)) return false;
  for (uint32_t back = 0; back + skipped < output.rank; ++back)
    if (!fits(size_at(first, skipped, back), size_at(second, skipped, back),
              size_at(output, skipped, back)))
      return false;
  return true;
}

bool can_broadcast_all(const Node& node) {
  const bp_tensor_type_t& output = node.output(0);
  uint32_t rank = 0;
  for (uint32_t i = 0; i < node.input_count(); ++i)
    rank = std::max<uint32_t>(rank, node.input(i).rank);
  if (rank != output.rank) return false;
  for (uint32_t back = 0; back < rank; ++back) {
    int64_t together = 1;
    if (!broadcast_size(node, back, together)) return false;
    const int64_t size = size_at(output, 0, back);
    if (together >= 0 && size >= 0 && size != together) return false;
  }
  return true;
}

}  // namespace backplane::opencl
