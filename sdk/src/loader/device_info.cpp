#include "loader/device_info.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace backplane {
namespace {

constexpr uint32_t kLeastStreamDepth = 64;
constexpr uint64_t kLeastCaptureSize = 65536;
constexpr size_t kLeastSize =
    offsetof(bp_device_info_t, wait_limit_ns) + sizeof(bp_device_info_t::wait_limit_ns);

bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

Status check_texts(const bp_device_info_t& info) {
  for (const auto& [field, text] :
       {std::pair{"name", info.name}, std::pair{"architecture", info.architecture},
        std::pair{"driver_version", info.driver_version}, std::pair{"uuid", info.uuid},
        std::pair{"bus_address", info.bus_address}})
    if (text == nullptr) return internal(std::string(field) + " is NULL; it must be a text");
  return {};
}

Status check_sizes(const bp_device_info_t& info) {
  if (info.max_buffer_size == 0) return internal("max_buffer_size is 0: no tensor would fit");
  for (const auto& [field, value] : {std::pair{"buffer_alignment", info.buffer_alignment},
                                     std::pair{"offset_alignment", info.offset_alignment},
                                     std::pair{"preferred_alignment", info.preferred_alignment}})
    if (!is_power_of_two(value))
      return internal(std::string(field) + " is " + std::to_string(value) +
                      ", which is no power of two");
  return {};
}

Status check_streams(const bp_device_info_t& info, bool plugin_has_streams) {
  if ((info.flags & BP_DEVICE_FLAG_SYNCHRONOUS) != 0) return {};
  if (!plugin_has_streams)
    return internal("it is not SYNCHRONOUS, and the plugin has no stream table");
  if (info.stream_depth < kLeastStreamDepth)
    return internal("stream_depth is " + std::to_string(info.stream_depth) +
                    "; a device with streams takes at least " + std::to_string(kLeastStreamDepth));
  if (info.capture_size < kLeastCaptureSize)
    return internal("capture_size is " + std::to_string(info.capture_size) +
                    "; a device with streams takes at least " + std::to_string(kLeastCaptureSize));
  return {};
}

}  // namespace

Status check_device_info(const bp_device_info_t& info, bool plugin_has_streams) {
  if (info.struct_size < kLeastSize)
    return internal("bp_device_info_t::struct_size is " + std::to_string(info.struct_size) +
                    ", and that of ABI 0.2 is " + std::to_string(kLeastSize));
  if (Status status = check_texts(info); !status.ok()) return status;
  if (Status status = check_sizes(info); !status.ok()) return status;
  return check_streams(info, plugin_has_streams);
}

const char* device_kind_name(bp_device_kind_t kind) {
  switch (kind) {
    case BP_DEVICE_CPU:
      return "CPU";
    case BP_DEVICE_GPU:
      return "GPU";
    case BP_DEVICE_NPU:
      return "NPU";
    default:
      return "other";
  }
}

}  // namespace backplane
