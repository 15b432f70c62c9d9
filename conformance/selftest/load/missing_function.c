/* Leaves a function NULL that every plugin must have. */
#include "minimal.h"

static bp_memory_api_t memory;
static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.missing-function");
  memory = minimal_memory;
  memory.write = NULL;
  plugin.memory = &memory;
  return &plugin;
}
