// Indices into an axis: int32 or int64, below 0 counted from its end.
#pragma once

#include <string>

#include "../kernel.hpp"

namespace backplane::cpu {

class Indices {
 public:
  explicit Indices(const bp_tensor_t& tensor)
      : is_wide_(tensor.type.dtype == BP_DTYPE_INT64),
        wide_(is_wide_ ? data<const int64_t>(tensor) : nullptr),
        narrow_(is_wide_ ? nullptr : data<const int32_t>(tensor)) {}

  int64_t operator[](int64_t at) const { return is_wide_ ? wide_[at] : narrow_[at]; }
  // The place on an axis of `size`; INVALID_ARGUMENT when the index is outside.
  int64_t place(const char* op, int64_t at, int64_t size) const {
    const int64_t index = (*this)[at];
    if (index < -size || index >= size)
      fail(BP_STATUS_INVALID_ARGUMENT, std::string(op) + ": index " + std::to_string(index) +
                                           " is outside an axis of " + std::to_string(size));
    return index < 0 ? index + size : index;
  }

 private:
  bool is_wide_;
  const int64_t* wide_;
  const int32_t* narrow_;
};

inline void check_indices(const Node& node, uint32_t input) {
  const bp_dtype_t dtype = node.input(input).dtype;
  if (dtype != BP_DTYPE_INT32 && dtype != BP_DTYPE_INT64)
    refuse(node, std::string("indices are int32 or int64, not ") + name_of(dtype));
}

}  // namespace backplane::cpu
