// Marks and events. A mark is one point of a stream, reached once; an event names the mark that was
// recorded last. Whoever waits for a mark shares it, so an event may go or move meanwhile.
#pragma once

#include <backplane/plugin.hpp>
#include <backplane/plugin/event.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "device.hpp"

namespace backplane::cpu {

using plugin::Clock;
using plugin::Deadline;
using plugin::Failure;

class Mark {
 public:
  // Reaches the mark, with the failure it carries if any. False: it was reached before.
  bool reach(const Failure& failure);
  // True once reached; false: the deadline came first.
  bool wait(const Deadline& deadline);
  bool is_reached();

  // Valid once reached; they do not change any more.
  const Failure& failure() const { return failure_; }
  Clock::time_point time() const { return time_; }

 private:
  std::mutex mutex_;
  std::condition_variable reached_changed_;
  bool is_reached_ = false;
  Failure failure_;
  Clock::time_point time_;
};
using MarkPtr = std::shared_ptr<Mark>;

MarkPtr make_mark(const bp_host_t* host);

// bp_event_t.
using Event = plugin::Event<Device, MarkPtr>;

// The event's part of kStreamApi; stream.cpp has the rest.
bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event);
void event_destroy(bp_event_t* event);
bp_status_t event_query(bp_event_t* event);
bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns);
bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
bp_status_t event_signal(bp_event_t* event, bp_status_t status);

}  // namespace backplane::cpu
