// A stream of any device. On a synchronous one there is no stream in the plugin: all work given is
// done already, and everything here says so.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "loader/device.hpp"
#include "stream/worker.hpp"

namespace backplane {

constexpr uint64_t kForever = UINT64_MAX;  // see base.h on timeouts

class Stream {
 public:
  static Result<std::shared_ptr<Stream>> create(const std::shared_ptr<Device>& device,
                                                bp_stream_flags_t flags);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Waits for the work, host calls included, and ends the plugin's stream; the object stays, and
  // says that it has ended. After all other calls that give it work; a second time does nothing.
  void end();
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

  // The right to give work: calls on one stream come from one thread at a time. [BP-HOST-11]
  class Turn {
   public:
    Turn() = default;
    Turn(Stream* stream, std::unique_lock<std::mutex> lock)
        : stream_(stream), lock_(std::move(lock)) {}
    bool has_it() const { return stream_ != nullptr; }
    bp_stream_t* handle() const { return stream_->handle_; }  // NULL on a synchronous device

   private:
    Stream* stream_ = nullptr;
    std::unique_lock<std::mutex> lock_;
  };
  Turn turn();      // waits for it; free on a synchronous device
  Turn try_turn();  // without it when another thread has it, or the stream has ended

  // As bp_stream_api_t::stream_synchronize; nothing to wait for once it has ended. Unlike other
  // calls it may come while another thread ends the stream.
  Status synchronize(uint64_t timeout_ns);

  Device& device() const { return *device_; }  // not once it has ended
  const std::shared_ptr<Device>& shared_device() const { return device_; }
  bool is_timed() const { return is_timed_; }
  Worker& helper() { return helper_; }  // waits in the host's place; see host_call.hpp

 private:
  bool begin_to_wait();
  void end_of_wait();
  void keep_waiters_out();

  Stream(std::shared_ptr<Device> device, bool is_timed)
      : device_(std::move(device)), is_timed_(is_timed) {}

  std::shared_ptr<Device> device_;
  const bool is_timed_;
  bp_stream_t* handle_ = nullptr;
  std::mutex order_;
  std::atomic<bool> has_ended_{false};
  std::mutex mutex_;  // of waiters_
  std::condition_variable waiters_changed_;
  int waiters_ = 0;  // threads in stream_synchronize; below 0 when the stream ends
  Worker helper_;
};

}  // namespace backplane
