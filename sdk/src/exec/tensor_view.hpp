// Where a tensor lies, in host memory or on a device, and how copies of it are made.
#pragma once

#include "exec/open_device.hpp"
#include "memory/transfer.hpp"

namespace backplane::exec {

struct TensorView {
  bp_tensor_type_t type = {};
  const int64_t* strides = nullptr;      // in elements; nullptr: dense
  void* host = nullptr;                  // its bytes, or
  OpenDevice* device = nullptr;          // where its bytes are:
  BufferRange range;                     // from its first element to the end of the memory
  const Pool::Memory* memory = nullptr;  // the pool's, when it is
  OpenDevice* staged_on = nullptr;       // host bytes that are a staging buffer of this device
  BufferRange staged;

  bool is_on_device() const { return device != nullptr; }
};

// INVALID_ARGUMENT, in words, when the tensor does not fit into its memory, is at an offset that is
// no multiple of the element, or lies nowhere though it has elements.
Status check_view(const TensorView& view);

// Copies; equal dtype and shape, any strides, any devices. In the order of `stream`, which is of
// either tensor's device; what the devices cannot do in its order, the host waits for.
Status copy_tensor(Stream& stream, const TensorView& target, const TensorView& source);

// The same between host pointers.
Status copy_on_host(const TensorView& target, const TensorView& source);

}  // namespace backplane::exec
