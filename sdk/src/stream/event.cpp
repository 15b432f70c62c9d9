#include "stream/event.hpp"

#include <chrono>
#include <utility>

#include "stream/host_call.hpp"

namespace backplane {
namespace {

constexpr uint64_t kForeverFrom = uint64_t{1} << 62;  // base.h: above it a timeout is for ever

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

Status not_ready() { return {BP_STATUS_NOT_READY, "the event is not reached yet"}; }

}  // namespace

// An event that the plugin made; destroyed with its last user.
class Event::Native {
 public:
  static Result<std::shared_ptr<Native>> create(const std::shared_ptr<Device>& device,
                                                bp_event_flags_t flags) {
    bp_event_t* handle = nullptr;
    const bp_status_t code = device->stream()->event_create(device->handle(), flags, &handle);
    if (code != BP_OK) return device->status(code, "event_create");
    return std::make_shared<Native>(device, flags, handle);
  }
  Native(std::shared_ptr<Device> device, bp_event_flags_t flags, bp_event_t* handle)
      : device_(std::move(device)), flags_(flags), handle_(handle) {}
  ~Native() { device_->stream()->event_destroy(handle_); }
  Native(const Native&) = delete;
  Native& operator=(const Native&) = delete;

  bp_event_t* handle() const { return handle_; }
  bp_event_flags_t flags() const { return flags_; }

 private:
  const std::shared_ptr<Device> device_;
  const bp_event_flags_t flags_;
  bp_event_t* const handle_;
};

struct Event::Stamp {
  std::atomic<uint64_t> ns{0};  // 0: not yet
};

struct Event::Signal {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<bp_status_t> status;
};

bool has_device_time(const Device& device) {
  const bp_stream_api_t* api = device.stream();
  if (api == nullptr || api->event_elapsed == nullptr) return false;
  bp_event_t* event = nullptr;
  if (api->event_create(device.handle(), BP_EVENT_FLAG_TIMED, &event) != BP_OK) return false;
  uint64_t ignored = 0;
  const bp_status_t answer = api->event_elapsed(event, event, &ignored);
  api->event_destroy(event);
  return answer != BP_STATUS_UNSUPPORTED;
}

Event::Event(std::shared_ptr<Device> device, bp_event_flags_t flags)
    : device_(std::move(device)),
      flags_(flags),
      has_device_time_((flags & BP_EVENT_FLAG_TIMED) != 0 && has_device_time(*device_)) {}

Result<std::shared_ptr<Event>> Event::create(std::shared_ptr<Device> device,
                                             bp_event_flags_t flags) {
  constexpr bp_event_flags_t kKnown = BP_EVENT_FLAG_TIMED | BP_EVENT_FLAG_HOST_SIGNALED;
  if ((flags & ~kKnown) != 0)
    return unsupported("an event with flags " + std::to_string(flags) +
                       ": only TIMED and HOST_SIGNALED are known");
  std::shared_ptr<Event> event(new Event(std::move(device), flags));
  if (event->device_->stream() == nullptr) {
    if (event->is_host_signaled()) event->mark_.signal = std::make_shared<Signal>();
    return event;
  }
  const bp_event_flags_t plugin_flags =
      event->has_device_time_ ? flags : flags & ~bp_event_flags_t{BP_EVENT_FLAG_TIMED};
  Result<std::shared_ptr<Native>> native = Native::create(event->device_, plugin_flags);
  if (!native.ok()) return native.status();
  event->mark_.native = native.take();
  return event;
}

Event::~Event() {
  if (is_host_signaled() && !is_signaled_) (void)signal(BP_STATUS_CANCELLED);
}

Event::Mark Event::mark() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return mark_;
}

Status Event::record(Stream& stream) {
  if (stream.has_ended() || stream.shared_device() != device_)
    return invalid_argument("an event is recorded on a stream of its own device, not of another");
  if (is_host_signaled())
    return invalid_argument("a host-signalled event is reached by a signal, never recorded");
  if (is_timed() && !stream.is_timed())
    return invalid_argument("a timed event cannot be recorded on a stream made without TIMED");
  if (device_->stream() == nullptr) return record_synchronous();

  const bool needs_stamp = is_timed() && !has_device_time_;
  std::shared_ptr<Stamp> stamp = needs_stamp ? std::make_shared<Stamp>() : nullptr;
  if (needs_stamp) {
    Status given = record_stamp(stream, stamp);
    if (!given.ok()) return given;
  }
  Result<std::shared_ptr<Native>> native = native_to_record();
  if (!native.ok()) return native.status();
  {
    const Stream::Turn turn = stream.turn();
    const bp_status_t code = device_->stream()->event_record((*native)->handle(), turn.handle());
    if (code != BP_OK) return device_->status(code, "event_record");
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  mark_ = {native.take(), nullptr, std::move(stamp)};
  return {};
}

Status Event::record_synchronous() {
  if (!is_timed()) return {};
  auto stamp = std::make_shared<Stamp>();
  stamp->ns = now_ns();
  const std::lock_guard<std::mutex> lock(mutex_);
  mark_.stamp = std::move(stamp);
  return {};
}

// The stamp comes before the mark, so that a reached event always has its time.
Status Event::record_stamp(Stream& stream, const std::shared_ptr<Stamp>& stamp) {
  auto* argument = new std::shared_ptr<Stamp>(stamp);
  const auto take_time = [](void* pointer, bp_status_t) {
    auto* target = static_cast<std::shared_ptr<Stamp>*>(pointer);
    (*target)->ns = now_ns();
    delete target;
  };
  Status given = host_call(stream, take_time, argument);
  if (!given.ok()) delete argument;
  return given;
}

// Who waits on another device still looks at the plugin's event of the old mark: leave it alone.
Result<std::shared_ptr<Event::Native>> Event::native_to_record() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (mark_.native.use_count() == 1) return mark_.native;
  return Native::create(device_, mark_.native->flags());
}

