#include "abi/plugin_file.hpp"

#include <dlfcn.h>

#include <exception>

namespace backplane::conformance {

PluginFile::PluginFile(const Subject& subject) : subject_(subject) {
  subject.entering("dlopen");
  handle_ = dlopen(subject.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) fail(std::string("it cannot be opened: ") + dlerror());
  query_ = reinterpret_cast<Query>(dlsym(handle_, "bp_plugin_query"));
  require(query_ != nullptr, "it has no bp_plugin_query");
}

const bp_plugin_t* PluginFile::query(const bp_host_t* host) const {
  subject_.entering("bp_plugin_query");
  try {
    return query_(host);
  } catch (const std::exception& error) {
    fail(std::string("an exception left bp_plugin_query: ") + error.what());
  }
}

void PluginFile::close() {
  subject_.entering("dlclose");
  dlclose(handle_);
}

const bp_plugin_t* answer(Subject& subject, const PluginFile& file) {
  const bp_plugin_t* plugin = file.query(subject.host().table());
  require(plugin != nullptr, "bp_plugin_query gave NULL" + subject.words());
  return plugin;
}

void need_unload(const bp_plugin_t* plugin) {
  if (!BP_HAS(bp_plugin_t, plugin, unload) || plugin->unload == nullptr)
    unsupported("the plugin has no unload: it stays loaded");
}

uint32_t device_count(const bp_plugin_t* plugin, const bp_host_t* host) {
  uint32_t count = 0;
  while (plugin->device_info(host, count) != nullptr) ++count;
  return count;
}

}  // namespace backplane::conformance
