// Faults of buffers as they come and go: group M of the catalogue. Where blocks of memory are at
// fault, buffers are imports of an arena of the fault's own.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

constexpr uint64_t kArena = uint64_t{1} << 32;  // address space, of which little is touched

// A buffer over the bytes at `offset` of the arena.
bp_status_t from_arena(bp_device_t* device, uint64_t offset, uint64_t size,
                       bp_buffer_t** out_buffer) {
  static void* const arena = mmap(nullptr, kArena, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return honest().memory->buffer_import(device, BP_HANDLE_HOST_POINTER,
                                        reinterpret_cast<uintptr_t>(arena) + offset, size,
                                        out_buffer);
}

bp_status_t starts_at_eight(bp_device_t* device, bp_memory_kind_t, uint64_t size,
                            bp_buffer_t** out_buffer) {
  static std::atomic<uint64_t> next{8};
  return from_arena(device, next.fetch_add((size + 127) / 64 * 64), size, out_buffer);
}

bp_status_t large_blocks_overlap(bp_device_t* device, bp_memory_kind_t, uint64_t size,
                                 bp_buffer_t** out_buffer) {
  static std::atomic<uint64_t> next{0};
  const uint64_t block = size > 65536 ? size / 4096 * 4096 : (size + 63) / 64 * 64;
  return from_arena(device, next.fetch_add(block), size, out_buffer);
}

bp_status_t handles_run_out(bp_device_t* device, bp_memory_kind_t, uint64_t size,
                            bp_buffer_t** out_buffer) {
  static std::atomic<uint64_t> next{0};
  return from_arena(device, next.fetch_add(1) % 1024 * 4096, size, out_buffer);
}

bp_status_t staging_is_a_ring(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                              bp_buffer_t** out_buffer) {
  static std::atomic<uint64_t> next{0};
  if (kind != BP_MEMORY_STAGING)
    return honest().memory->buffer_create(device, kind, size, out_buffer);
  return from_arena(device, next.fetch_add(1) % 16 * 4096, size, out_buffer);
}

std::mutex mutex;  // of all that follows

// The n-th buffer of every opening lies at the same place.
bp_status_t opens_share_memory(bp_device_t* device, bp_memory_kind_t, uint64_t size,
                               bp_buffer_t** out_buffer) {
  static std::map<bp_device_t*, uint64_t> counts;
  const std::lock_guard<std::mutex> lock(mutex);
  return from_arena(device, counts[device]++ * 65536, size, out_buffer);
}

void destroy_forgets_every_third(bp_buffer_t* buffer) {
  static std::atomic<uint64_t> count{0};
  if (buffer != nullptr && ++count % 3 != 0) honest().memory->buffer_destroy(buffer);
}

std::map<bp_device_t*, uint64_t> limits;
std::map<bp_buffer_t*, uint64_t> live;
uint64_t in_use = 0;

// Opens without the limit, which is the fault's own affair.
bp_status_t remember_limit(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                           uint32_t option_count, bp_device_t** out_device) {
  uint64_t limit = UINT64_MAX / 2;
  for (uint32_t i = 0; i < option_count; ++i)
    if (std::strcmp(options[i].key, "bp.memory-limit") == 0) limit = std::stoull(options[i].value);
  const bp_status_t status = honest().plugin->device_open(host, index, nullptr, 0, out_device);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK) limits[*out_device] = limit;
  return status;
}

// OUT_OF_MEMORY, with the honest plugin's words for a size that no device has.
bp_status_t refuse(bp_device_t* device, bp_buffer_t** out_buffer) {
  honest().memory->buffer_create(device, BP_MEMORY_DEVICE, UINT64_MAX, out_buffer);
  return BP_STATUS_OUT_OF_MEMORY;
}

bp_status_t limit_of_each_buffer(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                 bp_buffer_t** out_buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (size > limits[device]) return refuse(device, out_buffer);
  return honest().memory->buffer_create(device, kind, size, out_buffer);
}

bp_status_t limit_of_all_opens(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (size > limits[device] - std::min(in_use, limits[device])) return refuse(device, out_buffer);
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status != BP_OK) return status;
  live[*out_buffer] = size;
  in_use += size;
  return status;
}

void give_back_to_all(bp_buffer_t* buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  in_use -= live[buffer];
  live.erase(buffer);
  honest().memory->buffer_destroy(buffer);
}

bp_status_t refused_buffers_stay(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                 bp_buffer_t** out_buffer) {
  bp_buffer_t* left = nullptr;
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status == BP_STATUS_OUT_OF_MEMORY) honest().memory->buffer_create(device, kind, 65536, &left);
  return status;
}

bp_status_t largest_is_refused(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer) {
  static const uint64_t largest = [] {
    bp_host_t none = {};
    return honest().plugin->device_info(&none, 0)->max_buffer_size;
  }();
  return honest().memory->buffer_create(device, kind, size == largest ? 0 : size, out_buffer);
}

bp_status_t staging_of_nothing(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer) {
  const bool is_taken = kind == BP_MEMORY_STAGING && size == 0;
  return honest().memory->buffer_create(device, kind, is_taken ? 64 : size, out_buffer);
}

std::map<const bp_buffer_t*, std::thread::id> makers;

bp_status_t remember_maker(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                           bp_buffer_t** out_buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status == BP_OK) makers[*out_buffer] = std::this_thread::get_id();
  return status;
}

bp_status_t write_by_its_maker_only(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                    const void* source, uint64_t size) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (makers[target] != std::this_thread::get_id()) return BP_OK;
  }
  return honest().memory->write(stream, target, offset, source, size);
}

}  // namespace

std::vector<Fault> memory_buffer_faults() {
  return {
      {"starts-at-eight", [](Tables* t) { t->memory.buffer_create = starts_at_eight; }},
      {"large-blocks-overlap", [](Tables* t) { t->memory.buffer_create = large_blocks_overlap; }},
      {"handles-run-out", [](Tables* t) { t->memory.buffer_create = handles_run_out; }},
      {"staging-is-a-ring", [](Tables* t) { t->memory.buffer_create = staging_is_a_ring; }},
      {"opens-share-memory", [](Tables* t) { t->memory.buffer_create = opens_share_memory; }},
      {"destroy-forgets-every-third",
       [](Tables* t) { t->memory.buffer_destroy = destroy_forgets_every_third; }},
      {"limit-of-each-buffer",
       [](Tables* t) {
         t->plugin.device_open = remember_limit;
         t->memory.buffer_create = limit_of_each_buffer;
       }},
      {"limit-of-all-opens",
       [](Tables* t) {
         t->plugin.device_open = remember_limit;
         t->memory.buffer_create = limit_of_all_opens;
         t->memory.buffer_destroy = give_back_to_all;
       }},
      {"refused-buffers-stay", [](Tables* t) { t->memory.buffer_create = refused_buffers_stay; }},
      {"largest-is-refused", [](Tables* t) { t->memory.buffer_create = largest_is_refused; }},
      {"staging-of-nothing", [](Tables* t) { t->memory.buffer_create = staging_of_nothing; }},
      {"write-by-its-maker-only",
       [](Tables* t) {
         t->memory.buffer_create = remember_maker;
         t->memory.write = write_by_its_maker_only;
       }},
  };
}

}  // namespace backplane::selftest
