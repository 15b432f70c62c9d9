// stream.h.
#include "check/guards.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {
namespace {

// Nothing of this table is called for a synchronous device.
Device* use_asynchronous(Call& call, const bp_device_t* handle) {
  Device* device = call.use<Device>(handle, "device");
  if (device != nullptr && device->is_synchronous())
    call.refuse("BP-HOST-14",
                device->name() + " is synchronous: nothing of the stream table is for it");
  return device;
}

}  // namespace

bp_status_t stream_create(State& state, bp_device_t* handle, bp_stream_flags_t flags,
                          bp_stream_t** out_stream) {
  Call call(state, Function::kStreamCreate);
  Device* device = use_asynchronous(call, handle);
  Out<bp_stream_t*> out(call, "out_stream", out_stream);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.stream.stream_create(inner(device), flags, out.plugins()); }));
  if (status == BP_OK) out.hand_over(call.adopt(std::make_unique<Stream>(out.value(), device)));
  return status;
}

void stream_destroy(State& state, bp_stream_t* handle) {
  Call call(state, Function::kStreamDestroy);
  const std::unique_ptr<Object> ended =
      destroy<Stream>(state, call, handle, state.inner.stream.stream_destroy);
  if (ended != nullptr) call.blame(state.host_calls.end(static_cast<const Stream&>(*ended)));
}

bp_status_t stream_synchronize(State& state, bp_stream_t* handle, uint64_t timeout_ns) {
  Call call(state, Function::kStreamSynchronize);
  const Stream* stream = call.use_stream(handle, nullptr);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t known = stream != nullptr ? stream->failure.load() : BP_OK;
  const bp_status_t status =
      call.run([&] { return state.inner.stream.stream_synchronize(inner(stream), timeout_ns); });
  if (known != BP_OK && status == BP_OK)
    call.blame("BP-STREAM-1", "returned OK for " + stream->name() + ", which had failed with " +
                                  status_word(known));
  return status;
}

bp_status_t event_create(State& state, bp_device_t* handle, bp_event_flags_t flags,
                         bp_event_t** out_event) {
  Call call(state, Function::kEventCreate);
  Device* device = use_asynchronous(call, handle);
  Out<bp_event_t*> out(call, "out_event", out_event);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.stream.event_create(inner(device), flags, out.plugins()); }));
  if (status == BP_OK) out.hand_over(call.adopt(std::make_unique<Event>(out.value(), device)));
  return status;
}

void event_destroy(State& state, bp_event_t* handle) {
  Call call(state, Function::kEventDestroy);
  destroy<Event>(state, call, handle, state.inner.stream.event_destroy);
}

bp_status_t event_record(State& state, bp_event_t* event_handle, bp_stream_t* stream_handle) {
  Call call(state, Function::kEventRecord);
  const Event* event = call.record_event(event_handle);
  if (event == nullptr) return Call::kRefusal;
  const Stream* stream = call.enter_stream(stream_handle, event->device);
  if (call.is_refused()) return Call::kRefusal;
  return call.run([&] { return state.inner.stream.event_record(inner(event), inner(stream)); });
}

bp_status_t event_wait(State& state, bp_event_t* event_handle, bp_stream_t* stream_handle) {
  Call call(state, Function::kEventWait);
  const Event* event = call.use<Event>(event_handle, "event");
  if (event == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, event->device);
  if (call.is_refused()) return Call::kRefusal;
  if (stream != nullptr) stream->has_waited = true;
  return call.run([&] { return state.inner.stream.event_wait(inner(event), inner(stream)); });
}

bp_status_t event_query(State& state, bp_event_t* handle) {
  Call call(state, Function::kEventQuery);
  const Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  call.may_carry(kAnyWork);
  return call.run([&] { return state.inner.stream.event_query(inner(event)); });
}

bp_status_t event_synchronize(State& state, bp_event_t* handle, uint64_t timeout_ns) {
  Call call(state, Function::kEventSynchronize);
  const Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  call.may_carry(kAnyWork);
  return call.run([&] { return state.inner.stream.event_synchronize(inner(event), timeout_ns); });
}

bp_status_t event_elapsed(State& state, bp_event_t* start_handle, bp_event_t* end_handle,
                          uint64_t* out_ns) {
  Call call(state, Function::kEventElapsed);
  const Event* start = call.use<Event>(start_handle, "start");
  if (start == nullptr) return Call::kRefusal;
  const Event* end = call.use<Event>(end_handle, "end", start->device);
  Out<uint64_t> out(call, "out_ns", out_ns);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.stream.event_elapsed(inner(start), inner(end), out.plugins()); }));
  if (status == BP_OK) out.hand_over();
  return status;
}

bp_status_t event_signal(State& state, bp_event_t* handle, bp_status_t status) {
  Call call(state, Function::kEventSignal);
  const Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  return call.run([&] { return state.inner.stream.event_signal(inner(event), status); });
}

bp_status_t host_call(State& state, bp_stream_t* handle,
                      void (*function)(void* argument, bp_status_t status), void* argument) {
  Call call(state, Function::kHostCall);
  const Stream* stream = call.enter_stream(handle, nullptr);
  if (function == nullptr) call.refuse("function is NULL");
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t failure = stream != nullptr ? stream->failure.load() : BP_OK;
  void* ticket = state.host_calls.add({function, argument, stream, failure});
  const bp_status_t status = call.run(
      [&] { return state.inner.stream.host_call(inner(stream), state.call_host, ticket); });
  if (status != BP_OK) state.host_calls.refuse(ticket);
  return status;
}

void call_host(State& state, void* ticket, bp_status_t status) {
  if (state.is_over) return;
  const Refusal refusal = state.host_calls.run(ticket, status);
  if (refusal.rule != nullptr)
    state.report(refusal.rule, rules_of(Function::kHostCall).name, refusal.text);
}

}  // namespace backplane::check::wrapped
