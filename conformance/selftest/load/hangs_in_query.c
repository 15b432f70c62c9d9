/* Never returns from its query. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.hangs-in-query");
  for (;;) pause();
  return &plugin;
}
