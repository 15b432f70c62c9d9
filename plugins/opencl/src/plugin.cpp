// The one symbol that the opencl plugin exports, and the table behind it.
#include <backplane/plugin.hpp>

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
    get_extension,
    nullptr,  // unload: none, so the library stays mapped; drivers keep their threads
};

}  // namespace

extern "C" BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  return backplane::plugin::answer_query(host, kPlugin);
}
