/* Starts processes in its query and never returns from it. */
#define _POSIX_C_SOURCE 200809L
#include "child_processes.h"
#include "minimal.h"

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.hangs-with-a-child");
  start_processes();
  for (;;) pause();
  return &plugin;
}
