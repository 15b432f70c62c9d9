// bp_rt_stream_t and bp_rt_event_t.
#include "runtime/error.hpp"
#include "runtime/handles.hpp"

namespace backplane::runtime {

Status check_stream(const bp_rt_device& device, const bp_rt_stream_t* stream) {
  if (stream == nullptr || stream->device.opened == device.opened) return {};
  return invalid_argument("the stream is of " + stream->device.device().device().selector() +
                          ", opened apart, and the "
                          "rest of the call is about " +
                          device.device().device().selector());
}

}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_stream_create(bp_rt_device_t* device, bp_stream_flags_t flags,
                                bp_rt_stream_t** out_stream) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"device", device}, {"out_stream", out_stream}});
    if (!given.ok()) return given;
    context.device = device->device().device().selector();
    Result<std::shared_ptr<Stream>> stream = device->device().create_stream(flags);
    if (!stream.ok()) return stream.status();
    *out_stream = new bp_rt_stream_t{*device, stream.take()};
    return {};
  });
}

bp_status_t bp_rt_stream_synchronize(bp_rt_stream_t* stream, uint64_t timeout_ns) {
  return guarded([&](Context& context) -> Status {
    if (stream == nullptr) return {};  // what is given without a stream has been waited for
    context.device = stream->device.device().device().selector();
    Status done = stream->stream->synchronize(timeout_ns);
    if (done.ok()) stream->device.device().sweep_retired();
    return done;
  });
}

void bp_rt_stream_destroy(bp_rt_stream_t* stream) {
  unfailing([&] {
    const std::unique_ptr<bp_rt_stream_t> owned(stream);
    if (owned != nullptr) owned->stream->end();
    return true;
  });
}

bp_status_t bp_rt_event_create(bp_rt_device_t* device, bp_event_flags_t flags,
                               bp_rt_event_t** out_event) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"device", device}, {"out_event", out_event}});
    if (!given.ok()) return given;
    context.device = device->device().device().selector();
    if ((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0)
      return unsupported("a host-signalled event: no function here signals one");
    Result<std::shared_ptr<Event>> event = Event::create(device->device().shared_device(), flags);
    if (!event.ok()) return event.status();
    *out_event = new bp_rt_event_t{*device, event.take()};
    return {};
  });
}

bp_status_t bp_rt_event_record(bp_rt_event_t* event, bp_rt_stream_t* stream) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"event", event}});
    if (!given.ok()) return given;
    if (stream != nullptr) return event->event->record(*stream->stream);
    Result<exec::OpenDevice::Lease> lease = event->device.device().lease();
    if (!lease.ok()) return lease.status();
    given = event->event->record(lease->stream());
    Status done = lease->finish();
    return given.ok() ? done : given;
  });
}

bp_status_t bp_rt_event_wait(bp_rt_event_t* event, bp_rt_stream_t* any_device_stream) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"event", event}});
    if (!given.ok()) return given;
    return any_device_stream != nullptr ? event->event->wait(*any_device_stream->stream)
                                        : event->event->synchronize(kForever);
  });
}

bp_status_t bp_rt_event_synchronize(bp_rt_event_t* event, uint64_t timeout_ns) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"event", event}});
    if (!given.ok()) return given;
    return timeout_ns == 0 ? event->event->query() : event->event->synchronize(timeout_ns);
  });
}

bp_status_t bp_rt_event_elapsed(bp_rt_event_t* start, bp_rt_event_t* end, uint64_t* out_ns) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"start", start}, {"end", end}, {"out_ns", out_ns}});
    return given.ok() ? Event::elapsed(*start->event, *end->event, out_ns) : given;
  });
}

void bp_rt_event_destroy(bp_rt_event_t* event) { delete event; }
