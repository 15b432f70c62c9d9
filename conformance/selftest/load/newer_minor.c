/* Built for a later minor version; while major is 0, a host takes no later one. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.newer-minor");
  plugin.abi.minor = 99;
  return &plugin;
}
