// memory.h, over pages that cannot be touched while no work of the plugin's runs on them.
#include <sys/mman.h>
#include <unistd.h>

#include "chaos.hpp"

namespace backplane::selftest::chaos {
namespace {

bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  Device& on = as<Device>(device);
  if (kind != BP_MEMORY_DEVICE)
    return refuse(on.host, BP_STATUS_UNSUPPORTED, "buffer_create: device memory alone");
  if (size == 0 || size > on.manner.max_buffer_size)
    return refuse(on.host, BP_STATUS_INVALID_ARGUMENT, "buffer_create: no such size");
  const bp_status_t luck = bad_luck(on, "buffer_create");
  if (luck != BP_OK) return luck;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t whole = (size + page - 1) / page * page;
  void* pages = on.host->allocate(on.host->self, whole, page);
  if (pages == nullptr)
    return refuse(on.host, BP_STATUS_OUT_OF_MEMORY, "buffer_create: there are no pages left");
  bp_buffer_t* inner = nullptr;
  const bp_status_t status = honest().memory->buffer_import(
      on.inner, BP_HANDLE_HOST_POINTER, reinterpret_cast<uintptr_t>(pages), size, &inner);
  if (status != BP_OK) {
    on.host->deallocate(on.host->self, pages);
    return status;
  }
  mprotect(pages, whole, PROT_NONE);
  auto* made = new Buffer(on, inner, static_cast<char*>(pages), whole);
  *out_buffer = reinterpret_cast<bp_buffer_t*>(made);
  return BP_OK;
}

void buffer_destroy(bp_buffer_t* buffer) { delete reinterpret_cast<Buffer*>(buffer); }

bp_status_t write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, const void* source,
                  uint64_t size) {
  Buffer& to = as<Buffer>(target);
  const bp_status_t luck = bad_luck(to.device, "write");
  if (luck != BP_OK) return luck;
  bp_stream_t* on = inner_of(stream);
  return with_buffers(to.device, on, {&to},
                      [&] { return honest().memory->write(on, to.inner, offset, source, size); });
}

bp_status_t read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset, void* target,
                 uint64_t size) {
  auto& from = as<Buffer>(const_cast<bp_buffer_t*>(source));
  const bp_status_t luck = bad_luck(from.device, "read");
  if (luck != BP_OK) return luck;
  bp_stream_t* on = inner_of(stream);
  return with_buffers(from.device, on, {&from},
                      [&] { return honest().memory->read(on, from.inner, offset, target, size); });
}

bp_status_t copy(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                 const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  Buffer& to = as<Buffer>(target);
  auto& from = as<Buffer>(const_cast<bp_buffer_t*>(source));
  const bp_status_t luck = bad_luck(to.device, "copy");
  if (luck != BP_OK) return luck;
  bp_stream_t* on = inner_of(stream);
  return with_buffers(to.device, on, {&to, &from}, [&] {
    return honest().memory->copy(on, to.inner, target_offset, from.inner, source_offset, size);
  });
}

bp_status_t fill(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset, uint64_t size,
                 const void* pattern, uint32_t pattern_size) {
  Buffer& to = as<Buffer>(target);
  const bp_status_t luck = bad_luck(to.device, "fill", {BP_STATUS_UNSUPPORTED});
  if (luck != BP_OK) return luck;
  bp_stream_t* on = inner_of(stream);
  return with_buffers(to.device, on, {&to}, [&] {
    return honest().memory->fill(on, to.inner, offset, size, pattern, pattern_size);
  });
}

}  // namespace

Buffer::~Buffer() {
  honest().memory->buffer_destroy(inner);
  mprotect(pages_, size_, PROT_READ | PROT_WRITE);
  device.host->deallocate(device.host->self, pages_);
  --device.objects;
}

void Buffer::begin_use() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (users_++ == 0) mprotect(pages_, size_, PROT_READ | PROT_WRITE);
}

void Buffer::end_use() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--users_ == 0) mprotect(pages_, size_, PROT_NONE);
}

// Nothing that shows an address, and no usage.
void plant_memory(bp_memory_api_t* table) {
  *table = {};
  table->struct_size = sizeof *table;
  table->buffer_create = buffer_create;
  table->buffer_destroy = buffer_destroy;
  table->write = write;
  table->read = read;
  table->copy = copy;
  table->fill = fill;
}

}  // namespace backplane::selftest::chaos
