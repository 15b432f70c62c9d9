/* Cannot be unmapped, and takes no host once it was unloaded. */
#include "minimal.h"

static bp_plugin_t plugin;
static int is_over;
static int queries;

static void unload(void) { is_over = --queries == 0; }

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  if (is_over) {
    host->explain(host->self, "it was unloaded");
    return NULL;
  }
  ++queries;
  plugin = minimal_plugin("org.backplane.selftest.stays-ended-after-unload");
  plugin.unload = unload;
  return &plugin;
}
