/* Ends the process in its query, as if all were well. */
#include <stdlib.h>

#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.exits-in-query");
  exit(0);
  return &plugin;
}
