// libbp_cpu_faulty.so: the cpu plugin with one fault, chosen by BACKPLANE_FAULT (none: honest).
// Never installed; the cpu plugin itself holds no fault code.
#include <cstdlib>
#include <cstring>
#include <string>

#include "fault.hpp"
#include "passes.hpp"

namespace backplane::selftest {
namespace {

Tables tables;

bool plant(const char* id) {
  for (const auto& faults : {memory_faults(),        memory_transfer_faults(),
                             memory_buffer_faults(), memory_optional_faults(),
                             stream_faults(),        stream_wait_faults(),
                             stream_end_faults(),    stream_work_faults(),
                             operator_faults(),      arithmetic_faults(),
                             behaviour_faults(),     abi_faults(),
                             node_faults(),          axis_faults(),
                             movement_faults(),      window_faults(),
                             composite_faults(),     number_faults(),
                             quantised_faults(),     order_faults(),
                             recurrent_faults(),     choice_faults(),
                             loss_faults(),          circumstance_faults(),
                             pass_faults()})
    for (const Fault& fault : faults) {
      if (std::strcmp(fault.id, id) != 0) continue;
      fault.plant(&tables);
      return true;
    }
  return false;
}

const bp_plugin_t* build(const bp_host_t* host) {
  if (!load_base(host, "org.backplane.selftest.faulty", &tables)) return nullptr;
  offer_passes(&tables);
  const char* fault = std::getenv("BACKPLANE_FAULT");
  if (fault == nullptr || *fault == '\0' || plant(fault)) return &tables.plugin;
  refuse(host, BP_STATUS_INVALID_ARGUMENT,
         (std::string("BACKPLANE_FAULT names no fault: ") + fault).c_str());
  return nullptr;
}

// Faults of negotiation are here, before there are any tables to plant the others in.
bool refuses(const bp_host_t& host, const std::string& fault) {
  static const bp_version_t first = host.abi;
  if (fault == "takes-any-major") return false;
  if (fault == "keeps-its-first-answer" && first.major != BP_ABI_MAJOR) return true;
  if (fault == "takes-one-minor-alone" && host.abi.minor != BP_ABI_MINOR) return true;
  return host.abi.major != BP_ABI_MAJOR || host.abi.minor < BP_ABI_MINOR;
}

const bp_plugin_t* refuse_version(const bp_host_t& host, const std::string& fault) {
  std::string text = "built for ABI 0.2, the host speaks " + std::to_string(host.abi.major) + "." +
                     std::to_string(host.abi.minor);
  if (fault == "logs-its-refusal") host.log(host.self, BP_LOG_ERROR, text.c_str());
  if (fault == "refuses-without-versions") text = "this host is of another ABI";
  refuse(&host, BP_STATUS_UNSUPPORTED, text.c_str());
  return nullptr;
}

}  // namespace

}  // namespace backplane::selftest

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  const char* given = std::getenv("BACKPLANE_FAULT");
  const std::string fault = given != nullptr ? given : "";
  if (backplane::selftest::refuses(*host, fault))
    return backplane::selftest::refuse_version(*host, fault);
  bp_host_t own = *host;
  own.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
  static const bp_plugin_t* const plugin = backplane::selftest::build(&own);
  return plugin;
}
