/* A plugin with nothing wrong, under the id and version that its target gives it. Its first device
 * has a uuid. A bad description, if its target asks for one, is its last device. */
#include "minimal.h"

#ifndef HONEST_DEVICES
#define HONEST_DEVICES 1
#endif
#ifndef HONEST_UUID
#define HONEST_UUID ""
#endif
#ifndef HONEST_BAD_DEVICES
#define HONEST_BAD_DEVICES 0
#endif

static bp_device_info_t good;
static bp_device_info_t later;
static bp_device_info_t bad;
static bp_plugin_t plugin;

static uint32_t device_count = HONEST_DEVICES;
static uint32_t bad_device_count = HONEST_BAD_DEVICES;

static const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  if (device_count + bad_device_count == 0)
    host->explain(host->self, "no such chip in this machine");
  if (index >= device_count + bad_device_count) return NULL;
  if (index >= device_count) return &bad;
  return index == 0 ? &good : &later;
}

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  good = minimal_info;
  good.uuid = HONEST_UUID;
  later = minimal_info;
  bad = minimal_info;
  bad.offset_alignment = 3;
  plugin = minimal_plugin(HONEST_ID);
  plugin.version = HONEST_VERSION;
  plugin.device_info = device_info;
  return &plugin;
}
