/* Makes a plugin of the ABI to come out of one of today: the source of the other is compiled with
 * its bp_plugin_query renamed, and what was appended to its tables is filled in here. What was
 * appended to the host's structs is asked for with BP_HAS, and noted. An extension tells what was
 * seen where BACKPLANE_NEXT_TELLS is set; elsewhere the plugin has the functions of the other, no
 * more and no fewer. */
#include <backplane/stream.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "appended.h"

const bp_plugin_t* next_base_query(const bp_host_t* host);

enum { kMostDevices = 2 };

static _Atomic(const bp_plugin_t*) base;
static once_flag filled = ONCE_FLAG_INIT;
static bp_plugin_t plugin;
static bp_memory_api_t memory;
static bp_kernel_api_t kernel;
static bp_stream_api_t stream;
static mtx_t devices_lock;
static bp_device_info_t devices[kMostDevices];

static _Atomic(uint64_t) host_field;
static _Atomic(uint64_t) node_field;

static void next_function(void) {}
static uint64_t seen_in_host(void) { return atomic_load(&host_field); }
static uint64_t seen_in_node(void) { return atomic_load(&node_field); }
static const next_seen_api_t kSeen = {
    .struct_size = sizeof kSeen, .seen_in_host = seen_in_host, .seen_in_node = seen_in_node};

static const void* get_extension(const char* extension_id) {
  if (strcmp(extension_id, NEXT_EXTENSION) == 0) return &kSeen;
  const bp_plugin_t* given = atomic_load(&base);
  return given->get_extension != NULL ? given->get_extension(extension_id) : NULL;
}

/* A copy of the other's answer, made at the first question. */
static const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  const bp_device_info_t* given = atomic_load(&base)->device_info(host, index);
  if (given == NULL || index >= kMostDevices) return NULL;
  mtx_lock(&devices_lock);
  if (devices[index].struct_size == 0) {
    devices[index] = *given;
    devices[index].next_field = NEXT_MARK;
  }
  mtx_unlock(&devices_lock);
  return &devices[index];
}

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  atomic_store(&host_field, BP_HAS(bp_host_t, host, next_field) ? host->next_field : 0);
  return atomic_load(&base)->device_open(host, index, options, option_count, out_device);
}

static void look_at(const bp_node_t* node) {
  atomic_store(&node_field, BP_HAS(bp_node_t, node, next_field) ? node->next_field : 0);
}

static bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  look_at(node);
  return atomic_load(&base)->kernel->supports(device, node);
}

static bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node,
                                 bp_kernel_t** out_kernel) {
  look_at(node);
  return atomic_load(&base)->kernel->kernel_create(device, node, out_kernel);
}

static void fill(void) {
  mtx_init(&devices_lock, mtx_plain);
  const bp_plugin_t* given = atomic_load(&base);
  plugin = *given;
  memory = *given->memory;
  kernel = *given->kernel;
  plugin.id = "org.backplane.selftest.to-come"; /* else a shipped one may serve in its place */
  plugin.memory = &memory;
  plugin.kernel = &kernel;
  plugin.device_info = device_info;
  plugin.device_open = device_open;
  if (getenv("BACKPLANE_NEXT_TELLS") != NULL) plugin.get_extension = get_extension;
  kernel.supports = supports;
  kernel.kernel_create = kernel_create;
  if (given->stream != NULL) {
    stream = *given->stream;
    stream.next_function = next_function;
    plugin.stream = &stream;
  }
  plugin.next_field = NEXT_MARK;
  memory.next_function = kernel.next_function = next_function;
}

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  const bp_plugin_t* given = next_base_query(host);
  if (given == NULL) return NULL;
  atomic_store(&base, given);
  call_once(&filled, fill);
  return &plugin;
}
