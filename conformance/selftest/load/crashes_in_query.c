/* Writes to address 0 in its query. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.crashes-in-query");
  volatile int* volatile nowhere = NULL;
  *nowhere = 1;
  return &plugin;
}
