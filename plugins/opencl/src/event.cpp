#include "event.hpp"

#include <utility>

namespace backplane::opencl {

using plugin::Deadline;
using plugin::fail;
using plugin::failure_of_signal;
using plugin::guarded;
using plugin::report;

namespace {

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

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  Device& on = as_device(device);
  return served(on, BP_TEST_EVENT_CREATE, [&] {
    plugin::check_event_flags(flags);
    const bool is_host_signaled = (flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0;
    MarkPtr mark = is_host_signaled ? make_host_mark(on) : nullptr;
    auto made = std::make_unique<Event>(on, flags, std::move(mark), on.hooks.events);
    *out_event = reinterpret_cast<bp_event_t*>(made.release());
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
  return served(asked.device(), BP_TEST_EVENT_QUERY, [&] {
    const MarkPtr mark = asked.mark();
    if (mark == nullptr) return BP_OK;
    return mark->is_reached() ? report(host, mark->failure()) : bp_status_t{BP_STATUS_NOT_READY};
  });
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  Event& asked = as_event(event);
  const bp_host_t* host = asked.device().host;
  return served(asked.device(), BP_TEST_EVENT_SYNCHRONIZE, [&] {
    const MarkPtr mark = asked.mark();
    if (mark == nullptr) return BP_OK;
    return mark->wait(Deadline(timeout_ns)) ? report(host, mark->failure())
                                            : bp_status_t{BP_STATUS_TIMEOUT};
  });
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  return served(as_event(start).device(), BP_TEST_EVENT_ELAPSED, [&] {
    if (!as_event(start).is_timed() || !as_event(end).is_timed())
      fail(BP_STATUS_INVALID_ARGUMENT, "event_elapsed: both events must have been made TIMED");
    const MarkPtr first = as_event(start).mark();
    const MarkPtr last = as_event(end).mark();
    if (first == nullptr || last == nullptr || !first->is_reached() || !last->is_reached())
      return bp_status_t{BP_STATUS_NOT_READY};
    *out_ns = elapsed_ns(*first, *last);
    return BP_OK;
  });
}

// On a lost device, too: what waits for it has to end.
bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
  Event& reached = as_event(event);
  return guarded(reached.device().host, [&] {
    reached.device().hooks.enter(BP_TEST_EVENT_SIGNAL);
    if (!reached.is_host_signaled())
      fail(BP_STATUS_INVALID_ARGUMENT, "event_signal: the event was not made HOST_SIGNALED");
    if (status == BP_STATUS_NOT_READY || status == BP_STATUS_TIMEOUT)
      fail(BP_STATUS_INVALID_ARGUMENT,
           std::string("event_signal: an event cannot carry ") + plugin::status_name(status));
    if (!reached.mark()->signal(failure_of_signal(status)))
      fail(BP_STATUS_INVALID_ARGUMENT, "event_signal: the event was signalled before");
    reached.device().loss->require_there();
  });
}

}  // namespace backplane::opencl
