#include "memory.hpp"

#include <cstring>
#include <utility>

#include "kernels/moved.hpp"
#include "tables.hpp"

namespace backplane::opencl {

using plugin::fail;

namespace {

constexpr uint64_t kHostAlignment = 4096;

void require_inside(const Buffer& buffer, uint64_t offset, uint64_t size, const char* function) {
  if (offset <= buffer.size && size <= buffer.size - offset) return;
  fail(BP_STATUS_INVALID_ARGUMENT,
       std::string(function) + ": " + std::to_string(size) + " bytes at " + std::to_string(offset) +
           " do not lie inside a buffer of " + std::to_string(buffer.size));
}

void require_device_memory(const Buffer& buffer, const char* function) {
  if (buffer.kind == BP_MEMORY_STAGING)
    fail(BP_STATUS_INVALID_ARGUMENT,
         std::string(function) + ": STAGING memory is for map, copy and destroy only");
}

void require_size(const Device& device, uint64_t size, const char* function) {
  if (size == 0 || size > device.facts.largest_buffer)
    fail(BP_STATUS_INVALID_ARGUMENT, std::string(function) + ": size " + std::to_string(size) +
                                         " is not from 1 to " +
                                         std::to_string(device.facts.largest_buffer));
}

// Counts the bytes against the device's limit.
void take_memory(Buffer& buffer) {
  Device& device = buffer.device;
  uint64_t used = device.memory_used;
  do {
    if (used > device.memory_limit || buffer.size > device.memory_limit - used)
      fail(BP_STATUS_OUT_OF_MEMORY,
           "buffer_create: " + std::to_string(buffer.size) + " bytes with " + std::to_string(used) +
               " in use exceed the limit of " + std::to_string(device.memory_limit));
  } while (!device.memory_used.compare_exchange_weak(used, used + buffer.size));
  buffer.counted = buffer.size;
}

char* allocate_bytes(const Device& device, uint64_t size) {
  void* bytes = device.host->allocate(device.host->self, size, kHostAlignment);
  if (bytes == nullptr)
    fail(BP_STATUS_OUT_OF_MEMORY,
         "buffer_create: the host has no " + std::to_string(size) + " bytes left");
  return static_cast<char*>(bytes);
}

Memory make_memory(const Device& device, cl_mem_flags flags, uint64_t size, void* host) {
  cl_int error = CL_SUCCESS;
  const cl_mem made = cl().clCreateBuffer(device.context.get(), flags, size, host, &error);
  check(error, "clCreateBuffer");
  return Memory(made);
}

bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  Device& on = as_device(device);
  return served(on, BP_TEST_BUFFER_CREATE, [&] {
    if (kind != BP_MEMORY_DEVICE && kind != BP_MEMORY_STAGING)
      fail(BP_STATUS_UNSUPPORTED, "buffer_create: unknown memory kind " + std::to_string(kind));
    require_size(on, size, "buffer_create");
    auto made = std::make_unique<Buffer>(on, kind, size);
    take_memory(*made);
    const bool is_cpu = (on.facts.type & CL_DEVICE_TYPE_CPU) != 0;
    if (is_cpu || kind == BP_MEMORY_STAGING) made->bytes = allocate_bytes(on, size);
    if (kind == BP_MEMORY_DEVICE)
      made->memory = make_memory(on, CL_MEM_READ_WRITE | (is_cpu ? CL_MEM_USE_HOST_PTR : 0), size,
                                 made->bytes);
    *out_buffer = reinterpret_cast<bp_buffer_t*>(made.release());
  });
}

void buffer_destroy(bp_buffer_t* buffer) { delete reinterpret_cast<Buffer*>(buffer); }

// The source is captured here and now; drivers read it late, or block. [BP-MEM-3]
void give_write(Stream& stream, const Buffer& target, uint64_t offset, const void* source,
                uint64_t size) {
  using Captured = std::vector<char, plugin::HostAllocator<char>>;
  const auto* bytes = static_cast<const char*>(source);
  const auto captured = std::make_shared<Captured>(
      bytes, bytes + size, plugin::HostAllocator<char>(stream.device().host));
  stream.give(
      "clEnqueueWriteBuffer",
      [&](cl_event* event) {
        return cl().clEnqueueWriteBuffer(stream.queue(), target.memory.get(), CL_FALSE, offset,
                                         size, captured->data(), 0, nullptr, event);
      },
      [captured](cl_int) {});
}

void give_read(Stream& stream, const Buffer& source, uint64_t offset, void* target, uint64_t size) {
  stream.give("clEnqueueReadBuffer", [&](cl_event* event) {
    return cl().clEnqueueReadBuffer(stream.queue(), source.memory.get(), CL_FALSE, offset, size,
                                    target, 0, nullptr, event);
  });
}

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  const Buffer& to = as_buffer(target);
  return served(to.device, BP_TEST_WRITE, [&] {
    Stream& on = stream_of(stream, "write");
    require_device_memory(to, "write");
    require_inside(to, offset, size, "write");
    on.fail_as_planned(BP_TEST_WRITE);
    if (size != 0) give_write(on, to, offset, source, size);
  });
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  const Buffer& from = as_buffer(source);
  return served(from.device, BP_TEST_READ, [&] {
    Stream& on = stream_of(stream, "read");
    require_device_memory(from, "read");
    require_inside(from, offset, size, "read");
    on.fail_as_planned(BP_TEST_READ);
    if (size != 0) give_read(on, from, offset, target, size);
  });
}

