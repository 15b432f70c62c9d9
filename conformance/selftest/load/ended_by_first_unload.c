/* The first unload ends it for everybody. */
#include "minimal.h"

static bp_plugin_t plugin;
static int is_over;

static void unload(void) { is_over = 1; }

static bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                               uint32_t option_count, bp_device_t** out_device) {
  if (is_over) return minimal_fail(host, BP_STATUS_INTERNAL, "it was unloaded");
  return minimal_device_open(host, index, options, option_count, out_device);
}

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.ended-by-first-unload");
  plugin.device_open = device_open;
  plugin.unload = unload;
  return &plugin;
}
