// An event, bp_event_t: names the mark that was recorded last, so it may go or move while others
// wait for that mark.
#pragma once

#include <backplane/stream.h>

#include "mark.hpp"

namespace backplane::opencl {

class Event {
 public:
  Event(Device& device, bp_event_flags_t flags);

  Device& device() const { return device_; }
  bool is_timed() const { return (flags_ & BP_EVENT_FLAG_TIMED) != 0; }
  bool is_host_signaled() const { return (flags_ & BP_EVENT_FLAG_HOST_SIGNALED) != 0; }

  // The mark that stands; nullptr: never recorded, which counts as reached.
  MarkPtr mark();
  void set_mark(MarkPtr mark);

 private:
  Device& device_;
  const bp_event_flags_t flags_;
  std::mutex mutex_;
  MarkPtr mark_;
};

inline Event& as_event(bp_event_t* event) { return *reinterpret_cast<Event*>(event); }

// The event's part of kStreamApi; stream.cpp has the rest.
bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event);
void event_destroy(bp_event_t* event);
bp_status_t event_query(bp_event_t* event);
bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns);
bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
bp_status_t event_signal(bp_event_t* event, bp_status_t status);

}  // namespace backplane::opencl