// One way for each pair of kinds. Staging memory is the host's, so between two of it the host
// copies, when the stream gets there.
void give_copy(Stream& stream, const Buffer& to, uint64_t to_offset, const Buffer& from,
               uint64_t from_offset, uint64_t size) {
  const bool is_to_device = to.kind == BP_MEMORY_DEVICE;
  const bool is_from_device = from.kind == BP_MEMORY_DEVICE;
  if (is_to_device && is_from_device) {
    if (is_large_copy(stream.device().facts, to_offset, from_offset, size))
      return give_large_copy(stream, to, to_offset, from, from_offset, size);
    stream.give("clEnqueueCopyBuffer", [&](cl_event* event) {
      return cl().clEnqueueCopyBuffer(stream.queue(), from.memory.get(), to.memory.get(),
                                      from_offset, to_offset, size, 0, nullptr, event);
    });
  } else if (is_to_device) {
    stream.give("clEnqueueWriteBuffer", [&](cl_event* event) {
      return cl().clEnqueueWriteBuffer(stream.queue(), to.memory.get(), CL_FALSE, to_offset, size,
                                       from.bytes + from_offset, 0, nullptr, event);
    });
  } else if (is_from_device) {
    give_read(stream, from, from_offset, to.bytes + to_offset, size);
  } else {
    char* target = to.bytes + to_offset;
    const char* source = from.bytes + from_offset;
    stream.call([=](const plugin::Failure& failure) {
      if (!failure) std::memcpy(target, source, size);
    });
  }
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  const Buffer& to = as_buffer(target);
  const Buffer& from = as_buffer(source);
  return served(to.device, BP_TEST_COPY, [&] {
    Stream& on = stream_of(stream, "copy");
    require_inside(to, target_offset, size, "copy: target");
    require_inside(from, source_offset, size, "copy: source");
    if (&to == &from && target_offset < source_offset + size &&
        source_offset < target_offset + size)
      fail(BP_STATUS_INVALID_ARGUMENT, "copy: source and target overlap");
    on.fail_as_planned(BP_TEST_COPY);
    if (size != 0) give_copy(on, to, target_offset, from, source_offset, size);
  });
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  const Buffer& to = as_buffer(target);
  return served(to.device, BP_TEST_FILL, [&] {
    Stream& on = stream_of(stream, "fill");
    require_device_memory(to, "fill");
    if (pattern_size != 1 && pattern_size != 2 && pattern_size != 4 && pattern_size != 8)
      fail(BP_STATUS_INVALID_ARGUMENT, "fill: a pattern of " + std::to_string(pattern_size) +
                                           " bytes; 1, 2, 4 and 8 are possible");
    if (offset % pattern_size != 0 || size % pattern_size != 0)
      fail(BP_STATUS_INVALID_ARGUMENT, "fill: offset and size are multiples of the pattern");
    require_inside(to, offset, size, "fill");
    on.fail_as_planned(BP_TEST_FILL);
    if (size == 0) return;
    on.give("clEnqueueFillBuffer", [&](cl_event* event) {
      return cl().clEnqueueFillBuffer(on.queue(), to.memory.get(), pattern, pattern_size, offset,
                                      size, 0, nullptr, event);
    });
  });
}

