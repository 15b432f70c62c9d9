// What bp_plugin_query answers.
#ifndef BACKPLANE_PLUGIN_QUERY_HPP
#define BACKPLANE_PLUGIN_QUERY_HPP

#include <backplane/plugin.h>

#include <backplane/plugin/error.hpp>
#include <string>

namespace backplane::plugin {

// Can a plugin built with these headers work with a host of this ABI? A newer host knows itself
// which older plugins it takes. [BP-HOST-12]
constexpr bool can_work_with(const bp_version_t& host) {
  return host.major == BP_ABI_MAJOR && (BP_ABI_MAJOR != 0 || host.minor >= BP_ABI_MINOR);
}

// The table, or NULL after a refusal that names both versions. [BP-PLUGIN-5]
inline const bp_plugin_t* answer_query(const bp_host_t* host, const bp_plugin_t& table) noexcept {
  if (host == nullptr) return nullptr;
  if (can_work_with(host->abi)) return &table;
  guarded(host, [&] {
    const auto text = [](const bp_version_t& version) {
      return std::to_string(version.major) + "." + std::to_string(version.minor);
    };
    fail(BP_STATUS_UNSUPPORTED, std::string(table.id) + " is built for ABI " + text(table.abi) +
                                    ", the host has " + text(host->abi) +
                                    "; use a plugin and a host of one version");
  });
  return nullptr;
}

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_QUERY_HPP
