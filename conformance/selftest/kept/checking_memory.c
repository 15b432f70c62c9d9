/* The memory table: buffers of the host's memory, and a buffer that is all of it. */
#include <inttypes.h>
#include <string.h>

#include "checking.h"

static bp_status_t check_create(const bp_device_t* device, bp_memory_kind_t kind, uint64_t size) {
  if (kind != BP_MEMORY_DEVICE && kind != BP_MEMORY_STAGING)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "no memory kind %u", kind);
  if (size == 0 || size > device->info->max_buffer_size)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "no buffer can have %" PRIu64 " bytes",
                size);
  return BP_OK;
}

static bool is_within_limit(bp_device_t* device, uint64_t size) {
  pthread_mutex_lock(&device->lock);
  const uint64_t used = device->memory_used;
  pthread_mutex_unlock(&device->lock);
  return used <= device->memory_limit && size <= device->memory_limit - used;
}

static bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                 bp_buffer_t** out_buffer) {
  bp_status_t status = check_handle(device, kDeviceMagic, "buffer_create");
  if (status != BP_OK) return status;
  if (out_buffer == NULL) return breach(device->host, "buffer_create was given NULL for a buffer");
  status = check_create(device, kind, size);
  if (status != BP_OK) return status;
  if (!is_within_limit(device, size))
    return fail(device->host, BP_STATUS_OUT_OF_MEMORY, "bp.memory-limit would be passed");
  bp_buffer_t* const buffer =
      make_object(device, sizeof(bp_buffer_t) + size, kBufferMagic, &status);
  if (buffer == NULL) return status;
  buffer->kind = kind;
  buffer->size = size;
  buffer->start = (uintptr_t)buffer->bytes;
  *out_buffer = buffer;
  return BP_OK;
}

static void buffer_destroy(bp_buffer_t* buffer) {
  if (!may_end(buffer, kBufferMagic, "buffer_destroy")) return;
  if (buffer->is_host_space)
    note_breach(buffer->object.device->host, "buffer_destroy of the host space [BP-HOST-9]");
  else
    end_object(buffer, sizeof(bp_buffer_t) + buffer->size);
}

/* A buffer that lives, and a stream of the same open. */
static bp_status_t check_use(const bp_stream_t* stream, const bp_buffer_t* buffer,
                             const char* call) {
  const bp_status_t status = check_handle(buffer, kBufferMagic, call);
  return status != BP_OK ? status : check_stream(buffer->object.device, stream, call);
}

static bp_status_t check_range(const bp_buffer_t* buffer, uint64_t offset, uint64_t size) {
  if (offset <= buffer->size && size <= buffer->size - offset) return BP_OK;
  return fail(buffer->object.device->host, BP_STATUS_INVALID_ARGUMENT,
              "%" PRIu64 " bytes at %" PRIu64 " reach out of a buffer of %" PRIu64, size, offset,
              buffer->size);
}

static bp_status_t check_transfer(const bp_stream_t* stream, const bp_buffer_t* buffer,
                                  uint64_t offset, const void* bytes, uint64_t size,
                                  const char* call) {
  const bp_status_t status = check_use(stream, buffer, call);
  if (status != BP_OK) return status;
  const bp_host_t* const host = buffer->object.device->host;
  if (buffer->kind != BP_MEMORY_DEVICE)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "%s: STAGING is for map and copy", call);
  if (bytes == NULL && size != 0)
    return breach(host, "%s was given NULL for %" PRIu64 " bytes", call, size);
  return check_range(buffer, offset, size);
}

static char* at(const bp_buffer_t* buffer, uint64_t offset) {
  return (char*)(buffer->start + offset); /* NOLINT(performance-no-int-to-ptr): host space */
}

static void run_copy(const Task* task) {
  if (task->size != 0) memmove(task->output, task->inputs[0], task->size);
}

static bp_status_t write_buffer(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  const bp_status_t status = check_transfer(stream, target, offset, source, size, "write");
  if (status != BP_OK) return status;
  return give(stream,
              &(Task){.run = run_copy,
                      .buffers = {target},
                      .inputs = {source},
                      .output = at(target, offset),
                      .size = size},
              size);
}

static bp_status_t read_buffer(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                               void* target, uint64_t size) {
  const bp_status_t status = check_transfer(stream, source, offset, target, size, "read");
  if (status != BP_OK) return status;
  return give(stream,
              &(Task){.run = run_copy,
                      .buffers = {(bp_buffer_t*)source},
                      .inputs = {at(source, offset)},
                      .output = target,
                      .size = size},
              0);
}

