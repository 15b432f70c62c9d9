// An event, bp_event_t, and its part of the stream table.
#pragma once

#include <backplane/stream.h>

#include <backplane/plugin/event.hpp>

#include "mark.hpp"

namespace backplane::opencl {

using Event = plugin::Event<Device, MarkPtr>;

inline Event& as_event(bp_event_t* event) { return *reinterpret_cast<Event*>(event); }

// The event's part of kStreamApi; stream.cpp has the rest.
bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event);
void event_destroy(bp_event_t* event);
bp_status_t event_query(bp_event_t* event);
bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns);
bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
bp_status_t event_signal(bp_event_t* event, bp_status_t status);

}  // namespace backplane::opencl
