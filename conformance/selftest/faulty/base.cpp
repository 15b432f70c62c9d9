#include "base.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace backplane::selftest {
namespace {

Honest the_honest;

const char* base_path() {
  const char* path = std::getenv("BACKPLANE_FAULT_BASE");
  return path != nullptr ? path : BACKPLANE_FAULT_DEFAULT_BASE;
}

}  // namespace

const Honest& honest() { return the_honest; }

bp_status_t refuse(const bp_host_t* host, bp_status_t status, const char* text) {
  host->explain(host->self, text);
  return status;
}

bool load_base(const bp_host_t* host, const char* id, Tables* tables) {
  void* library = dlopen(base_path(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    refuse(host, BP_STATUS_INTERNAL, dlerror());
    return false;
  }
  const auto query =
      reinterpret_cast<decltype(&bp_plugin_query)>(dlsym(library, "bp_plugin_query"));
  const bp_plugin_t* plugin = query != nullptr ? query(host) : nullptr;
  if (plugin == nullptr) return false;
  the_honest = {plugin, plugin->memory, plugin->stream, plugin->kernel};
  *tables = {*plugin, *plugin->memory, *plugin->stream, *plugin->kernel};
  tables->plugin.id = id;
  tables->plugin.memory = &tables->memory;
  tables->plugin.stream = &tables->stream;
  tables->plugin.kernel = &tables->kernel;
  return true;
}

}  // namespace backplane::selftest
