#include "memory.hpp"

#include <algorithm>
#include <backplane/plugin.hpp>
#include <cstring>
#include <memory>
#include <string>

#include "chip.hpp"
#include "host_memory.hpp"
#include "stream.hpp"
#include "tables.hpp"

namespace backplane::cpu {

namespace {

using plugin::fail;

// Imported memory must suit every element type that a tensor in it may have.
constexpr uint64_t kImportAlignment = 8;

Device& as_device(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }
Buffer& as_buffer(bp_buffer_t* buffer) { return *reinterpret_cast<Buffer*>(buffer); }
const Buffer& as_buffer(const bp_buffer_t* buffer) {
  return *reinterpret_cast<const Buffer*>(buffer);
}

void require_inside(const Buffer& buffer, uint64_t offset, uint64_t size, const char* function) {
  if (inside(buffer, offset, size)) return;
  fail(BP_STATUS_INVALID_ARGUMENT,
       std::string(function) + ": " + std::to_string(size) + " bytes at " + std::to_string(offset) +
           " do not lie inside a buffer of " + std::to_string(buffer.size));
}

void require_device_memory(const Buffer& buffer, const char* function) {
  if (buffer.kind == BP_MEMORY_STAGING)
    fail(BP_STATUS_INVALID_ARGUMENT,
         std::string(function) + ": STAGING memory is for map, copy and destroy only");
}

// Counts `size` bytes against the device's limit.
void take_memory(Device& device, uint64_t size) {
  uint64_t used = device.memory_used;
  do {
    if (used > device.memory_limit || size > device.memory_limit - used)
      fail(BP_STATUS_OUT_OF_MEMORY, "buffer_create: " + std::to_string(size) + " bytes with " +
                                        std::to_string(used) + " in use exceed the limit of " +
                                        std::to_string(device.memory_limit));
  } while (!device.memory_used.compare_exchange_weak(used, used + size));
}

char* allocate_bytes(Device& device, uint64_t size) {
  take_memory(device, size);
  void* bytes = device.host->allocate(device.host->self, size, kBufferAlignment);
  if (bytes != nullptr) return static_cast<char*>(bytes);
  device.memory_used -= size;
  fail(BP_STATUS_OUT_OF_MEMORY,
       "buffer_create: the host has no " + std::to_string(size) + " bytes left");
}

bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  Device& on = as_device(device);
  return served(on, BP_TEST_BUFFER_CREATE, [&] {
    if (kind != BP_MEMORY_DEVICE && kind != BP_MEMORY_STAGING)
      fail(BP_STATUS_UNSUPPORTED, "buffer_create: unknown memory kind " + std::to_string(kind));
    if (size == 0 || size > physical_memory())
      fail(BP_STATUS_INVALID_ARGUMENT, "buffer_create: size " + std::to_string(size) +
                                           " is not from 1 to " +
                                           std::to_string(physical_memory()));
    auto made = std::make_unique<Buffer>(Buffer{&on, kind, nullptr, size, true, {}});
    made->data = allocate_bytes(on, size);
    made->counted = plugin::Counted(on.hooks.buffers);
    *out_buffer = reinterpret_cast<bp_buffer_t*>(made.release());
  });
}

void buffer_destroy(bp_buffer_t* buffer) {
  if (buffer == nullptr) return;
  Buffer& ended = as_buffer(buffer);
  if (ended.is_owned) {
    ended.device->host->deallocate(ended.device->host->self, ended.data);
    ended.device->memory_used -= ended.size;
  }
  delete &ended;
}

// `target` and `source` may be NULL when there is nothing to copy.
void copy_bytes(void* target, const void* source, uint64_t size) {
  if (size != 0) std::memcpy(target, source, size);
}

// The source is captured here and now. [BP-MEM-3]
void give_write(Stream& stream, char* target, const void* source, uint64_t size) {
  HostBytes captured(stream.device.host, size);
  copy_bytes(captured.data(), source, size);
  auto body = [captured = std::move(captured), target, size] {
    copy_bytes(target, captured.data(), size);
  };
  give_work(stream, BP_TEST_WRITE, std::move(body), size);
}

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  Buffer& to = as_buffer(target);
  return served(*to.device, BP_TEST_WRITE, [&] {
    Stream* on = stream_of(*to.device, stream, "write");
    require_device_memory(to, "write");
    require_inside(to, offset, size, "write");
    if (on == nullptr)
      copy_bytes(to.at(offset), source, size);
    else
      give_write(*on, to.at(offset), source, size);
  });
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  const Buffer& from = as_buffer(source);
  return served(*from.device, BP_TEST_READ, [&] {
    Stream* on = stream_of(*from.device, stream, "read");
    require_device_memory(from, "read");
    require_inside(from, offset, size, "read");
    const char* bytes = from.at(offset);
    do_or_give(on, BP_TEST_READ, [=] { copy_bytes(target, bytes, size); });
  });
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  Buffer& to = as_buffer(target);
  const Buffer& from = as_buffer(source);
  return served(*to.device, BP_TEST_COPY, [&] {
    Stream* on = stream_of(*to.device, stream, "copy");
    require_inside(to, target_offset, size, "copy: target");
    require_inside(from, source_offset, size, "copy: source");
    char* bytes = to.at(target_offset);
    const char* source_bytes = from.at(source_offset);
    if (overlap(bytes, source_bytes, size))
      fail(BP_STATUS_INVALID_ARGUMENT, "copy: target and source overlap");
    do_or_give(on, BP_TEST_COPY, [=] { copy_bytes(bytes, source_bytes, size); });
  });
}

