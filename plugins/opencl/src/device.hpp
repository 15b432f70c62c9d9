// An OpenCL device, opened: one context, and what all objects made from it share.
#pragma once

#include <atomic>
#include <backplane/plugin.hpp>
#include <string>

#include "platform.hpp"
#include "program.hpp"

namespace backplane::opencl {

constexpr uint32_t kStreamDepth = 4096;
constexpr uint64_t kCaptureSize = uint64_t{64} << 20;

// What device_open was told.
struct DeviceOptions {
  uint64_t memory_limit = UINT64_MAX;  // bytes of live buffers
  std::string cache_folder;            // "": nothing is kept
  std::string build_flags;             // of every program, after the plugin's own
  std::string platform, name;          // parts of what the device must be called
};

struct Device {
  Device(const bp_host_t* its_host, uint32_t its_index, const DeviceOptions& options = {});
  // After the last callback of the driver's has returned.
  ~Device();

  const bp_host_t* const host;
  const uint32_t index;
  const DeviceFacts& facts;
  const Context context;
  const Cache cache;
  const uint64_t memory_limit;
  std::atomic<uint64_t> memory_used{0};  // bytes of live buffers
  std::atomic<uint32_t> callbacks{0};    // that the driver has still to make, or is making
  Programs programs;
};

inline Device& as_device(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }

}  // namespace backplane::opencl
