// Bytes to, from and between a device's buffers, whatever of it the plugin has: where an optional
// function is NULL or answers UNSUPPORTED, the host does without (emulate.hpp).
#pragma once

#include <memory>

#include "stream/stream.hpp"

namespace backplane {

struct BufferRange {
  bp_buffer_t* buffer = nullptr;
  uint64_t offset = 0;
  uint64_t size = 0;
};

// In the order of `stream`, as the functions of bp_memory_api_t. A failed call has done nothing.
Status write(Stream& stream, const BufferRange& target, const void* source);
Status read(Stream& stream, const BufferRange& source, void* target);
// target.size and source.size are equal.
Status copy(Stream& stream, const BufferRange& target, const BufferRange& source);
Status fill(Stream& stream, const BufferRange& target, const void* pattern, uint32_t pattern_size);

// The buffer's own bytes, or UNSUPPORTED where the host cannot see them.
Result<void*> map(const Device& device, bp_buffer_t* buffer);

struct MemoryUsage {
  uint64_t free = 0;
  uint64_t total = 0;
};
// The plugin's word, else `reserved` bytes of what the device says it has; UNSUPPORTED when nobody
// knows how much that is.
Result<MemoryUsage> usage(const Device& device, uint64_t reserved);

// A buffer over memory that exists; never a copy. The caller destroys it. UNSUPPORTED: make memory
// and copy.
Result<bp_buffer_t*> import_buffer(const Device& device, bp_handle_kind_t kind, uint64_t handle,
                                   uint64_t size);

// The buffer that is the host's address space, or nullptr. It belongs to the device. [BP-HOST-9]
bp_buffer_t* host_space(const Device& device);

}  // namespace backplane
