/* Says that a table is shorter than any version of it. */
#include "minimal.h"

static bp_memory_api_t memory;
static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.short-table");
  memory = minimal_memory;
  memory.struct_size = offsetof(bp_memory_api_t, read);
  plugin.memory = &memory;
  return &plugin;
}
