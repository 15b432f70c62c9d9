// libbp_faulty.so: the cpu plugin with one fault, chosen by BACKPLANE_FAULT (none: honest). Never
// installed; the cpu plugin itself holds no fault code.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

Honest the_honest;
Tables tables;

// The cpu plugin's path: BACKPLANE_FAULT_BASE, else the one that this was built beside.
const char* base_path() {
  const char* path = std::getenv("BACKPLANE_FAULT_BASE");
  return path != nullptr ? path : BACKPLANE_FAULT_DEFAULT_BASE;
}

const bp_plugin_t* refuse(const bp_host_t* host, const std::string& text) {
  host->explain(host->self, text.c_str());
  return nullptr;
}

bool plant(const char* id) {
  for (const auto& faults : {memory_faults(), stream_faults(), operator_faults()})
    for (const Fault& fault : faults) {
      if (std::strcmp(fault.id, id) != 0) continue;
      fault.plant(&tables);
      return true;
    }
  return false;
}

const bp_plugin_t* build(const bp_host_t* host) {
  void* library = dlopen(base_path(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refuse(host, dlerror());
  const auto query =
      reinterpret_cast<decltype(&bp_plugin_query)>(dlsym(library, "bp_plugin_query"));
  const bp_plugin_t* plugin = query != nullptr ? query(host) : nullptr;
  if (plugin == nullptr) return nullptr;
  the_honest = {plugin, plugin->memory, plugin->stream, plugin->kernel};
  tables = {*plugin, *plugin->memory, *plugin->stream, *plugin->kernel};
  tables.plugin.id = "org.backplane.selftest.faulty";
  tables.plugin.memory = &tables.memory;
  tables.plugin.stream = &tables.stream;
  tables.plugin.kernel = &tables.kernel;
  const char* fault = std::getenv("BACKPLANE_FAULT");
  if (fault != nullptr && *fault != '\0' && !plant(fault))
    return refuse(host, std::string("BACKPLANE_FAULT names no fault: ") + fault);
  return &tables.plugin;
}

}  // namespace

const Honest& honest() { return the_honest; }

}  // namespace backplane::selftest

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  const char* fault = std::getenv("BACKPLANE_FAULT");
  const bool takes_any_host = fault != nullptr && std::strcmp(fault, "takes-any-major") == 0;
  if (host->abi.major != BP_ABI_MAJOR && !takes_any_host)
    return backplane::selftest::refuse(host, "built for ABI 0.2, the host speaks " +
                                                 std::to_string(host->abi.major) + "." +
                                                 std::to_string(host->abi.minor));
  bp_host_t own = *host;
  own.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  static const bp_plugin_t* const plugin = backplane::selftest::build(&own);
  return plugin;
}
