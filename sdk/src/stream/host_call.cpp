#include "stream/host_call.hpp"

#include "stream/event.hpp"

namespace backplane {
namespace {

// An event of the plugin's, for what happens inside one emulated call.
struct RawEvent {
  const Device& device;
  bp_event_t* handle = nullptr;

  bp_status_t create(bp_event_flags_t flags) {
    return device.stream()->event_create(device.handle(), flags, &handle);
  }
  void destroy() { device.stream()->event_destroy(handle); }
};

// Marks the stream with `reached` and makes it wait for `opened`.
Status close_gate(Stream& stream, RawEvent& reached, RawEvent& opened) {
  const bp_stream_api_t& api = *stream.device().stream();
  bp_status_t code = reached.create(0);
  if (code != BP_OK) return stream.device().status(code, "event_create");
  code = opened.create(BP_EVENT_FLAG_HOST_SIGNALED);
  if (code != BP_OK) return stream.device().status(code, "event_create");
  const Stream::Turn turn = stream.turn();
  code = api.event_record(reached.handle, turn.handle());
  if (code != BP_OK) return stream.device().status(code, "event_record");
  return stream.device().status(api.event_wait(opened.handle, turn.handle()), "event_wait");
}

Status emulated_host_call(Stream& stream, HostFunction function, void* argument) {
  RawEvent reached{stream.device()};
  RawEvent opened{stream.device()};
  Status closed = close_gate(stream, reached, opened);
  if (!closed.ok()) {
    reached.destroy();
    opened.destroy();
    return closed;
  }
  stream.helper().post(
      [device = stream.shared_device(), reached, opened, function, argument]() mutable {
        const bp_stream_api_t& api = *device->stream();
        function(argument, api.event_synchronize(reached.handle, kForever));
        api.event_signal(opened.handle, BP_OK);
        reached.destroy();
        opened.destroy();
      });
  return {};
}

}  // namespace

Status host_call(Stream& stream, HostFunction function, void* argument) {
  if (stream.has_ended()) return invalid_argument("a stream that has ended makes no host call");
  const bp_stream_api_t* api = stream.device().stream();
  if (api == nullptr) {
    function(argument, BP_OK);
    return {};
  }
  if (api->host_call != nullptr) {
    const Stream::Turn turn = stream.turn();
    const bp_status_t code = api->host_call(turn.handle(), function, argument);
    if (code != BP_STATUS_UNSUPPORTED) return stream.device().status(code, "host_call");
  }
  return emulated_host_call(stream, function, argument);
}

}  // namespace backplane
