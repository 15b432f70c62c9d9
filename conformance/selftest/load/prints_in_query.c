/* Prints in its query. */
#include <stdio.h>

#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.prints-in-query");
  puts("Acme driver 7 says hello");
  puts("and a second line");
  return &plugin;
}
