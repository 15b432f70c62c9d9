/* Needs a library that is not where the dynamic linker looks. */
#include "minimal.h"

void backplane_selftest_absent(void);

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.missing-library");
  backplane_selftest_absent();
  return &plugin;
}
