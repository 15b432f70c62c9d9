// A device of the cpu plugin, opened: "cpu" (every call is done when it returns) or "cpu-async"
// (in-order streams on worker threads).
#pragma once

#include <atomic>
#include <backplane/plugin.hpp>
#include <backplane/plugin/loss.hpp>
#include <backplane/plugin/test_hooks.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace backplane::cpu {

constexpr uint32_t kSynchronousDevice = 0;
constexpr uint32_t kAsynchronousDevice = 1;
constexpr uint64_t kBufferAlignment = 64;
constexpr uint32_t kMaxThreads = 1024;

struct Device;

// Memory of a device: bp_buffer_t. `data` is an address in this process; NULL in host_space.
struct Buffer {
  Device* device;
  bp_memory_kind_t kind;
  char* data;
  uint64_t size;
  bool is_owned;  // false: imported, or the host's whole address space
  plugin::Counted counted = {};

  // Whole numbers, because host_space's own address is 0.
  char* at(uint64_t offset) const {
    const uintptr_t address = reinterpret_cast<uintptr_t>(data) + offset;
    return reinterpret_cast<char*>(address);  // NOLINT(performance-no-int-to-ptr)
  }
};

// Packed copies of constants, shared by the kernels of one open device: equal (id, layout) means
// equal bytes. An entry lives as long as a kernel holds it.
class PackedConstants {
 public:
  // The bytes packed under `key` of constant `id`; made by `pack` when nobody holds them yet. With
  // id 0 nothing is shared. Any thread.
  template <class Pack>
  std::shared_ptr<const void> get(uint64_t id, const std::string& key, Pack&& pack) {
    if (id == 0) return pack();
    const std::lock_guard<std::mutex> lock(mutex_);
    std::weak_ptr<const void>& slot = packed_[{id, key}];
    std::shared_ptr<const void> bytes = slot.lock();
    if (bytes == nullptr) slot = bytes = pack();
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<uint64_t, std::string>, std::weak_ptr<const void>> packed_;
};

struct Device {
  const bp_host_t* host;
  uint32_t index;
  uint64_t memory_limit;                 // UINT64_MAX: none
  uint32_t threads = 0;                  // that one launch may use; 0: what OpenMP says
  std::atomic<uint64_t> memory_used{0};  // bytes of live buffers
  Buffer host_space;
  PackedConstants packed;
  plugin::TestHooks hooks;
  // Of all opens of this device; a processor is never lost, unless a test says so.
  std::shared_ptr<plugin::Loss> loss;

  bool is_synchronous() const { return index == kSynchronousDevice; }
};

// One call of the ABI on this device: what `body` throws, or returns if it returns a status. None
// comes through to a device that was lost [BP-DEVICE-2], nor one that a test wants to fail.
template <class Body>
bp_status_t served(Device& device, bp_test_function_t function, Body&& body) noexcept {
  bp_status_t status = BP_OK;
  const bp_status_t thrown = plugin::guarded(device.host, [&] {
    device.loss->require_there();
    device.hooks.enter(function);
    if constexpr (std::is_void_v<decltype(body())>)
      body();
    else
      status = body();
  });
  return thrown != BP_OK ? thrown : status;
}

}  // namespace backplane::cpu
