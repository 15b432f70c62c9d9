// An event of any device. On a synchronous one a recorded event is reached at once. Where the
// plugin cannot tell the time between two events, the host takes time stamps by host calls.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "stream/stream.hpp"

namespace backplane {

// Does the plugin answer event_elapsed on this device? False on a synchronous one.
bool has_device_time(const Device& device);

class Event {
 public:
  static Result<std::shared_ptr<Event>> create(std::shared_ptr<Device> device,
                                               bp_event_flags_t flags);
  ~Event();  // a host-signalled one that nobody signalled is signalled with CANCELLED first

  // As the functions of bp_stream_api_t, on every device. `wait` also takes a stream of another
  // device; on a synchronous one it returns when the event is reached.
  Status record(Stream& stream);
  Status wait(Stream& stream);
  Status query() const;
  Status synchronize(uint64_t timeout_ns) const;
  Status signal(bp_status_t status);
  static Status elapsed(const Event& start, const Event& end, uint64_t* out_ns);

  const Device& device() const { return *device_; }

 private:
  class Native;   // a bp_event_t
  struct Stamp;   // when a host call came
  struct Signal;  // a host-signalled event of a synchronous device
  struct Mark {   // where the event stands: copied by who waits for it
    std::shared_ptr<Native> native;
    std::shared_ptr<Signal> signal;
    std::shared_ptr<Stamp> stamp;
  };

  Event(std::shared_ptr<Device> device, bp_event_flags_t flags);

  Mark mark() const;
  bool is_timed() const { return (flags_ & BP_EVENT_FLAG_TIMED) != 0; }
  bool is_host_signaled() const { return (flags_ & BP_EVENT_FLAG_HOST_SIGNALED) != 0; }
  Status record_synchronous();
  Status record_stamp(Stream& stream, const std::shared_ptr<Stamp>& stamp);
  Result<std::shared_ptr<Native>> native_to_record();
  Status wait_elsewhere(Stream& stream);
  static Status query(const Device& device, const Mark& mark);
  static Status synchronize(const Device& device, const Mark& mark, uint64_t timeout_ns);

  const std::shared_ptr<Device> device_;
  const bp_event_flags_t flags_;
  const bool has_device_time_;
  std::atomic<bool> is_signaled_{false};
  mutable std::mutex mutex_;  // of mark_
  Mark mark_;
};

}  // namespace backplane