Status Event::wait(Stream& stream) {
  if (stream.has_ended()) return invalid_argument("a stream that has ended cannot wait");
  if (stream.shared_device() != device_ || device_->stream() == nullptr)
    return wait_elsewhere(stream);
  const Mark now = mark();
  const Stream::Turn turn = stream.turn();
  return device_->status(device_->stream()->event_wait(now.native->handle(), turn.handle()),
                         "event_wait");
}

// The host waits in the stream's place: on its helper thread, behind a host-signalled event.
Status Event::wait_elsewhere(Stream& stream) {
  const Mark now = mark();
  if (stream.device().stream() == nullptr) return synchronize(*device_, now, kForever);
  if (query(*device_, now).ok()) return {};
  Result<std::shared_ptr<Event>> gate =
      Event::create(stream.shared_device(), BP_EVENT_FLAG_HOST_SIGNALED);
  if (!gate.ok()) return gate.status();
  Status waits = (*gate)->wait(stream);
  if (!waits.ok()) return waits;
  stream.helper().post([device = device_, now, opened = *gate] {
    (void)opened->signal(synchronize(*device, now, kForever).code());
  });
  return {};
}

Status Event::query() const { return query(*device_, mark()); }

Status Event::query(const Device& device, const Mark& mark) {
  if (mark.native != nullptr) {
    const bp_status_t code = device.stream()->event_query(mark.native->handle());
    return code == BP_STATUS_NOT_READY ? not_ready() : device.status(code, "event_query");
  }
  if (mark.signal == nullptr) return {};
  const std::lock_guard<std::mutex> lock(mark.signal->mutex);
  if (!mark.signal->status.has_value()) return not_ready();
  return *mark.signal->status == BP_OK
             ? Status()
             : Status(*mark.signal->status, "the event was signalled with a failure");
}

Status Event::synchronize(uint64_t timeout_ns) const {
  return synchronize(*device_, mark(), timeout_ns);
}

Status Event::synchronize(const Device& device, const Mark& mark, uint64_t timeout_ns) {
  const auto timeout = [] { return Status(BP_STATUS_TIMEOUT, "the event is not reached yet"); };
  if (mark.native != nullptr) {
    const bp_status_t code = device.stream()->event_synchronize(mark.native->handle(), timeout_ns);
    return code == BP_STATUS_TIMEOUT ? timeout() : device.status(code, "event_synchronize");
  }
  if (mark.signal == nullptr) return {};
  {
    std::unique_lock<std::mutex> lock(mark.signal->mutex);
    const auto is_reached = [&mark] { return mark.signal->status.has_value(); };
    if (timeout_ns > kForeverFrom)
      mark.signal->changed.wait(lock, is_reached);
    else if (!mark.signal->changed.wait_for(lock, std::chrono::nanoseconds(timeout_ns), is_reached))
      return timeout();
  }
  return query(device, mark);
}

Status Event::signal(bp_status_t status) {
  if (!is_host_signaled())
    return invalid_argument("only an event made with HOST_SIGNALED is signalled");
  const Mark now = mark();
  if (now.native != nullptr) {
    const bp_status_t code = device_->stream()->event_signal(now.native->handle(), status);
    is_signaled_ = is_signaled_ || code == BP_OK;
    return device_->status(code, "event_signal");
  }
  if (status == BP_STATUS_NOT_READY || status == BP_STATUS_TIMEOUT)
    return invalid_argument(std::string("an event cannot be signalled with ") +
                            status_name(status));
  const std::lock_guard<std::mutex> lock(now.signal->mutex);
  if (now.signal->status.has_value())
    return invalid_argument("the event was signalled already; a second time is one too many");
  now.signal->status = status;
  is_signaled_ = true;
  now.signal->changed.notify_all();
  return {};
}

Status Event::elapsed(const Event& start, const Event& end, uint64_t* out_ns) {
  if (!start.is_timed() || !end.is_timed())
    return invalid_argument("the time between events is known for events made with TIMED only");
  if (start.device_ != end.device_)
    return invalid_argument("the two events are of different devices, whose clocks differ");
  const Mark from = start.mark();
  const Mark to = end.mark();
  if (start.has_device_time_) {
    const bp_status_t code =
        start.device_->stream()->event_elapsed(from.native->handle(), to.native->handle(), out_ns);
    return code == BP_STATUS_NOT_READY ? not_ready() : start.device_->status(code, "event_elapsed");
  }
  if (from.stamp == nullptr || to.stamp == nullptr)
    return invalid_argument("the time of an event that was never recorded");
  const uint64_t from_ns = from.stamp->ns;
  const uint64_t to_ns = to.stamp->ns;
  if (from_ns == 0 || to_ns == 0) return not_ready();
  if (to_ns < from_ns) return invalid_argument("the end event was reached before the start event");
  *out_ns = to_ns - from_ns;
  return {};
}

}  // namespace backplane
