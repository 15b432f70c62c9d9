/* Calls a function that nobody has: it cannot be opened. */
#include "minimal.h"

void acme_function_that_nobody_has(void);

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.undefined-symbol");
  acme_function_that_nobody_has();
  return &plugin;
}
