#include "memory/strided.hpp"

#include <algorithm>
#include <cstring>

#include "support/tensor_type.hpp"

namespace backplane {
namespace {

// Copies rows of the innermost axis: both begin at an element index, and have a stride.
using CopyRow = void (*)(char* target, int64_t to, int64_t target_stride, const char* source,
                         int64_t from, int64_t source_stride, int64_t count);

template <size_t kSize>
void copy_row(char* target, int64_t to, int64_t target_stride, const char* source, int64_t from,
              int64_t source_stride, int64_t count) {
  constexpr auto kBytes = static_cast<int64_t>(kSize);
  if (target_stride == 1 && source_stride == 1) {
    std::memcpy(target + to * kBytes, source + from * kBytes, static_cast<size_t>(count) * kSize);
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(target + (to + i * target_stride) * kBytes,
                source + (from + i * source_stride) * kBytes, kSize);
}

void copy_row_of_halves(char* target, int64_t to, int64_t target_stride, const char* source,
                        int64_t from, int64_t source_stride, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t read_at = from + i * source_stride;
    const int64_t write_at = to + i * target_stride;
    const unsigned half =
        (static_cast<unsigned char>(source[read_at / 2]) >> (read_at % 2 * 4)) & 15u;
    const unsigned kept =
        static_cast<unsigned char>(target[write_at / 2]) & (write_at % 2 == 0 ? 0xf0u : 0x0fu);
    target[write_at / 2] = static_cast<char>(kept | half << (write_at % 2 * 4));
  }
}

CopyRow row_function(uint32_t bits) {
  switch (bits) {
    case 4:
      return copy_row_of_halves;
    case 8:
      return copy_row<1>;
    case 16:
      return copy_row<2>;
    case 32:
      return copy_row<4>;
    default:
      return copy_row<8>;
  }
}

}  // namespace

void dense_strides(const bp_tensor_type_t& type, int64_t* out_strides) {
  int64_t stride = 1;
  for (int axis = type.rank - 1; axis >= 0; --axis) {
    out_strides[axis] = stride;
    stride *= std::max<int64_t>(type.shape[axis], 1);
  }
}

bool is_dense(const bp_tensor_type_t& type, const int64_t* strides) {
  if (strides == nullptr) return true;
  if (std::count(type.shape, type.shape + type.rank, 0) > 0) return true;
  int64_t stride = 1;
  for (int axis = type.rank - 1; axis >= 0; --axis) {
    if (type.shape[axis] != 1 && strides[axis] != stride) return false;
    stride *= type.shape[axis];
  }
  return true;
}

Result<uint64_t> element_span(const bp_tensor_type_t& type, const int64_t* strides) {
  Result<uint64_t> count = element_count(type);
  if (!count.ok() || *count == 0 || strides == nullptr) return count;
  uint64_t last = 0;
  for (uint16_t axis = 0; axis < type.rank; ++axis) {
    if (strides[axis] < 0)
      return invalid_argument("axis " + std::to_string(axis) + " has the negative stride " +
                              std::to_string(strides[axis]));
    uint64_t reach = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(type.shape[axis] - 1),
                               static_cast<uint64_t>(strides[axis]), &reach) ||
        __builtin_add_overflow(last, reach, &last) || last >= INT64_MAX)
      return invalid_argument("the strides of " + to_text(type) +
                              " reach farther than can be counted");
  }
  return last + 1;
}

void strided_copy(const bp_tensor_type_t& type, void* target, const int64_t* target_strides,
                  const void* source, const int64_t* source_strides) {
  int64_t dense[BP_MAX_RANK + 1] = {};
  dense_strides(type, dense);
  const int64_t* const to = target_strides != nullptr ? target_strides : dense;
  const int64_t* const from = source_strides != nullptr ? source_strides : dense;
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    if (type.shape[axis] == 0) return;

  const CopyRow copy = row_function(dtype_bits(type.dtype));
  const int inner = type.rank - 1;
  int64_t index[BP_MAX_RANK] = {};
  int64_t to_at = 0;
  int64_t from_at = 0;
  while (true) {
    copy(static_cast<char*>(target), to_at, inner < 0 ? 1 : to[inner],
         static_cast<const char*>(source), from_at, inner < 0 ? 1 : from[inner],
         inner < 0 ? 1 : type.shape[inner]);
    int axis = inner - 1;
    for (; axis >= 0; --axis) {
      to_at += to[axis];
      from_at += from[axis];
      if (++index[axis] < type.shape[axis]) break;
      to_at -= to[axis] * type.shape[axis];
      from_at -= from[axis] * type.shape[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

}  // namespace backplane
