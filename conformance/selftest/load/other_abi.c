/* Built for a major version that this host does not speak. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.other-abi");
  plugin.abi.major = 9;
  return &plugin;
}
