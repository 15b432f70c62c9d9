/* Says that it was built with AddressSanitizer. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.built-with-asan");
  plugin.sanitizers = BP_SANITIZER_ADDRESS;
  return &plugin;
}
