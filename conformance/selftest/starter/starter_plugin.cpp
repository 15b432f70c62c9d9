// libbp_starter.so: the cpu plugin with the operators of the profile "starter" (of any type) and no
// others, as a vendor's first plugin may have them. The device option "lacks" turns this round: all
// but the operator of this name.
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base.hpp"

namespace backplane::selftest {
namespace {

// conformance/profiles/starter.txt
constexpr const char* kStarter[] = {
    "Add",     "AveragePool", "BatchNormalization",
    "Clip",    "Concat",      "Conv",
    "Div",     "Flatten",     "Gemm",
    "MatMul",  "MaxPool",     "GlobalAveragePool",
    "Mul",     "Pow",         "ReduceMean",
    "Relu",    "Reshape",     "Sigmoid",
    "Softmax", "Sqrt",        "Sub",
    "Tanh",    "Transpose",
};

struct Opened {
  const bp_host_t* host = nullptr;
  std::string lacks;  // "": all but those of the profile

  bool has(const std::string& op) const {
    if (!lacks.empty()) return op != lacks;
    return std::find(std::begin(kStarter), std::end(kStarter), op) != std::end(kStarter);
  }
};

Tables tables;
std::mutex mutex_of_devices;
std::map<bp_device_t*, Opened> devices;

Opened opened(bp_device_t* device) {
  const std::lock_guard<std::mutex> lock(mutex_of_devices);
  return devices[device];
}

// "lacks" is nothing that the cpu plugin knows.
bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  Opened device = {host, ""};
  std::vector<bp_option_t> others;
  for (uint32_t i = 0; i < option_count; ++i)
    if (std::strcmp(options[i].key, "lacks") == 0)
      device.lacks = options[i].value;
    else
      others.push_back(options[i]);
  const bp_status_t code = honest().plugin->device_open(
      host, index, others.data(), static_cast<uint32_t>(others.size()), out_device);
  const std::lock_guard<std::mutex> lock(mutex_of_devices);
  if (code == BP_OK) devices[*out_device] = device;
  return code;
}

bp_status_t check(bp_device_t* device, const bp_node_t* node) {
  const Opened of = opened(device);
  const std::string op = node->op;
  return of.has(op) ? BP_OK
                    : refuse(of.host, BP_STATUS_UNSUPPORTED, ("starter has no " + op).c_str());
}

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  const bp_status_t known = check(device, node);
  return known == BP_OK ? honest().kernel->supports(device, node) : known;
}

bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  const bp_status_t known = check(device, node);
  return known == BP_OK ? honest().kernel->kernel_create(device, node, out_kernel) : known;
}

const bp_plugin_t* build(const bp_host_t* host) {
  if (!load_base(host, "org.backplane.selftest.starter", &tables)) return nullptr;
  tables.kernel.supports = supports;
  tables.kernel.kernel_create = kernel_create;
  tables.plugin.device_open = device_open;
  tables.plugin.get_extension = nullptr;  // what is the cpu plugin's alone
  return &tables.plugin;
}

}  // namespace
}  // namespace backplane::selftest

extern "C" const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  static const bp_plugin_t* const plugin = backplane::selftest::build(host);
  return plugin;
}
