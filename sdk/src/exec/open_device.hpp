// A device with all that the host adds to it: pools of its memory, streams to wait on, constants
// that were uploaded. Sessions, prepared operators and the C API's objects share one.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "memory/pool.hpp"
#include "ops/node.hpp"
#include "stream/stream.hpp"

namespace backplane::exec {

// A constant in the device's memory, for as long as somebody holds it.
struct DeviceConstant {
  ops::ConstantPtr constant;
  Pool::Memory memory;  // empty where the device reads the host's own bytes
  bp_buffer_t* buffer = nullptr;
  uint64_t offset = 0;
};

class OpenDevice {
 public:
  OpenDevice(std::shared_ptr<Device> device, uint64_t memory_limit);
  ~OpenDevice();  // its streams have ended
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  Device& device() const { return *device_; }
  const std::shared_ptr<Device>& shared_device() const { return device_; }
  Pool& pool() const { return *pool_; }
  Pool& staging() const { return *staging_; }

  // The buffer that is the host's address space, or nullptr; see reads_host().
  bp_buffer_t* host_space() const { return host_space_; }
  // Can kernels work on these bytes of the host's where they lie?
  bool reads_host(const void* bytes) const {
    return host_space_ != nullptr &&
           reinterpret_cast<uintptr_t>(bytes) % device_->info().offset_alignment == 0;
  }

  // A stream for work that the host waits for; nobody else uses it meanwhile. Of a synchronous
  // device without a lock.
  class Lease {
   public:
    Lease(OpenDevice* owner, std::shared_ptr<Stream> stream)
        : owner_(owner), stream_(std::move(stream)) {}
    ~Lease();
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    Stream& stream() const { return *stream_; }
    Status finish();  // waits; the work's failure, if any

   private:
    OpenDevice* owner_;
    std::shared_ptr<Stream> stream_;
  };
  Result<Lease> lease();

  Result<std::shared_ptr<Stream>> create_stream(bp_stream_flags_t flags);
  // Gives up a kernel, or what holds some, when no stream can still have work on it. [BP-HOST-5]
  void retire(std::shared_ptr<const void> kernels);
  void sweep_retired();  // what can be given up by now
  // All of it: every stream has ended. What was retired may hold this device, so its last user
  // asks for this before he goes, or neither would.
  void give_up_retired();

  // Uploaded once, however many ask: equal ids are equal bytes.
  Result<std::shared_ptr<const DeviceConstant>> upload(const ops::ConstantPtr& constant);

 private:
  void give_back(std::shared_ptr<Stream> stream);
  Status place(DeviceConstant& target);
  void forget_unused();
  std::vector<Mark> marks_of_streams();
  void sweep();

  const std::shared_ptr<Device> device_;
  std::shared_ptr<Stream> all_done_;  // of a synchronous device: one for everybody, nothing to lock
  const std::shared_ptr<Pool> pool_;
  const std::shared_ptr<Pool> staging_;
  bp_buffer_t* const host_space_;

  struct Retired {
    std::shared_ptr<const void> kernels;
    std::vector<Mark> marks;
  };

  EventCache events_;
  std::mutex mutex_of_retired_;
  uint64_t sequence_ = 0;
  std::vector<std::weak_ptr<Stream>> streams_;  // of create_stream()
  std::vector<Retired> retired_;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Stream>> idle_;
  std::mutex mutex_of_constants_;  // held while one is uploaded, so that nobody does it twice
  size_t constants_used_ = 64;     // when they were counted last
  std::unordered_map<uint64_t, std::weak_ptr<const DeviceConstant>> constants_;
};

}  // namespace backplane::exec
