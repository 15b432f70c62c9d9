/* Answers each query with another table. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.changing-table");
  static bp_plugin_t other;
  static int queries;
  other = plugin;
  return queries++ % 2 == 0 ? &plugin : &other;
}
