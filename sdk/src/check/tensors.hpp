// Where the tensors of a launch lie, and which of them meet.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>
#include <string>

#include "check/objects.hpp"
#include "support/status.hpp"

namespace backplane::check {

// A tensor as the host gives it, and the bytes [begin, end) of `space` between its first and its
// last; none when it has no elements in a buffer.
struct Placed {
  const bp_tensor_t* tensor = nullptr;
  const void* space = nullptr;  // a buffer, or what all known addresses of the host lie in
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Lays a tensor of a buffer on its bytes. INVALID_ARGUMENT when it is not inside, its offset is no
// multiple of what it must be, or its type has no size.
Result<Placed> place(const bp_tensor_t& tensor, const Buffer& buffer, const bp_device_info_t& info);

// Whether the tensors have a byte in common; `dense` has no strides.
bool do_meet(const Placed& any, const Placed& dense);

bool is_dense(const bp_tensor_t& tensor);

}  // namespace backplane::check
