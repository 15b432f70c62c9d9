/* Works with a host's table as its own headers have it, and with no other: a host whose table has
 * one function more is refused. */
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  if (host->struct_size != sizeof(bp_host_t)) {
    host->explain(host->self, "bp_host_t::struct_size is not what this was built with");
    return NULL;
  }
  plugin = minimal_plugin("org.backplane.selftest.demands-one-size");
  return &plugin;
}
