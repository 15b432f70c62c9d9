/* Exports a second symbol. */
#include "minimal.h"

BP_EXPORT int acme_second_symbol = 2;

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.two-symbols");
  return &plugin;
}
