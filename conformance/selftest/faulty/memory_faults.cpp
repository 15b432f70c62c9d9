// Faults of memory: group M of the catalogue.
#include <cstring>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

bp_status_t read_whole_words(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                             void* target, uint64_t size) {
  return honest().memory->read(stream, source, offset, target, size > 4 ? size / 4 * 4 : size);
}

bp_status_t write_one_byte_more(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  const bp_status_t status = honest().memory->write(stream, target, offset, source, size);
  const char stray = '!';
  if (status == BP_OK && size > 0 &&
      honest().memory->write(stream, target, offset + size, &stray, 1) != BP_OK)
    return BP_OK;  // at the very end there is no room for the stray byte
  return status;
}

bp_status_t size_zero_is_taken(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                               bp_buffer_t** out_buffer) {
  return honest().memory->buffer_create(device, kind, size == 0 ? 1 : size, out_buffer);
}

bp_status_t size_wraps(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                       bp_buffer_t** out_buffer) {
  const uint64_t rounded = (size + 63) & ~uint64_t{63};
  return honest().memory->buffer_create(
      device, kind, size > (uint64_t{1} << 62) ? (rounded & 0xffff) + 64 : size, out_buffer);
}

bp_status_t overlap_is_taken(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                             const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  const bp_status_t status =
      honest().memory->copy(stream, target, target_offset, source, source_offset, size);
  return status == BP_STATUS_INVALID_ARGUMENT && target == source ? BP_OK : status;
}

bp_status_t copy_takes_a_wrong_offset(bp_stream_t* stream, bp_buffer_t* target,
                                      uint64_t target_offset, const bp_buffer_t* source,
                                      uint64_t source_offset, uint64_t size) {
  const bool is_odd = source_offset % 4 != 0;
  return honest().memory->copy(stream, target, target_offset, source,
                               is_odd ? source_offset - 1 : source_offset, size);
}

bp_status_t fill_with_the_low_byte(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                   uint64_t size, const void* pattern, uint32_t pattern_size) {
  char low[8];
  std::memset(low, *static_cast<const char*>(pattern), sizeof low);
  return honest().memory->fill(stream, target, offset, size, low, pattern_size);
}

bp_status_t no_memory_is_ok(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                            bp_buffer_t** out_buffer) {
  const bp_status_t status = honest().memory->buffer_create(device, kind, size, out_buffer);
  if (status != BP_STATUS_OUT_OF_MEMORY) return status;
  *out_buffer = nullptr;
  return BP_OK;
}

bp_status_t usage_lies(bp_device_t* device, uint64_t* out_free, uint64_t* out_total) {
  const bp_status_t status = honest().memory->usage(device, out_free, out_total);
  if (status == BP_OK) *out_free = *out_total + 1;
  return status;
}

// Another kernel's outputs, one element after the end.
bp_status_t one_element_too_far(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                                const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const bp_status_t status = honest().kernel->launch(kernel, stream, inputs, outputs, scratch);
  const bp_tensor_t& output = outputs[0];
  if (status != BP_OK || output.buffer == nullptr) return status;
  uint64_t size = 4;
  for (uint16_t axis = 0; axis < output.type.rank; ++axis)
    size *= static_cast<uint64_t>(output.type.shape[axis]);
  const char stray = '!';
  const bp_status_t ignored =
      honest().memory->write(stream, output.buffer, output.offset + size, &stray, 1);
  return ignored == BP_STATUS_INVALID_ARGUMENT ? BP_OK : status;
}

}  // namespace

std::vector<Fault> memory_faults() {
  return {
      {"read-whole-words", [](Tables* t) { t->memory.read = read_whole_words; }},
      {"write-one-byte-more", [](Tables* t) { t->memory.write = write_one_byte_more; }},
      {"size-zero-is-taken", [](Tables* t) { t->memory.buffer_create = size_zero_is_taken; }},
      {"size-wraps", [](Tables* t) { t->memory.buffer_create = size_wraps; }},
      {"overlap-is-taken", [](Tables* t) { t->memory.copy = overlap_is_taken; }},
      {"copy-takes-a-wrong-offset", [](Tables* t) { t->memory.copy = copy_takes_a_wrong_offset; }},
      {"fill-with-the-low-byte", [](Tables* t) { t->memory.fill = fill_with_the_low_byte; }},
      {"no-memory-is-ok", [](Tables* t) { t->memory.buffer_create = no_memory_is_ok; }},
      {"usage-lies", [](Tables* t) { t->memory.usage = usage_lies; }},
      {"one-element-too-far", [](Tables* t) { t->kernel.launch = one_element_too_far; }},
  };
}

}  // namespace backplane::selftest
