// The one symbol that the opencl plugin exports, and the table behind it.
#include <backplane/plugin.hpp>
#include <string>

#include "tables.hpp"

namespace {

using namespace backplane::opencl;  // NOLINT(google-build-using-namespace)

const bp_plugin_t kPlugin = {
    sizeof(bp_plugin_t),
    {BP_ABI_MAJOR, BP_ABI_MINOR},
    "org.backplane.opencl",
    BP_OPENCL_VERSION,
    "Backplane",
    BP_OPENCL_VERSION,
    BP_SANITIZERS,
    &kMemoryApi,
    &kKernelApi,
    &kStreamApi,
    device_info,
    device_open,
    device_close,
    nullptr,  // get_extension: none yet
    nullptr,  // unload: none, so the library stays mapped; drivers keep their threads
};

// The rule of base.h: while MAJOR is 0, minor 1 meets only itself.
bool can_work_with(const bp_version_t& host) {
  if (host.major != BP_ABI_MAJOR) return false;
  return BP_ABI_MAJOR != 0 || host.minor == BP_ABI_MINOR ||
         (BP_ABI_MINOR >= 2 && host.minor > BP_ABI_MINOR);
}

std::string to_text(const bp_version_t& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

}  // namespace

extern "C" BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  if (host == nullptr) return nullptr;
  if (can_work_with(host->abi)) return &kPlugin;
  backplane::plugin::guarded(host, [&] {
    backplane::plugin::fail(BP_STATUS_UNSUPPORTED, "the opencl plugin speaks Backplane ABI " +
                                                       to_text(kPlugin.abi) + ", this host " +
                                                       to_text(host->abi) +
                                                       "; use a plugin and a host of one version");
  });
  return nullptr;
}
