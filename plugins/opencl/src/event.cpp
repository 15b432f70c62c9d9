#include "event.hpp"

#include <utility>

namespace backplane::opencl {

using plugin::Deadline;
using plugin::fail;
using plugin::failure_of_signal;
using plugin::guarded;
using plugin::report;

namespace {

constexpr bp_event_flags_t kKnownFlags = BP_EVENT_FLAG_TIMED | BP_EVENT_FLAG_HOST_SIGNALED;

void require_sound(Mark& mark, const char* which) {
  if (mark.failure())
    fail(BP_STATUS_INVALID_ARGUMENT,
         std::string("event_elapsed: the ") + which + " carries a failure: " + mark.failure().text);
}

uint64_t device_time(const Mark& mark) {
  cl_ulong time = 0;
  check(cl().clGetEventProfilingInfo(mark.event(), CL_PROFILING_COMMAND_END, sizeof time, &time,
                                     nullptr),
        "clGetEventProfilingInfo");
  return time;
}

uint64_t elapsed_ns(Mark& start, Mark& end) {
  require_sound(start, "start");
  require_sound(end, "end");
  const uint64_t from = device_time(start);
  const uint64_t to = device_time(end);
  if (to < from) fail(BP_STATUS_INVALID_ARGUMENT, "event_elapsed: the end came before the start");
  return to - from;
}

}  // namespace

Event::Event(Device& device, bp_event_flags_t flags) : device_(device), flags_(flags) {
  if (is_host_signaled()) mark_ = make_host_mark(device);
}

MarkPtr Event::mark() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return mark_;
}

void Event::set_mark(MarkPtr mark) {
  const std::lock_guard<std::mutex> lock(mutex_);
  mark_.swap(mark);
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  Device& on = as_device(device);
  return guarded(on.host, [&] {
    if ((flags & ~kKnownFlags) != 0)
      fail(BP_STATUS_UNSUPPORTED, "event_create: unknown flags in " + std::to_string(flags));
    *out_event = reinterpret_cast<bp_event_t*>(new Event(on, flags));
  });
}

void event_destroy(bp_event_t* event) {
  if (event == nullptr) return;
  Event& ended = as_event(event);
  if (ended.is_host_signaled())
    guarded(ended.device().host,
            [&] { ended.mark()->signal(failure_of_signal(BP_STATUS_CANCELLED)); });
  delete &ended;
}

bp_status_t event_query(bp_event_t* event) {
  Event& asked = as_event(event);
  const bp_host_t* host = asked.device().host;
  const MarkPtr mark = asked.mark();
  if (mark == nullptr) return BP_OK;
  bp_status_t status = BP_OK;
  const bp_status_t thrown = guarded(host, [&] {
    status = mark->is_reached() ? report(host, mark->failure()) : BP_STATUS_NOT_READY;
  });
  return thrown != BP_OK ? thrown : status;
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  Event& asked = as_event(event);
  const bp_host_t* host = asked.device().host;
  const MarkPtr mark = asked.mark();
  if (mark == nullptr) return BP_OK;
  bp_status_t status = BP_OK;
  const bp_status_t thrown = guarded(host, [&] {
    status = mark->wait(Deadline(timeout_ns)) ? report(host, mark->failure()) : BP_STATUS_TIMEOUT;
  });
  return thrown != BP_OK ? thrown : status;
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  const MarkPtr first = as_event(start).mark();
  const MarkPtr last = as_event(end).mark();
  bool is_ready = false;
  const bp_status_t status = guarded(as_event(start).device().host, [&] {
    if (!as_event(start).is_timed() || !as_event(end).is_timed())
      fail(BP_STATUS_INVALID_ARGUMENT, "event_elapsed: both events must have been made TIMED");
    is_ready = first != nullptr && last != nullptr && first->is_reached() && last->is_reached();
    if (is_ready) *out_ns = elapsed_ns(*first, *last);
  });
  return status == BP_OK && !is_ready ? BP_STATUS_NOT_READY : status;
}

bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
  Event& reached = as_event(event);
  return guarded(reached.device().host, [&] {
    if (!reached.is_host_signaled())
      fail(BP_STATUS_INVALID_ARGUMENT, "event_signal: the event was not made HOST_SIGNALED");
    if (status == BP_STATUS_NOT_READY || status == BP_STATUS_TIMEOUT)
      fail(BP_STATUS_INVALID_ARGUMENT,
           std::string("event_signal: an event cannot carry ") + plugin::status_name(status));
    if (!reached.mark()->signal(failure_of_signal(status)))
      fail(BP_STATUS_INVALID_ARGUMENT, "event_signal: the event was signalled before");
  });
}

}  // namespace backplane::opencl
