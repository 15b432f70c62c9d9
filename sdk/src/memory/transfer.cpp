#include "memory/transfer.hpp"

#include <fmt/format.h>

#include "memory/emulate.hpp"

namespace backplane {

Status write(Stream& stream, const BufferRange& target, const void* source) {
  const Stream::Turn turn = stream.turn();
  const Device& device = stream.device();
  return device.status(
      device.memory().write(turn.handle(), target.buffer, target.offset, source, target.size),
      "write");
}

Status read(Stream& stream, const BufferRange& source, void* target) {
  const Stream::Turn turn = stream.turn();
  const Device& device = stream.device();
  return device.status(
      device.memory().read(turn.handle(), source.buffer, source.offset, target, source.size),
      "read");
}

Status copy(Stream& stream, const BufferRange& target, const BufferRange& source) {
  const Stream::Turn turn = stream.turn();
  const Device& device = stream.device();
  if (device.memory().copy != nullptr) {
    const bp_status_t code = device.memory().copy(turn.handle(), target.buffer, target.offset,
                                                  source.buffer, source.offset, target.size);
    if (code != BP_STATUS_UNSUPPORTED || !device.is_synchronous())
      return device.status(code, "copy");
  }
  return emulated_copy(device, turn.handle(), target, source);
}

Status fill(Stream& stream, const BufferRange& target, const void* pattern, uint32_t pattern_size) {
  const Stream::Turn turn = stream.turn();
  const Device& device = stream.device();
  if (device.memory().fill != nullptr) {
    const bp_status_t code = device.memory().fill(turn.handle(), target.buffer, target.offset,
                                                  target.size, pattern, pattern_size);
    if (code != BP_STATUS_UNSUPPORTED) return device.status(code, "fill");
  }
  return emulated_fill(device, turn.handle(), target, pattern, pattern_size);
}

Result<void*> map(const Device& device, bp_buffer_t* buffer) {
  if (device.memory().map == nullptr)
    return unsupported(device.selector() + ": its memory cannot be mapped");
  void* pointer = nullptr;
  const bp_status_t code = device.memory().map(buffer, &pointer);
  if (code != BP_OK) return device.status(code, "map");
  return pointer;
}

Result<MemoryUsage> usage(const Device& device, uint64_t reserved) {
  if (device.memory().usage != nullptr) {
    MemoryUsage now;
    const bp_status_t code = device.memory().usage(device.handle(), &now.free, &now.total);
    if (code == BP_OK) return now;
    if (code != BP_STATUS_UNSUPPORTED) return device.status(code, "usage");
  }
  const uint64_t total = device.info().memory_size;
  if (total == 0)
    return unsupported(device.selector() +
                       ": neither the plugin nor its description says how "
                       "much memory it has");
  return MemoryUsage{reserved < total ? total - reserved : 0, total};
}

Result<bp_buffer_t*> import_buffer(const Device& device, bp_handle_kind_t kind, uint64_t handle,
                                   uint64_t size) {
  if (device.memory().buffer_import == nullptr)
    return unsupported(device.selector() + ": it imports no memory; make memory and copy");
  bp_buffer_t* buffer = nullptr;
  const bp_status_t code =
      device.memory().buffer_import(device.handle(), kind, handle, size, &buffer);
  if (code != BP_OK) return device.status(code, "buffer_import");
  return buffer;
}

bp_buffer_t* host_space(const Device& device) {
  return device.memory().host_space != nullptr ? device.memory().host_space(device.handle())
                                               : nullptr;
}

}  // namespace backplane
