/* The plugin's own table and its two devices: one synchronous, one with streams. */
#include <stdlib.h>
#include <string.h>

#include "checking.h"

static const bp_device_info_t kDevices[2] = {
    {.struct_size = sizeof(bp_device_info_t),
     .kind = BP_DEVICE_CPU,
     .flags = BP_DEVICE_FLAG_SYNCHRONOUS | BP_DEVICE_FLAG_HOST_ADDRESSABLE,
     .dlpack_type = 1, /* kDLCPU */
     .name = "checking, synchronous",
     .architecture = "checking",
     .driver_version = "1",
     .uuid = "",
     .bus_address = "",
     .max_buffer_size = UINT64_C(1) << 30,
     .buffer_alignment = 64,
     .offset_alignment = 16,
     .preferred_alignment = 64},
    {.struct_size = sizeof(bp_device_info_t),
     .kind = BP_DEVICE_CPU,
     .dlpack_type = 1,
     .name = "checking, with streams",
     .architecture = "checking",
     .driver_version = "1",
     .uuid = "",
     .bus_address = "",
     .max_buffer_size = UINT64_C(1) << 30,
     .buffer_alignment = 128,
     .offset_alignment = 64,
     .preferred_alignment = 128,
     .tensor_padding = 32,
     .stream_depth = 256,
     .capture_size = 1 << 20}};

static const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  if (check_host(host) != BP_OK) return NULL;
  return index < 2 ? &kDevices[index] : NULL;
}

static bp_status_t read_option(bp_device_t* device, const bp_option_t* option) {
  if (option->key == NULL || option->value == NULL)
    return breach(device->host, "an option's key or value is NULL");
  const bool is_limit = strcmp(option->key, "bp.memory-limit") == 0;
  const uint64_t limit = is_limit ? strtoull(option->value, NULL, 10) : 0;
  if (limit != 0) device->memory_limit = limit;
  if (strncmp(option->key, "bp.", 3) == 0) return BP_OK;
  return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "unknown option \"%s\"", option->key);
}

/* One buffer over every address there is. */
static bp_status_t make_host_space(bp_device_t* device) {
  bp_status_t status = BP_OK;
  bp_buffer_t* const space = make_object(device, sizeof(bp_buffer_t), kBufferMagic, &status);
  if (space == NULL) return status;
  space->is_host_space = true;
  space->size = UINT64_MAX;
  device->host_space = space;
  return BP_OK;
}

static void end_device(bp_device_t* device) {
  const bp_host_t* host = device->host;
  if (device->host_space != NULL) end_object(device->host_space, sizeof(bp_buffer_t));
  if (!device->is_synchronous) stop_worker(device);
  pthread_mutex_destroy(&device->lock);
  device->object.magic = kEndedMagic;
  host->deallocate(host->self, device);
}

static bp_status_t fill_device(bp_device_t* device, const bp_option_t* options,
                               uint32_t option_count) {
  for (uint32_t i = 0; i < option_count; ++i) {
    const bp_status_t status = read_option(device, &options[i]);
    if (status != BP_OK) return status;
  }
  return device->is_synchronous ? make_host_space(device) : BP_OK;
}

static bp_status_t make_device(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  bp_device_t* const device = host->allocate(host->self, sizeof(*device), _Alignof(bp_device_t));
  if (device == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a device");
  memset(device, 0, sizeof(*device));
  device->object.magic = kDeviceMagic;
  device->object.device = device;
  device->host = host;
  device->info = &kDevices[index];
  device->is_synchronous = (device->info->flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0;
  device->memory_limit = UINT64_C(1) << 34;
  pthread_mutex_init(&device->lock, NULL);
  bp_status_t status = device->is_synchronous ? BP_OK : start_worker(device);
  if (status != BP_OK) {
    pthread_mutex_destroy(&device->lock);
    host->deallocate(host->self, device);
    return status;
  }
  status = fill_device(device, options, option_count);
  if (status == BP_OK)
    *out_device = device;
  else
    end_device(device);
  return status;
}

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  bp_status_t status = check_host(host);
  if (status == BP_OK) status = tell_noted_breach(host);
  if (status == BP_OK) status = try_host(host);
  if (status != BP_OK) return status;
  if (out_device == NULL || (options == NULL && option_count != 0))
    return breach(host, "device_open was given NULL for %u options, or for the device",
                  option_count);
  if (index >= 2) return fail(host, BP_STATUS_INVALID_ARGUMENT, "no device %u, of 2", index);
  listen_with(host);
  return make_device(host, index, options, option_count, out_device);
}

/* With objects of its own left, a device is kept: a later end of one must still find it. */
static void device_close(bp_device_t* device) {
  if (!may_end(device, kDeviceMagic, "device_close")) return;
  const uint64_t own = device->host_space != NULL ? 1 : 0;
  if (device->live_count != own) {
    note_breach(device->host, "device_close with %llu objects alive [BP-HOST-1]",
                (unsigned long long)(device->live_count - own));
    return;
  }
  stop_listening(device->host);
  end_device(device);
}

static const void* get_extension(const char* extension_id) {
  if (extension_id == NULL) note_breach(NULL, "get_extension was asked for NULL");
  return NULL;
}

static void unload(void) {} /* the last device_close has ended all there was */

static const bp_plugin_t checking_plugin_table = {
    .struct_size = sizeof(bp_plugin_t),
    .abi = {BP_ABI_MAJOR, BP_ABI_MINOR},
    .id = "org.backplane.selftest.checking",
    .version = "0.2.0",
    .vendor = "Backplane",
    .build_id = "kept",
    .sanitizers = BP_SANITIZERS,
    .memory = &checking_memory_table,
    .kernel = &checking_kernel_table,
    .stream = &checking_stream_table,
    .device_info = device_info,
    .device_open = device_open,
    .device_close = device_close,
    .get_extension = get_extension,
    .unload = unload,
};

BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  if (host->abi.major == BP_ABI_MAJOR && host->abi.minor >= BP_ABI_MINOR)
    return check_host(host) == BP_OK ? &checking_plugin_table : NULL;
  fail(host, BP_STATUS_UNSUPPORTED, "built for ABI %u.%u, but the host has %u.%u", BP_ABI_MAJOR,
       BP_ABI_MINOR, host->abi.major, host->abi.minor);
  return NULL;
}
