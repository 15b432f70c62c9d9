#include "check/tensors.hpp"

#include <algorithm>
#include <array>

#include "support/tensor_type.hpp"

namespace backplane::check {
namespace {

// Where buffers with a known address lie.
constexpr char kAddresses = 0;

uint64_t element_size(const bp_tensor_type_t& type) { return (dtype_bits(type.dtype) + 7) / 8; }

// Bytes from the first element's first to the last one's last.
Result<uint64_t> extent(const bp_tensor_t& tensor) {
  Result<uint64_t> dense = byte_size(tensor.type);
  if (!dense.ok() || *dense == 0 || tensor.strides == nullptr) return dense;
  uint64_t last = 0;
  for (uint16_t axis = 0; axis < tensor.type.rank; ++axis) {
    const int64_t stride = tensor.strides[axis];
    uint64_t span = 0;
    if (stride < 0)
      return invalid_argument("has the stride " + std::to_string(stride) + " in axis " +
                              std::to_string(axis));
    if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.type.shape[axis] - 1),
                               static_cast<uint64_t>(stride), &span) ||
        __builtin_add_overflow(last, span, &last) || last > INT64_MAX / 64)
      return invalid_argument("has strides beyond any memory");
  }
  const uint64_t bits = (last + 1) * dtype_bits(tensor.type.dtype);
  return (bits + 7) / 8;
}

std::string range_text(uint64_t offset, uint64_t size) {
  return std::to_string(size) + " bytes at offset " + std::to_string(offset);
}

// The axes of a strided tensor with more than one element, the one with the longest stride first.
// In bits, since elements may be smaller than a byte.
struct Walk {
  struct Axis {
    uint64_t count;
    uint64_t stride;
    uint64_t inner;  // what the axes after this one reach
  };
  std::array<Axis, BP_MAX_RANK> axes;
  size_t count = 0;
};

Walk walk_of(const bp_tensor_t& tensor) {
  Walk walk;
  const uint64_t bits = dtype_bits(tensor.type.dtype);
  for (uint16_t axis = 0; axis < tensor.type.rank; ++axis)
    if (tensor.type.shape[axis] > 1 && tensor.strides[axis] > 0)
      walk.axes[walk.count++] = {static_cast<uint64_t>(tensor.type.shape[axis]),
                                 static_cast<uint64_t>(tensor.strides[axis]) * bits, 0};
  std::sort(walk.axes.begin(), walk.axes.begin() + walk.count,
            [](const Walk::Axis& a, const Walk::Axis& b) { return a.stride > b.stride; });
  uint64_t reach = bits;
  for (size_t i = walk.count; i-- > 0;) {
    walk.axes[i].inner = reach;
    reach += (walk.axes[i].count - 1) * walk.axes[i].stride;
  }
  return walk;
}

// Whether an element whose outer axes stand at `start` has a bit in [begin, end).
bool touches(const Walk& walk, size_t axis, uint64_t start, uint64_t begin, uint64_t end) {
  if (axis == walk.count) return true;  // its caller has looked at these bits
  const Walk::Axis& here = walk.axes[axis];
  const uint64_t first =
      begin >= start + here.inner ? (begin - start - here.inner) / here.stride + 1 : 0;
  for (uint64_t i = first; i < here.count; ++i) {
    const uint64_t position = start + i * here.stride;
    if (position >= end) return false;
    if (touches(walk, axis + 1, position, begin, end)) return true;
  }
  return false;
}

}  // namespace

Result<Placed> place(const bp_tensor_t& tensor, const Buffer& buffer,
                     const bp_device_info_t& info) {
  const Result<uint64_t> size = extent(tensor);
  if (!size.ok()) return size.status();
  Placed placed;
  placed.tensor = &tensor;
  if (*size == 0) return placed;
  uint64_t end = 0;
  if (__builtin_add_overflow(tensor.offset, *size, &end) || end > buffer.size)
    return invalid_argument("is " + range_text(tensor.offset, *size) + ", outside " +
                            buffer.name() + " of " + std::to_string(buffer.size));
  const uint64_t multiple = std::max(element_size(tensor.type), info.offset_alignment);
  if (tensor.offset % multiple != 0)
    return invalid_argument("is at offset " + std::to_string(tensor.offset) + ", no multiple of " +
                            std::to_string(multiple));
  placed.space = buffer.has_address ? static_cast<const void*>(&kAddresses) : &buffer;
  placed.begin = buffer.address + tensor.offset;
  placed.end = placed.begin + *size;
  return placed;
}

bool is_dense(const bp_tensor_t& tensor) {
  if (tensor.strides == nullptr) return true;
  int64_t expected = 1;
  for (int axis = tensor.type.rank - 1; axis >= 0; --axis) {
    const int64_t size = tensor.type.shape[axis];
    if (size != 1 && tensor.strides[axis] != expected) return false;
    expected *= size;
  }
  return true;
}

bool do_meet(const Placed& any, const Placed& dense) {
  if (any.space == nullptr || any.space != dense.space) return false;
  if (any.begin >= dense.end || dense.begin >= any.end) return false;
  if (is_dense(*any.tensor)) return true;
  const uint64_t begin = std::max(any.begin, dense.begin) - any.begin;
  const uint64_t end = std::min(any.end, dense.end) - any.begin;
  return touches(walk_of(*any.tensor), 0, 0, begin * 8, end * 8);
}

}  // namespace backplane::check
