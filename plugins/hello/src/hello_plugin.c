/* A whole plugin, Add for float32 on the host's memory: the 12 functions that plugin.h asks for,
 * and kernel_info. The host emulates the rest. `backplane new-plugin acme` makes a copy of it. */
#include <backplane/kernel.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct bp_device {
  const bp_host_t* host;
};
struct bp_buffer {
  const bp_host_t* host;
  uint64_t size;
  _Alignas(64) char bytes[];
};
struct bp_kernel {
  const bp_host_t* host;
};

/* Every failure goes through here, so none comes without its reason. */
static bp_status_t fail(const bp_host_t* host, bp_status_t status, const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  host->explain(host->self, text);
  return status;
}

static const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  static const bp_device_info_t info = {
      .struct_size = sizeof(info),
      .kind = BP_DEVICE_CPU,
      .flags = BP_DEVICE_FLAG_SYNCHRONOUS,
      .dlpack_type = 1, /* kDLCPU */
      .name = "hello",
      .architecture = "hello",
      .driver_version = "1",
      .uuid = "",
      .bus_address = "",
      .max_buffer_size = INT64_MAX / 2,
      .buffer_alignment = _Alignof(struct bp_buffer),
      .offset_alignment = 1,
      .preferred_alignment = 64,
  };
  (void)host;
  return index == 0 ? &info : NULL;
}

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  if (index != 0) return fail(host, BP_STATUS_INVALID_ARGUMENT, "no device %u, only 0", index);
  for (uint32_t i = 0; i < option_count; ++i)
    if (strncmp(options[i].key, "bp.", 3) != 0)
      return fail(host, BP_STATUS_INVALID_ARGUMENT, "unknown option \"%s\"", options[i].key);
  bp_device_t* device = host->allocate(host->self, sizeof(*device), _Alignof(bp_device_t));
  if (device == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a device");
  device->host = host;
  *out_device = device;
  return BP_OK;
}

static void device_close(bp_device_t* device) {
  if (device != NULL) device->host->deallocate(device->host->self, device);
}

static bp_status_t buffer_create(bp_device_t* device, bp_memory_kind_t kind, uint64_t size,
                                 bp_buffer_t** out_buffer) {
  const bp_host_t* host = device->host;
  if (kind != BP_MEMORY_DEVICE) return fail(host, BP_STATUS_UNSUPPORTED, "no memory kind %u", kind);
  if (size == 0 || size > device_info(host, 0)->max_buffer_size)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "no buffer can have %" PRIu64 " bytes", size);
  bp_buffer_t* buffer = host->allocate(host->self, sizeof(*buffer) + size, _Alignof(bp_buffer_t));
  if (buffer == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no %" PRIu64 " bytes left", size);
  buffer->host = host;
  buffer->size = size;
  *out_buffer = buffer;
  return BP_OK;
}

static void buffer_destroy(bp_buffer_t* buffer) {
  if (buffer != NULL) buffer->host->deallocate(buffer->host->self, buffer);
}

static bp_status_t check_range(const bp_buffer_t* buffer, uint64_t offset, uint64_t size) {
  if (offset <= buffer->size && size <= buffer->size - offset) return BP_OK;
  return fail(buffer->host, BP_STATUS_INVALID_ARGUMENT,
              "%" PRIu64 " bytes at %" PRIu64 " reach out of a buffer of %" PRIu64, size, offset,
              buffer->size);
}

static bp_status_t write_buffer(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  (void)stream; /* NULL, for the device is synchronous */
  bp_status_t status = check_range(target, offset, size);
  if (status == BP_OK && size != 0) memcpy(target->bytes + offset, source, size);
  return status;
}

static bp_status_t read_buffer(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                               void* target, uint64_t size) {
  (void)stream;
  bp_status_t status = check_range(source, offset, size);
  if (status == BP_OK && size != 0) memcpy(target, source->bytes + offset, size);
  return status;
}

static bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  if (strcmp(node->domain, "") != 0 || strcmp(node->op, "Add") != 0)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "no operator %s, only Add", node->op);
  if (node->since != 7 && node->since != 13 && node->since != 14)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "no Add of version %u", node->since);
  if (node->inputs[0].dtype != BP_DTYPE_FLOAT32 || node->outputs[0].dtype != BP_DTYPE_FLOAT32)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "Add has only float32");
  return BP_OK;
}

static bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node,
                                 bp_kernel_t** out_kernel) {
  const bp_host_t* host = device->host;
  bp_status_t status = supports(device, node);
  if (status != BP_OK) return status;
  bp_kernel_t* kernel = host->allocate(host->self, sizeof(*kernel), _Alignof(bp_kernel_t));
  if (kernel == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a kernel");
  kernel->host = host;
  *out_kernel = kernel;
  return BP_OK;
}

static void kernel_destroy(bp_kernel_t* kernel) {
  if (kernel != NULL) kernel->host->deallocate(kernel->host->self, kernel);
}

static const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  static const bp_kernel_info_t info = {.struct_size = sizeof(info), .is_shape_free = 1};
  (void)kernel;
  return &info;
}

/* Where the element of `input` is that belongs to element `index` of `output`. */
static int64_t find(const bp_tensor_type_t* input, const bp_tensor_type_t* output, int64_t index) {
  int64_t position = 0, step = 1;
  for (int own = input->rank - 1, axis = output->rank - 1; own >= 0; --own, --axis) {
    if (input->shape[own] != 1) position += step * (index % output->shape[axis]);
    step *= input->shape[own];
    index /= output->shape[axis];
  }
  return position;
}

static bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                          const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  (void)kernel, (void)stream, (void)scratch;
  const bp_tensor_type_t* type = &outputs[0].type;
  int64_t count = 1;
  for (int axis = 0; axis < type->rank; ++axis) count *= type->shape[axis];
  if (count == 0) return BP_OK; /* perhaps without buffers */
  const float* a = (const float*)(inputs[0].buffer->bytes + inputs[0].offset);
  const float* b = (const float*)(inputs[1].buffer->bytes + inputs[1].offset);
  float* sum = (float*)(outputs[0].buffer->bytes + outputs[0].offset);
  for (int64_t i = 0; i < count; ++i)
    sum[i] = a[find(&inputs[0].type, type, i)] + b[find(&inputs[1].type, type, i)];
  return BP_OK;
}

static const bp_memory_api_t memory_table = {.struct_size = sizeof(memory_table),
                                             .buffer_create = buffer_create,
                                             .buffer_destroy = buffer_destroy,
                                             .write = write_buffer,
                                             .read = read_buffer};

static const bp_kernel_api_t kernel_table = {.struct_size = sizeof(kernel_table),
                                             .supports = supports,
                                             .kernel_create = kernel_create,
                                             .kernel_destroy = kernel_destroy,
                                             .kernel_info = kernel_info,
                                             .launch = launch};

BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  static const bp_plugin_t plugin = {
      .struct_size = sizeof(plugin),
      .abi = {BP_ABI_MAJOR, BP_ABI_MINOR},
      .id = "org.backplane.hello",
      .version = "0.1.0",
      .vendor = "Backplane",
      .build_id = "",
      .sanitizers = BP_SANITIZERS,
      .memory = &memory_table,
      .kernel = &kernel_table,
      .device_info = device_info,
      .device_open = device_open,
      .device_close = device_close,
  };
  if (host->abi.major == BP_ABI_MAJOR && host->abi.minor >= BP_ABI_MINOR) return &plugin;
  fail(host, BP_STATUS_UNSUPPORTED, "built for ABI %u.%u, but the host has %u.%u", BP_ABI_MAJOR,
       BP_ABI_MINOR, host->abi.major, host->abi.minor);
  return NULL;
}
