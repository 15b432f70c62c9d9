/* Starts processes when a device is opened, and ends none of them. */
#define _POSIX_C_SOURCE 200809L
#include "child_processes.h"
#include "minimal.h"

static bp_plugin_t plugin;

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  start_processes();
  return minimal_device_open(host, index, options, option_count, out_device);
}

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.starts-processes");
  plugin.device_open = device_open;
  return &plugin;
}
