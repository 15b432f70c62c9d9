/* A whole plugin, as small as it can be: one synchronous device over host memory, no operator. What
 * is planted here differs from it in one thing. */
#ifndef BACKPLANE_SELFTEST_MINIMAL_H
#define BACKPLANE_SELFTEST_MINIMAL_H

#include <backplane/kernel.h>
#include <backplane/plugin.h>
#include <string.h>

struct bp_device {
  const bp_host_t* host;
};

struct bp_buffer {
  bp_device_t* device;
  uint64_t size;
  unsigned char* bytes;
};

static bp_status_t minimal_fail(const bp_host_t* host, bp_status_t status, const char* text) {
  host->explain(host->self, text);
  return status;
}

static bp_status_t minimal_device_open(const bp_host_t* host, uint32_t index,
                                       const bp_option_t* options, uint32_t option_count,
                                       bp_device_t** out_device) {
  (void)index;
  for (uint32_t i = 0; i < option_count; ++i)
    if (strncmp(options[i].key, "bp.", 3) != 0)
      return minimal_fail(host, BP_STATUS_INVALID_ARGUMENT, "an unknown option");
  bp_device_t* device = host->allocate(host->self, sizeof(bp_device_t), sizeof(void*));
  if (device == NULL) return minimal_fail(host, BP_STATUS_OUT_OF_MEMORY, "no host memory");
  device->host = host;
  *out_device = device;
  return BP_OK;
}

static void minimal_device_close(bp_device_t* device) {
  if (device != NULL) device->host->deallocate(device->host->self, device);
}

static bp_status_t minimal_buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                         bp_buffer_t** out_buffer) {
  const bp_host_t* host = device->host;
  if (kind != BP_MEMORY_DEVICE)
    return minimal_fail(host, BP_STATUS_UNSUPPORTED, "device memory alone");
  if (size == 0 || size > (1u << 20))
    return minimal_fail(host, BP_STATUS_INVALID_ARGUMENT, "a size of 1 to 1,048,576 bytes");
  bp_buffer_t* buffer = host->allocate(host->self, sizeof(bp_buffer_t) + size, 64);
  if (buffer == NULL) return minimal_fail(host, BP_STATUS_OUT_OF_MEMORY, "no host memory");
  buffer->device = device;
  buffer->size = size;
  buffer->bytes = (unsigned char*)(buffer + 1);
  *out_buffer = buffer;
  return BP_OK;
}

static void minimal_buffer_destroy(bp_buffer_t* buffer) {
  if (buffer != NULL) buffer->device->host->deallocate(buffer->device->host->self, buffer);
}

static bp_status_t minimal_check_range(const bp_buffer_t* buffer, uint64_t offset, uint64_t size) {
  if (offset <= buffer->size && size <= buffer->size - offset) return BP_OK;
  return minimal_fail(buffer->device->host, BP_STATUS_INVALID_ARGUMENT, "outside the buffer");
}

static bp_status_t minimal_write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                 const void* source, uint64_t size) {
  (void)stream;
  const bp_status_t status = minimal_check_range(target, offset, size);
  if (status == BP_OK && size != 0) memcpy(target->bytes + offset, source, size);
  return status;
}

static bp_status_t minimal_read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                                void* target, uint64_t size) {
  (void)stream;
  const bp_status_t status = minimal_check_range(source, offset, size);
  if (status == BP_OK && size != 0) memcpy(target, source->bytes + offset, size);
  return status;
}

static bp_status_t minimal_supports(bp_device_t* device, const bp_node_t* node) {
  (void)node;
  return minimal_fail(device->host, BP_STATUS_UNSUPPORTED, "this plugin has no operators");
}

static bp_status_t minimal_kernel_create(bp_device_t* device, const bp_node_t* node,
                                         bp_kernel_t** out_kernel) {
  (void)out_kernel;
  return minimal_supports(device, node);
}

static void minimal_kernel_destroy(bp_kernel_t* kernel) { (void)kernel; }

static bp_status_t minimal_launch(bp_kernel_t* kernel, bp_stream_t* stream,
                                  const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                                  const bp_tensor_t* scratch) {
  (void)kernel, (void)stream, (void)inputs, (void)outputs, (void)scratch;
  return BP_STATUS_INTERNAL; /* there is no kernel */
}

static const bp_device_info_t minimal_info = {
    .struct_size = sizeof(bp_device_info_t),
    .kind = BP_DEVICE_OTHER,
    .flags = BP_DEVICE_FLAG_SYNCHRONOUS,
    .dlpack_type = 12,
    .name = "a minimal device",
    .architecture = "minimal",
    .driver_version = "1",
    .uuid = "",
    .bus_address = "",
    .max_buffer_size = 1u << 20,
    .buffer_alignment = 16,
    .offset_alignment = 1,
    .preferred_alignment = 16,
};

static const bp_device_info_t* minimal_device_info(const bp_host_t* host, uint32_t index) {
  (void)host;
  return index == 0 ? &minimal_info : NULL;
}

static const bp_memory_api_t minimal_memory = {
    .struct_size = sizeof(bp_memory_api_t),
    .buffer_create = minimal_buffer_create,
    .buffer_destroy = minimal_buffer_destroy,
    .write = minimal_write,
    .read = minimal_read,
};

static const bp_kernel_api_t minimal_kernel = {
    .struct_size = sizeof(bp_kernel_api_t),
    .supports = minimal_supports,
    .kernel_create = minimal_kernel_create,
    .kernel_destroy = minimal_kernel_destroy,
    .launch = minimal_launch,
};

static inline bp_plugin_t minimal_plugin(const char* id) {
  const bp_plugin_t plugin = {
      .struct_size = sizeof(bp_plugin_t),
      .abi = {BP_ABI_MAJOR, BP_ABI_MINOR},
      .id = id,
      .version = "1.0.0",
      .vendor = "Backplane",
      .build_id = "",
      .sanitizers = BP_SANITIZERS,
      .memory = &minimal_memory,
      .kernel = &minimal_kernel,
      .device_info = minimal_device_info,
      .device_open = minimal_device_open,
      .device_close = minimal_device_close,
  };
  return plugin;
}

#endif
