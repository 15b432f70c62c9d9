// What the plugin's devices say of themselves; opening and closing.
#include "device.hpp"

#include <backplane/plugin/option.hpp>
#include <sstream>
#include <string_view>

#include "signals.hpp"
#include "tables.hpp"

namespace backplane::opencl {

namespace {

using plugin::fail;
using plugin::guarded;

constexpr char kPlatformKey[] = "org.backplane.opencl.platform";
constexpr char kDeviceKey[] = "org.backplane.opencl.device";
constexpr char kBuildFlagsKey[] = "org.backplane.opencl.build-flags";

bp_device_kind_t kind_of(cl_device_type type) {
  if ((type & CL_DEVICE_TYPE_CPU) != 0) return BP_DEVICE_CPU;
  if ((type & CL_DEVICE_TYPE_GPU) != 0) return BP_DEVICE_GPU;
  return BP_DEVICE_OTHER;
}

bp_device_info_t describe(const DeviceFacts& facts) {
  bp_device_info_t info = {};
  info.struct_size = sizeof info;
  info.kind = kind_of(facts.type);
  info.vendor_id = facts.vendor_id;
  info.dlpack_type = 4;  // kDLOpenCL
  info.name = facts.name.c_str();
  info.architecture = facts.architecture.c_str();
  info.driver_version = facts.driver_version.c_str();
  info.uuid = facts.uuid.c_str();
  info.bus_address = "";
  info.memory_size = facts.shares_host_memory ? 0 : facts.memory_size;
  info.max_buffer_size = facts.largest_buffer;
  info.buffer_alignment = 1;  // nobody sees an address
  info.offset_alignment = 1;  // kernels get offsets in elements
  info.preferred_alignment = facts.alignment > 0 ? facts.alignment : 1;
  info.stream_depth = kStreamDepth;
  info.capture_size = kCaptureSize;
  return info;
}

std::vector<bp_device_info_t> describe_all() {
  std::vector<bp_device_info_t> infos;
  for (const DeviceFacts& facts : platform().devices) infos.push_back(describe(facts));
  return infos;
}

// Compiler flags that leave results as the plugin declares them.
void check_flags(const bp_option_t& option) {
  std::istringstream flags(option.value);
  for (std::string flag; flags >> flag;)
    if (flag.rfind("-cl-", 0) == 0 && flag != "-cl-opt-disable")
      fail(BP_STATUS_INVALID_ARGUMENT, std::string(option.key) + ": " + flag +
                                           " may change results; -cl-opt-disable, -D, -I, -w and "
                                           "a driver's own are taken");
}

void set_option(DeviceOptions& options, const bp_option_t& option) {
  const std::string_view key = option.key != nullptr ? option.key : "";
  const char* value = option.value != nullptr ? option.value : "";
  if (key == "bp.memory-limit") {
    options.memory_limit = plugin::whole_number(option);
  } else if (key == "bp.cache-folder") {
    options.cache_folder = value;
  } else if (key == kPlatformKey) {
    options.platform = value;
  } else if (key == kDeviceKey) {
    options.name = value;
  } else if (key == kBuildFlagsKey) {
    check_flags({option.key, value});
    options.build_flags = value;
  } else if (!plugin::may_be_ignored(option)) {
    fail(BP_STATUS_INVALID_ARGUMENT, "the opencl plugin has no option \"" + std::string(key) +
                                         "\"; it has bp.memory-limit, bp.cache-folder, " +
                                         kPlatformKey + ", " + kDeviceKey + " and " +
                                         kBuildFlagsKey);
  }
}

// The numbers of devices move when a driver comes or goes; a name says which one is meant.
void check_name(const char* key, const std::string& wanted, const std::string& found) {
  if (found.find(wanted) == std::string::npos)
    fail(BP_STATUS_INVALID_ARGUMENT, std::string(key) + ": \"" + wanted + "\" is wanted, and \"" +
                                         found + "\" is what this device has");
}

Context make_context(const DeviceFacts& facts) {
  const SignalsKept kept;
  cl_int error = CL_SUCCESS;
  const cl_context made = cl().clCreateContext(nullptr, 1, &facts.id, nullptr, nullptr, &error);
  check(error, "clCreateContext");
  return Context(made);
}

plugin::Losses& losses() {
  static plugin::Losses of_this_process;
  return of_this_process;
}

}  // namespace

Device::Device(const bp_host_t* its_host, uint32_t its_index, const DeviceOptions& options)
    : host(its_host),
      facts(platform().devices[its_index]),
      context(make_context(facts)),
      cache(options.cache_folder.empty() ? Cache(host) : Cache(host, options.cache_folder)),
      memory_limit(options.memory_limit),
      programs(context.get(), facts, options.build_flags, cache),
      loss(losses().join(its_index)),
      calls(std::make_shared<Calls>()) {
  loss->tell(calls);
}

Device::~Device() { calls->wait_for_all(); }

const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  const bp_device_info_t* found = nullptr;
  guarded(host, [&] {
    static const std::vector<bp_device_info_t> infos = describe_all();
    if (infos.empty() && index == 0)
      host->log(host->self, BP_LOG_INFO, platform().why_none.c_str());
    if (index < infos.size()) found = &infos[index];
  });
  return found;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  return guarded(host, [&] {
    const size_t count = platform().devices.size();
    if (index >= count)
      fail(BP_STATUS_INVALID_ARGUMENT, "there is no OpenCL device " + std::to_string(index) +
                                           "; there are " + std::to_string(count));
    DeviceOptions wanted;
    for (uint32_t i = 0; i < option_count; ++i) set_option(wanted, options[i]);
    check_name(kPlatformKey, wanted.platform, platform().devices[index].platform);
    check_name(kDeviceKey, wanted.name, platform().devices[index].name);
    auto device = std::make_unique<Device>(host, index, wanted);
    *out_device = reinterpret_cast<bp_device_t*>(device.release());
  });
}

void device_close(bp_device_t* device) { delete reinterpret_cast<Device*>(device); }

}  // namespace backplane::opencl
