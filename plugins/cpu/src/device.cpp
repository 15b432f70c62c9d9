// The plugin's two devices: what they say of themselves, opening and closing.
#include "device.hpp"

#include <backplane/plugin.hpp>
#include <backplane/plugin/option.hpp>
#include <cstdio>
#include <string_view>

#include "chip.hpp"
#include "stream.hpp"
#include "tables.hpp"

namespace backplane::cpu {

namespace {

using plugin::fail;

// Both devices are the same chip. The texts live as long as the plugin.
struct Description {
  std::string name = chip_name();
  std::string architecture = chip_architecture();
  std::string uuid[2];
  bp_device_info_t info[2];

  Description() {
    for (uint32_t index : {kSynchronousDevice, kAsynchronousDevice}) {
      uuid[index] = identity() + "-" + std::to_string(index);
      info[index] = describe(index);
    }
  }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  // The name's hash (FNV-1a): a processor has no number that a program may read.
  std::string identity() const {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
  }

  bp_device_info_t describe(uint32_t index) const {
    const bool is_asynchronous = index == kAsynchronousDevice;
    bp_device_info_t made = {};
    made.struct_size = sizeof made;
    made.kind = BP_DEVICE_CPU;
    made.flags = BP_DEVICE_FLAG_HOST_ADDRESSABLE;
    if (!is_asynchronous) made.flags |= BP_DEVICE_FLAG_SYNCHRONOUS;
    made.dlpack_type = 1;  // kDLCPU
    made.name = name.c_str();
    made.architecture = architecture.c_str();
    made.driver_version = "oneDNN " BP_CPU_DNNL_VERSION;
    made.uuid = uuid[index].c_str();
    made.bus_address = "";
    made.max_buffer_size = physical_memory();
    made.buffer_alignment = kBufferAlignment;
    made.offset_alignment = 1;
    made.preferred_alignment = kBufferAlignment;
    if (is_asynchronous) {
      made.stream_depth = kStreamDepth;
      made.capture_size = kCaptureSize;
    }
    return made;
  }
};

void set_option(Device& device, const bp_option_t& option) {
  const std::string_view key = option.key != nullptr ? option.key : "";
  if (key == "bp.memory-limit") {
    device.memory_limit = plugin::whole_number(option);
  } else if (key == "bp.threads") {
    const uint64_t threads = plugin::whole_number(option);
    if (threads == 0 || threads > kMaxThreads)
      fail(BP_STATUS_INVALID_ARGUMENT, "option bp.threads: " + std::to_string(threads) +
                                           " is not from 1 to " + std::to_string(kMaxThreads));
    device.threads = static_cast<uint32_t>(threads);
  } else if (!plugin::may_be_ignored(option)) {
    fail(BP_STATUS_INVALID_ARGUMENT, "the cpu plugin has no option \"" + std::string(key) +
                                         "\"; it has bp.memory-limit and bp.threads");
  }
}

plugin::Losses& losses() {
  static plugin::Losses of_this_process;
  return of_this_process;
}

std::unique_ptr<Device> make_device(const bp_host_t* host, uint32_t index) {
  auto device = std::make_unique<Device>();
  device->host = host;
  device->index = index;
  device->memory_limit = UINT64_MAX;
  device->loss = losses().join(index);
  device->host_space = {device.get(), BP_MEMORY_DEVICE, nullptr, UINT64_MAX, false, {}};
  return device;
}

}  // namespace

const bp_device_info_t* device_info(const bp_host_t* host, uint32_t index) {
  const bp_device_info_t* found = nullptr;
  plugin::guarded(host, [&] {
    static const Description description;  // made here, not in the query, which touches nothing
    if (index <= kAsynchronousDevice) found = &description.info[index];
  });
  return found;
}

bp_status_t device_open(const bp_host_t* host, uint32_t index, const bp_option_t* options,
                        uint32_t option_count, bp_device_t** out_device) {
  return plugin::guarded(host, [&] {
    if (index > kAsynchronousDevice)
      fail(BP_STATUS_INVALID_ARGUMENT,
           "the cpu plugin has devices 0 and 1, not " + std::to_string(index));
    auto device = make_device(host, index);
    for (uint32_t i = 0; i < option_count; ++i) set_option(*device, options[i]);
    *out_device = reinterpret_cast<bp_device_t*>(device.release());
  });
}

void device_close(bp_device_t* device) { delete reinterpret_cast<Device*>(device); }

}  // namespace backplane::cpu
