// Lets an exception out of its query.
#include <backplane/plugin.h>

#include <stdexcept>

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t*) {
  throw std::runtime_error("no licence file");
}
