// The one symbol that the cpu plugin exports, and the table behind it.
#include <backplane/plugin.hpp>

#include "kernel.hpp"
#include "tables.hpp"

namespace {

using namespace backplane::cpu;  // NOLINT(google-build-using-namespace)

const bp_plugin_t kPlugin = {
    sizeof(bp_plugin_t),
    {BP_ABI_MAJOR, BP_ABI_MINOR},
    kDomain,
    BP_CPU_VERSION,
    "Backplane",
    BP_CPU_VERSION,
    BP_SANITIZERS,
    &kMemoryApi,
    &kKernelApi,
    &kStreamApi,
    device_info,
    device_open,
    device_close,
    get_extension,
    // unload: none, so the library stays mapped. OpenMP keeps its team of threads for the life of
    // the process, and gives a library no way to end it.
    nullptr,
};

}  // namespace

extern "C" BP_EXPORT const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  return backplane::plugin::answer_query(host, kPlugin);
}
