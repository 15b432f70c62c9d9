// The plugin's file as a host opens it, for cases in a worker that has not opened it yet.
#pragma once

#include <backplane/plugin.h>

#include "run/subject.hpp"

namespace backplane::conformance {

// Opened the way a host opens it, but never beside another copy's symbols. Stays open until close.
class PluginFile {
 public:
  explicit PluginFile(const Subject& subject);
  PluginFile(const PluginFile&) = delete;
  PluginFile& operator=(const PluginFile&) = delete;

  // What bp_plugin_query answers; may be NULL.
  const bp_plugin_t* query(const bp_host_t* host) const;
  void close();

 private:
  using Query = const bp_plugin_t* (*)(const bp_host_t*);

  const Subject& subject_;
  void* handle_ = nullptr;
  Query query_ = nullptr;
};

// The answer to the suite's own host; NULL is a failure of the case.
const bp_plugin_t* answer(Subject& subject, const PluginFile& file);
// A plugin without one ends the case as unsupported.
void need_unload(const bp_plugin_t* plugin);
uint32_t device_count(const bp_plugin_t* plugin, const bp_host_t* host);

}  // namespace backplane::conformance
