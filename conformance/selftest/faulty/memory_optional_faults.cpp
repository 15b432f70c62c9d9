// Faults of copy, fill, map, import, export and usage: group M of the catalogue.
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

bp_status_t copy_offset_is_32_bits(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                                   const bp_buffer_t* source, uint64_t source_offset,
                                   uint64_t size) {
  return honest().memory->copy(stream, target, target_offset, source, source_offset & UINT32_MAX,
                               size);
}

bp_status_t large_copy_in_words(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                                const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  return honest().memory->copy(stream, target, target_offset, source, source_offset,
                               size > 4096 ? size / 4 * 4 : size);
}

bp_status_t copy_one_byte_more(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                               const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  if (size > 0 && honest().memory->copy(stream, target, target_offset, source, source_offset,
                                        size + 1) == BP_OK)
    return BP_OK;
  return honest().memory->copy(stream, target, target_offset, source, source_offset, size);
}

bp_status_t large_fill_loses_its_tail(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                      uint64_t size, const void* pattern, uint32_t pattern_size) {
  return honest().memory->fill(stream, target, offset, size > 4096 ? size / 64 * 64 : size, pattern,
                               pattern_size);
}

bp_status_t fill_reads_eight_bytes(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                   uint64_t size, const void* pattern, uint32_t pattern_size) {
  const auto* bytes = static_cast<const volatile char*>(pattern);
  for (int i = 0; i < 8; ++i) static_cast<void>(bytes[i]);
  return honest().memory->fill(stream, target, offset, size, pattern, pattern_size);
}

bp_status_t no_fill_is_outside(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                               uint64_t size, const void* pattern, uint32_t pattern_size) {
  return honest().memory->fill(stream, target, offset & UINT32_MAX, size, pattern, pattern_size);
}

std::mutex mutex;  // of all that follows
std::set<const bp_buffer_t*> staging;

bp_status_t remember_staging(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                             bp_buffer_t** out_buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status == BP_OK && kind == BP_MEMORY_STAGING) staging.insert(*out_buffer);
  return status;
}

void forget_staging(bp_buffer_t* buffer) {
  const std::lock_guard<std::mutex> lock(mutex);
  staging.erase(buffer);
  honest().memory->buffer_destroy(buffer);
}

bp_status_t staging_begins_at_zero(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                                   const bp_buffer_t* source, uint64_t source_offset,
                                   uint64_t size) {
  bool is_staging = false;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    is_staging = staging.count(target) != 0;
  }
  return honest().memory->copy(stream, target, is_staging ? 0 : target_offset, source,
                               source_offset, size);
}

// What map gave instead of the buffer's own bytes, put back before they are read.
std::map<const bp_buffer_t*, std::vector<char>> snapshots;
constexpr uint64_t kSnapshot = 512;

bp_status_t map_is_a_snapshot(bp_buffer_t* buffer, void** out_pointer) {
  void* own = nullptr;
  const bp_status_t status = honest().memory->map(buffer, &own);
  if (status != BP_OK) return status;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto* bytes = static_cast<const char*>(own);
  *out_pointer = (snapshots[buffer] = {bytes, bytes + kSnapshot}).data();
  return BP_OK;
}

bp_status_t read_puts_snapshot_back(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                                    void* target, uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = snapshots.find(source);
  if (found != snapshots.end())
    honest().memory->write(stream, const_cast<bp_buffer_t*>(source), 0, found->second.data(),
                           found->second.size());
  return honest().memory->read(stream, source, offset, target, size);
}

// On a synchronous device; elsewhere there is no stream to write on.
bp_status_t import_is_a_copy(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                             uint64_t size, bp_buffer_t** out_buffer) {
  const bp_status_t status = honest().memory->buffer_import(device, kind, handle, size, out_buffer);
  if (status != BP_OK) return status;
  bp_buffer_t* own = nullptr;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* bytes = reinterpret_cast<const char*>(handle);
  if (honest().memory->buffer_create(device, BP_MEMORY_DEVICE, size, &own) != BP_OK ||
      honest().memory->write(nullptr, own, 0, bytes, size) != BP_OK) {
    honest().memory->buffer_destroy(own);
    return BP_OK;
  }
  honest().memory->buffer_destroy(*out_buffer);
  *out_buffer = own;
  return BP_OK;
}

bp_status_t export_as_anything(bp_buffer_t* buffer, bp_handle_kind_t, uint64_t* out_handle) {
  return honest().memory->buffer_export(buffer, BP_HANDLE_HOST_POINTER, out_handle);
}

bp_status_t usage_stands_still(bp_device_t* device, uint64_t* out_free, uint64_t* out_total) {
  static std::map<bp_device_t*, uint64_t> first;
  const bp_status_t status = honest().memory->usage(device, out_free, out_total);
  const std::lock_guard<std::mutex> lock(mutex);
  if (status == BP_OK) *out_free = first.emplace(device, *out_free).first->second;
  return status;
}

}  // namespace

std::vector<Fault> memory_optional_faults() {
  return {
      {"copy-offset-is-32-bits", [](Tables* t) { t->memory.copy = copy_offset_is_32_bits; }},
      {"large-copy-in-words", [](Tables* t) { t->memory.copy = large_copy_in_words; }},
      {"copy-one-byte-more", [](Tables* t) { t->memory.copy = copy_one_byte_more; }},
      {"large-fill-loses-its-tail", [](Tables* t) { t->memory.fill = large_fill_loses_its_tail; }},
      {"fill-reads-eight-bytes", [](Tables* t) { t->memory.fill = fill_reads_eight_bytes; }},
      {"no-fill-is-outside", [](Tables* t) { t->memory.fill = no_fill_is_outside; }},
      {"staging-begins-at-zero",
       [](Tables* t) {
         t->memory.buffer_create = remember_staging;
         t->memory.buffer_destroy = forget_staging;
         t->memory.copy = staging_begins_at_zero;
       }},
      {"map-is-a-snapshot",
       [](Tables* t) {
         t->memory.map = map_is_a_snapshot;
         t->memory.read = read_puts_snapshot_back;
       }},
      {"import-is-a-copy", [](Tables* t) { t->memory.buffer_import = import_is_a_copy; }},
      {"export-as-anything", [](Tables* t) { t->memory.buffer_export = export_as_anything; }},
      {"usage-stands-still", [](Tables* t) { t->memory.usage = usage_stands_still; }},
  };
}

}  // namespace backplane::selftest