static bp_status_t copy_buffer(bp_stream_t* stream, bp_buffer_t* target, uint64_t target_offset,
                               const bp_buffer_t* source, uint64_t source_offset, uint64_t size) {
  bp_status_t status = check_use(stream, target, "copy");
  if (status == BP_OK) status = check_use(stream, source, "copy");
  if (status != BP_OK) return status;
  const bp_host_t* const host = target->object.device->host;
  if (target->object.device != source->object.device)
    return breach(host, "copy between buffers of two opens [BP-HOST-3]");
  status = check_range(target, target_offset, size);
  if (status == BP_OK) status = check_range(source, source_offset, size);
  if (status != BP_OK) return status;
  if (target == source && size != 0 && target_offset < source_offset + size &&
      source_offset < target_offset + size)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "copy: source and target overlap");
  return give(stream,
              &(Task){.run = run_copy,
                      .buffers = {target, (bp_buffer_t*)source},
                      .inputs = {at(source, source_offset)},
                      .output = at(target, target_offset),
                      .size = size},
              0);
}

static void run_fill(const Task* task) {
  for (uint64_t done = 0; done < task->size; done += task->pattern_size)
    memcpy(task->output + done, task->inputs[0], task->pattern_size);
}

static bp_status_t fill_buffer(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                               uint64_t size, const void* pattern, uint32_t pattern_size) {
  const bp_status_t status = check_transfer(stream, target, offset, pattern, size, "fill");
  if (status != BP_OK) return status;
  const bool is_known =
      pattern_size == 1 || pattern_size == 2 || pattern_size == 4 || pattern_size == 8;
  if (!is_known || offset % pattern_size != 0 || size % pattern_size != 0)
    return fail(target->object.device->host, BP_STATUS_INVALID_ARGUMENT,
                "fill: no pattern of %u bytes for %" PRIu64 " bytes at %" PRIu64, pattern_size,
                size, offset);
  return give(stream,
              &(Task){.run = run_fill,
                      .buffers = {target},
                      .inputs = {pattern},
                      .output = at(target, offset),
                      .size = size,
                      .pattern_size = pattern_size},
              size != 0 ? pattern_size : 0);
}

static bp_status_t map(bp_buffer_t* buffer, void** out_pointer) {
  const bp_status_t status = check_handle(buffer, kBufferMagic, "map");
  if (status != BP_OK) return status;
  const bp_device_t* const device = buffer->object.device;
  if (out_pointer == NULL || buffer->is_host_space)
    return breach(device->host, "map of the host space, or to NULL [BP-HOST-9]");
  if (buffer->kind == BP_MEMORY_DEVICE &&
      (device->info->flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) == 0)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "only STAGING memory is mapped");
  *out_pointer = buffer->bytes;
  return BP_OK;
}

static bp_status_t buffer_import(bp_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                                 uint64_t size, bp_buffer_t** out_buffer) {
  const bp_status_t status = check_handle(device, kDeviceMagic, "buffer_import");
  if (status != BP_OK) return status;
  if (out_buffer == NULL) return breach(device->host, "buffer_import was given NULL for a buffer");
  return fail(device->host, BP_STATUS_UNSUPPORTED,
              "nothing is imported: neither %" PRIu64 " bytes nor handle %" PRIx64 " of kind %u",
              size, handle, kind);
}

static bp_status_t buffer_export(bp_buffer_t* buffer, bp_handle_kind_t kind, uint64_t* out_handle) {
  const bp_status_t status = check_handle(buffer, kBufferMagic, "buffer_export");
  if (status != BP_OK) return status;
  const bp_host_t* const host = buffer->object.device->host;
  if (out_handle == NULL || buffer->is_host_space)
    return breach(host, "buffer_export of the host space, or to NULL [BP-HOST-9]");
  return fail(host, BP_STATUS_UNSUPPORTED, "no handle of kind %u is exported", kind);
}

static bp_buffer_t* host_space(bp_device_t* device) {
  if (is_a(device, kDeviceMagic)) return device->host_space;
  note_breach(NULL, "host_space was asked of no device");
  return NULL;
}

static bp_status_t usage(bp_device_t* device, uint64_t* out_free, uint64_t* out_total) {
  const bp_status_t status = check_handle(device, kDeviceMagic, "usage");
  if (status != BP_OK) return status;
  if (out_free == NULL || out_total == NULL)
    return breach(device->host, "usage was given NULL for an answer");
  pthread_mutex_lock(&device->lock);
  const uint64_t used = device->memory_used;
  pthread_mutex_unlock(&device->lock);
  *out_free = used < device->memory_limit ? device->memory_limit - used : 0;
  *out_total = device->memory_limit;
  return BP_OK;
}

const bp_memory_api_t checking_memory_table = {.struct_size = sizeof(bp_memory_api_t),
                                               .buffer_create = buffer_create,
                                               .buffer_destroy = buffer_destroy,
                                               .write = write_buffer,
                                               .read = read_buffer,
                                               .copy = copy_buffer,
                                               .fill = fill_buffer,
                                               .map = map,
                                               .buffer_import = buffer_import,
                                               .buffer_export = buffer_export,
                                               .host_space = host_space,
                                               .usage = usage};
