/* Crashes while it is opened, before anything is asked of it. */
#include "minimal.h"

__attribute__((constructor)) static void crash(void) {
  volatile int* volatile nowhere = NULL;
  *nowhere = 1;
}

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.crashes-in-constructor");
  return &plugin;
}
