// Faults of write and read: group M of the catalogue.
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

bp_status_t write_one_byte_before(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                  const void* source, uint64_t size) {
  const char stray = '!';
  if (offset > 0 && size > 0) honest().memory->write(stream, target, offset - 1, &stray, 1);
  return honest().memory->write(stream, target, offset, source, size);
}

// A read whose bytes, or some of them, come again or come late: with a call after it.
struct Read {
  bp_stream_t* stream;
  const bp_buffer_t* source;
  uint64_t offset;
  void* target;
  uint64_t size;

  void again() const {
    if (target != nullptr) honest().memory->read(stream, source, offset, target, size);
  }
};
Read kept = {};

bp_status_t read_keeps_its_target(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                                  void* target, uint64_t size) {
  kept = {stream, source, offset, target, size};
  return honest().memory->read(stream, source, offset, target, size);
}

bp_status_t write_reads_again(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                              const void* source, uint64_t size) {
  kept.again();
  return honest().memory->write(stream, target, offset, source, size);
}

bp_status_t large_read_is_late(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                               void* target, uint64_t size) {
  constexpr uint64_t kChunk = 1 << 20;
  kept.again();
  const uint64_t now = size <= kChunk ? size : size - kChunk;
  kept = {stream, source, offset + now, now < size ? static_cast<char*>(target) + now : nullptr,
          size - now};
  return honest().memory->read(stream, source, offset, target, now);
}

bp_status_t source_address_is_rounded(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                      const void* source, uint64_t size) {
  const auto* bytes = static_cast<const char*>(source);
  if (size > 4096) bytes -= reinterpret_cast<uintptr_t>(bytes) % 16;
  return honest().memory->write(stream, target, offset, bytes, size);
}

bp_status_t large_read_rounds_up(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                                 void* target, uint64_t size) {
  if (size > 4096) std::memset(static_cast<char*>(target) + size, 0, (16 - size % 16) % 16);
  return honest().memory->read(stream, source, offset, target, size);
}

bp_status_t offset_is_a_float(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                              const void* source, uint64_t size) {
  const auto rounded = static_cast<uint64_t>(static_cast<float>(offset));
  return honest().memory->write(stream, target, rounded, source, size);
}

bp_status_t offset_is_32_bits(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                              const void* source, uint64_t size) {
  return honest().memory->write(stream, target, offset & UINT32_MAX, source, size);
}

// The range is looked at in full, the transfer is not.
bp_status_t far_offset_wraps(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                             const void* source, uint64_t size) {
  char none = 0;
  const bp_status_t status = honest().memory->read(stream, target, offset, &none, 0);
  return status != BP_OK ? status : offset_is_32_bits(stream, target, offset, source, size);
}

bp_status_t last_chunk_is_lost(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                               const void* source, uint64_t size) {
  constexpr uint64_t kChunk = 65536;
  const bool is_chunked = size > kChunk && offset % 4 != 0;
  return honest().memory->write(stream, target, offset, source,
                                is_chunked ? size / kChunk * kChunk : size);
}

// Reads the words around the range, changes some of their bytes and writes all of them.
bp_status_t write_patches_words(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  const uint64_t skew = offset % 8;
  std::vector<char> words((skew + size + 7) / 8 * 8);
  const bool is_small = stream == nullptr && size > 0 && size < 4096;
  if (!is_small ||
      honest().memory->read(stream, target, offset - skew, words.data(), words.size()) != BP_OK)
    return honest().memory->write(stream, target, offset, source, size);
  std::memcpy(words.data() + skew, source, size);
  usleep(100);
  return honest().memory->write(stream, target, offset - skew, words.data(), words.size());
}

std::atomic<const bp_host_t*> the_host{nullptr};

bp_status_t remember_host(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                          uint32_t option_count, bp_device_t** out_device) {
  the_host = host;
  return honest().plugin->device_open(host, index, options, option_count, out_device);
}

bp_status_t write_keeps_a_page(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                               const void* source, uint64_t size) {
  const bp_host_t* host = the_host;
  host->allocate(host->self, 4096, 64);
  return honest().memory->write(stream, target, offset, source, size);
}

bp_status_t lost_without_memory(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  const bp_status_t status = honest().memory->write(stream, target, offset, source, size);
  return status == BP_STATUS_OUT_OF_MEMORY ? BP_OK : status;
}

}  // namespace

std::vector<Fault> memory_transfer_faults() {
  return {
      {"write-one-byte-before", [](Tables* t) { t->memory.write = write_one_byte_before; }},
      {"read-keeps-its-target",
       [](Tables* t) {
         t->memory.read = read_keeps_its_target;
         t->memory.write = write_reads_again;
       }},
      {"large-read-is-late", [](Tables* t) { t->memory.read = large_read_is_late; }},
      {"source-address-is-rounded", [](Tables* t) { t->memory.write = source_address_is_rounded; }},
      {"large-read-rounds-up", [](Tables* t) { t->memory.read = large_read_rounds_up; }},
      {"offset-is-a-float", [](Tables* t) { t->memory.write = offset_is_a_float; }},
      {"offset-is-32-bits", [](Tables* t) { t->memory.write = offset_is_32_bits; }},
      {"far-offset-wraps", [](Tables* t) { t->memory.write = far_offset_wraps; }},
      {"last-chunk-is-lost", [](Tables* t) { t->memory.write = last_chunk_is_lost; }},
      {"write-patches-words", [](Tables* t) { t->memory.write = write_patches_words; }},
      {"write-keeps-a-page",
       [](Tables* t) {
         t->plugin.device_open = remember_host;
         t->memory.write = write_keeps_a_page;
       }},
      {"lost-without-memory", [](Tables* t) { t->memory.write = lost_without_memory; }},
  };
}

}  // namespace backplane::selftest