bp_status_t map(bp_buffer_t* buffer, void** out_pointer) {
  const Buffer& mapped = as_buffer(buffer);
  return served(mapped.device, BP_TEST_MAP, [&] {
    if (mapped.kind != BP_MEMORY_STAGING)
      fail(BP_STATUS_UNSUPPORTED, "map: DEVICE memory has no address here; STAGING has");
    *out_pointer = mapped.bytes;
  });
}

cl_mem retained_native(const Device& device, uint64_t handle, uint64_t size) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto memory = reinterpret_cast<cl_mem>(static_cast<uintptr_t>(handle));
  size_t bytes = 0;
  cl_context context = nullptr;
  check(cl().clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof bytes, &bytes, nullptr),
        "buffer_import: clGetMemObjectInfo");
  check(cl().clGetMemObjectInfo(memory, CL_MEM_CONTEXT, sizeof context, &context, nullptr),
        "buffer_import: clGetMemObjectInfo");
  if (context != device.context.get())
    fail(BP_STATUS_UNSUPPORTED, "buffer_import: the cl_mem is of another context");
  if (size > bytes)
    fail(BP_STATUS_INVALID_ARGUMENT, "buffer_import: the cl_mem has " + std::to_string(bytes) +
                                         " bytes, not " + std::to_string(size));
  check(cl().clRetainMemObject(memory), "clRetainMemObject");
  return memory;
}

Memory import(const Device& device, bp_handle_kind_t kind, uint64_t handle, uint64_t size) {
  if (kind == BP_HANDLE_NATIVE) return Memory(retained_native(device, handle, size));
  if (kind != BP_HANDLE_HOST_POINTER)
    fail(BP_STATUS_UNSUPPORTED, "buffer_import: handles of kind " + std::to_string(kind) +
                                    "; host pointers (0) and cl_mem (1) are known");
  // Elsewhere a driver copies to and fro when it sees fit.
  if ((device.facts.type & CL_DEVICE_TYPE_CPU) == 0)
    fail(BP_STATUS_UNSUPPORTED, "buffer_import: this device does not work in the host's memory");
  if (handle % device.facts.alignment != 0)
    fail(BP_STATUS_UNSUPPORTED, "buffer_import: memory at a multiple of " +
                                    std::to_string(device.facts.alignment) + " is taken");
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  void* pointer = reinterpret_cast<void*>(static_cast<uintptr_t>(handle));
  return make_memory(device, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, size, pointer);
}

bp_status_t buffer_import(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                          uint64_t size, bp_buffer_t** out_buffer) {
  Device& on = as_device(device);
  return served(on, BP_TEST_BUFFER_IMPORT, [&] {
    require_size(on, size, "buffer_import");
    if (handle == 0) fail(BP_STATUS_INVALID_ARGUMENT, "buffer_import: NULL cannot be imported");
    auto made = std::make_unique<Buffer>(on, BP_MEMORY_DEVICE, size);
    made->memory = import(on, kind, handle, size);
    *out_buffer = reinterpret_cast<bp_buffer_t*>(made.release());
  });
}

bp_status_t buffer_export(bp_buffer_t* buffer, bp_handle_kind_t kind, uint64_t* out_handle) {
  const Buffer& asked = as_buffer(buffer);
  return served(asked.device, BP_TEST_BUFFER_EXPORT, [&] {
    if (kind != BP_HANDLE_NATIVE || asked.kind != BP_MEMORY_DEVICE)
      fail(BP_STATUS_UNSUPPORTED, "buffer_export: only the cl_mem (kind 1) of DEVICE memory");
    *out_handle = reinterpret_cast<uint64_t>(asked.memory.get());
  });
}

}  // namespace

Buffer::~Buffer() {
  memory = Memory();  // before the bytes it lies over
  if (bytes != nullptr) device.host->deallocate(device.host->self, bytes);
  device.memory_used -= counted;
}

const bp_memory_api_t kMemoryApi = {
    sizeof(bp_memory_api_t),
    buffer_create,
    buffer_destroy,
    write,
    read,
    copy,
    fill,
    map,
    buffer_import,
    buffer_export,
    nullptr,  // host_space: the device reads no host pointer
    nullptr,  // usage: OpenCL does not say what is free
};

}  // namespace backplane::opencl
