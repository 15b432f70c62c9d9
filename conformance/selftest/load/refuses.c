/* Refuses every host, and says why. */
#include <backplane/plugin.h>

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  host->explain(host->self, "built for ABI 7.1, and the host speaks another");
  return NULL;
}
