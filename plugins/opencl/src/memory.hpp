// A buffer, bp_buffer_t: an opaque cl_mem, or host memory that the device copies from and to. Where
// the device is a CPU the cl_mem lies over the host's memory, which the host counts.
#pragma once

#include <backplane/memory.h>

#include "stream.hpp"

namespace backplane::opencl {

struct Buffer {
  Device& device;
  const bp_memory_kind_t kind;
  const uint64_t size;
  char* bytes = nullptr;  // the host's: of STAGING, and of DEVICE on a CPU
  Memory memory;          // DEVICE
  uint64_t counted = 0;   // bytes against the device's limit
  const plugin::Counted live;

  Buffer(Device& on, bp_memory_kind_t its_kind, uint64_t its_size)
      : device(on), kind(its_kind), size(its_size), live(on.hooks.buffers) {}
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

inline Buffer& as_buffer(bp_buffer_t* buffer) { return *reinterpret_cast<Buffer*>(buffer); }
inline const Buffer& as_buffer(const bp_buffer_t* buffer) {
  return *reinterpret_cast<const Buffer*>(buffer);
}

}  // namespace backplane::opencl
