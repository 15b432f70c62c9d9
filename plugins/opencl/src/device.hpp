// An OpenCL device, opened: one context, and what all objects made from it share.
#pragma once

#include <atomic>
#include <backplane/plugin.hpp>
#include <backplane/plugin/loss.hpp>
#include <backplane/plugin/test_hooks.hpp>
#include <memory>
#include <string>
#include <type_traits>

#include "calls.hpp"
#include "kernels/tuning.hpp"
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
  // After the last of its calls has returned.
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // The driver has said, in `words`, that the device is gone. From now on nobody waits for it, on
  // this open or another: what is to be done when work ends is done at once, with that status. Any
  // thread, any number of times.
  void lose(const std::string& words) { loss->lose(words); }

  const bp_host_t* const host;
  const DeviceFacts& facts;
  const Context context;
  const Cache cache;
  const uint64_t memory_limit;
  std::atomic<uint64_t> memory_used{0};  // bytes of live buffers
  Programs programs;
  Tuning tuning;
  plugin::TestHooks hooks;
  const std::shared_ptr<plugin::Loss> loss;  // of all opens of this device
  const std::shared_ptr<Calls> calls;        // whoever loses the device may hold it for a moment
};

inline Device& as_device(bp_device_t* device) { return *reinterpret_cast<Device*>(device); }

// One call of the ABI on this device: what `body` throws, or returns if it returns a status. None
// comes through to a device that was lost, nor one that a test wants to fail.
template <class Body>
bp_status_t served(Device& device, bp_test_function_t function, Body body) {
  bp_status_t status = BP_OK;
  const bp_status_t thrown = plugin::guarded(device.host, [&] {
    device.loss->require_there();
    device.hooks.enter(function);
    try {
      if constexpr (std::is_void_v<decltype(body())>)
        body();
      else
        status = body();
    } catch (const plugin::Error& error) {
      if (error.status() == BP_STATUS_DEVICE_LOST) device.lose(error.what());
      throw;
    }
  });
  return thrown != BP_OK ? thrown : status;
}

}  // namespace backplane::opencl