void require_pattern(uint64_t offset, uint64_t size, uint32_t pattern_size) {
  if (pattern_size != 1 && pattern_size != 2 && pattern_size != 4 && pattern_size != 8)
    fail(BP_STATUS_INVALID_ARGUMENT,
         "fill: a pattern of " + std::to_string(pattern_size) + " bytes; it has 1, 2, 4 or 8");
  if (offset % pattern_size != 0 || size % pattern_size != 0)
    fail(BP_STATUS_INVALID_ARGUMENT, "fill: offset " + std::to_string(offset) + " and size " +
                                         std::to_string(size) + " are not both multiples of the " +
                                         "pattern's " + std::to_string(pattern_size) + " bytes");
}

// Writes one pattern, then doubles what is there.
void fill_bytes(char* target, uint64_t size, const void* pattern, uint32_t pattern_size) {
  if (size == 0) return;
  std::memcpy(target, pattern, pattern_size);
  for (uint64_t done = pattern_size; done < size; done *= 2)
    std::memcpy(target + done, target, std::min(done, size - done));
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  Buffer& to = as_buffer(target);
  return served(*to.device, BP_TEST_FILL, [&] {
    Stream* on = stream_of(*to.device, stream, "fill");
    require_device_memory(to, "fill");
    require_pattern(offset, size, pattern_size);
    require_inside(to, offset, size, "fill");
    char* bytes = to.at(offset);
    uint64_t captured = 0;
    std::memcpy(&captured, pattern, pattern_size);
    do_or_give(on, BP_TEST_FILL, [=] { fill_bytes(bytes, size, &captured, pattern_size); });
  });
}

bp_status_t map(bp_buffer_t* buffer, void** out_pointer) {
  const Buffer& mapped = as_buffer(buffer);
  return served(*mapped.device, BP_TEST_MAP, [&] {
    if (&mapped == &mapped.device->host_space)
      fail(BP_STATUS_INVALID_ARGUMENT, "map: host_space has no address; its offsets are addresses");
    *out_pointer = mapped.data;
  });
}

void require_importable(uint64_t address, uint64_t size) {
  if (address == 0 || size == 0 || size > UINT64_MAX - address)
    fail(BP_STATUS_INVALID_ARGUMENT, "buffer_import: " + std::to_string(size) +
                                         " bytes at address " + std::to_string(address) +
                                         " are no memory");
  if (address % kImportAlignment != 0)
    fail(BP_STATUS_UNSUPPORTED, "buffer_import: address " + std::to_string(address) +
                                    " is no multiple of " + std::to_string(kImportAlignment));
}

void require_host_pointer(bp_handle_kind_t kind, const char* function) {
  if (kind != BP_HANDLE_HOST_POINTER)
    fail(BP_STATUS_UNSUPPORTED,
         std::string(function) + ": only HOST_POINTER, not handle kind " + std::to_string(kind));
}

bp_status_t buffer_import(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                          uint64_t size, bp_buffer_t** out_buffer) {
  Device& on = as_device(device);
  return served(on, BP_TEST_BUFFER_IMPORT, [&] {
    require_host_pointer(kind, "buffer_import");
    require_importable(handle, size);
    auto* data = reinterpret_cast<char*>(handle);  // NOLINT(performance-no-int-to-ptr)
    *out_buffer = reinterpret_cast<bp_buffer_t*>(
        new Buffer{&on, BP_MEMORY_DEVICE, data, size, false, plugin::Counted(on.hooks.buffers)});
  });
}

bp_status_t buffer_export(bp_buffer_t* buffer, bp_handle_kind_t kind, uint64_t* out_handle) {
  const Buffer& exported = as_buffer(buffer);
  return served(*exported.device, BP_TEST_BUFFER_EXPORT, [&] {
    require_host_pointer(kind, "buffer_export");
    require_device_memory(exported, "buffer_export");
    *out_handle = reinterpret_cast<uintptr_t>(exported.data);
  });
}

bp_buffer_t* host_space(bp_device_t* device) {
  return reinterpret_cast<bp_buffer_t*>(&as_device(device).host_space);
}

bp_status_t usage(bp_device_t* device, uint64_t* out_free, uint64_t* out_total) {
  Device& on = as_device(device);
  return served(on, BP_TEST_USAGE, [&] {
    const uint64_t total = std::min(physical_memory(), on.memory_limit);
    const uint64_t used = on.memory_used;
    const uint64_t below_limit = on.memory_limit - std::min(used, on.memory_limit);
    *out_free = std::min({available_memory(), below_limit, total});
    *out_total = total;
  });
}

}  // namespace

const bp_memory_api_t kMemoryApi = {
    sizeof(bp_memory_api_t), buffer_create, buffer_destroy, write, read, copy, fill, map,
    buffer_import,           buffer_export, host_space,     usage,
};

}  // namespace backplane::cpu
