// Tensors in host memory, copied element by element: any strides, any element size.
#pragma once

#include <backplane/tensor.h>

#include "support/status.hpp"

namespace backplane {

// Strides of a dense tensor of this shape, in elements.
void dense_strides(const bp_tensor_type_t& type, int64_t* out_strides);
bool is_dense(const bp_tensor_type_t& type, const int64_t* strides);  // NULL is dense
// Elements from the first to behind the last that is touched; 0 for an empty tensor.
// INVALID_ARGUMENT: negative strides, or more than can be counted.
Result<uint64_t> element_span(const bp_tensor_type_t& type, const int64_t* strides);

// Copies every element of `type`; strides in elements, NULL is dense. 4-bit elements are two to a
// byte, low half first. The two ranges do not overlap.
void strided_copy(const bp_tensor_type_t& type, void* target, const int64_t* target_strides,
                  const void* source, const int64_t* source_strides);

}  // namespace backplane
