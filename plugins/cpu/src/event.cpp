#include "event.hpp"

#include <string>
#include <utility>

#include "host_memory.hpp"

namespace backplane::cpu {

namespace {

using plugin::fail;
using plugin::failure_of_signal;
using plugin::guarded;

Event& as_event(bp_event_t* event) { return *reinterpret_cast<Event*>(event); }

void require_sound(const Mark& mark, const char* which) {
  if (mark.failure())
    fail(BP_STATUS_INVALID_ARGUMENT,
         std::string("event_elapsed: the ") + which + " carries a failure: " + mark.failure().text);
}

uint64_t elapsed_ns(const Mark& start, const Mark& end) {
  require_sound(start, "start");
  require_sound(end, "end");
  const auto elapsed = std::chrono::nanoseconds(end.time() - start.time()).count();
  if (elapsed < 0) fail(BP_STATUS_INVALID_ARGUMENT, "event_elapsed: the end came before the start");
  return static_cast<uint64_t>(elapsed);
}

}  // namespace

bool Mark::reach(const Failure& failure) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_reached_) return false;
    failure_ = failure;
    time_ = Clock::now();
    is_reached_ = true;
  }
  reached_changed_.notify_all();
  return true;
}

bool Mark::wait(const Deadline& deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  return deadline.wait(reached_changed_, lock, [&] { return is_reached_; });
}

bool Mark::is_reached() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return is_reached_;
}

MarkPtr make_mark(const bp_host_t* host) {
  return std::allocate_shared<Mark>(HostAllocator<Mark>(host));
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  Device& on = *reinterpret_cast<Device*>(device);
  return served(on, BP_TEST_EVENT_CREATE, [&] {
    plugin::check_event_flags(flags);
    const bool is_host_signaled = (flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0;
    MarkPtr mark = is_host_signaled ? make_mark(on.host) : nullptr;
    auto made = std::make_unique<Event>(on, flags, std::move(mark), on.hooks.events);
    *out_event = reinterpret_cast<bp_event_t*>(made.release());
  });
}

void event_destroy(bp_event_t* event) {
  if (event == nullptr) return;
  Event& ended = as_event(event);
  if (ended.is_host_signaled())
    guarded(ended.device().host,
            [&] { ended.mark()->reach(failure_of_signal(BP_STATUS_CANCELLED)); });
  delete &ended;
}

bp_status_t event_query(bp_event_t* event) {
  Event& asked = as_event(event);
  return served(asked.device(), BP_TEST_EVENT_QUERY, [&] {
    const MarkPtr mark = asked.mark();
    if (mark == nullptr) return BP_OK;
    return mark->is_reached() ? report(asked.device().host, mark->failure())
                              : bp_status_t{BP_STATUS_NOT_READY};
  });
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  Event& asked = as_event(event);
  return served(asked.device(), BP_TEST_EVENT_SYNCHRONIZE, [&] {
    const MarkPtr mark = asked.mark();
    if (mark == nullptr) return BP_OK;
    return mark->wait(Deadline(timeout_ns)) ? report(asked.device().host, mark->failure())
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
    if (!reached.mark()->reach(failure_of_signal(status)))
      fail(BP_STATUS_INVALID_ARGUMENT, "event_signal: the event was signalled before");
    reached.device().loss->require_there();
  });
}

}  // namespace backplane::cpu
