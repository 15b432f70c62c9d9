/* Refuses every host without a word. */
#include <backplane/plugin.h>

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  return NULL;
}
