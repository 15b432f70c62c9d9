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
  if (status != BP_OK) return status;
  auto stream = std::make_unique<Stream>(out.value(), device);
  Stream& made = *stream;
  const Stream& adopted = call.adopt(std::move(stream));
  state.order.begin(made.lane, adopted.number);
  out.hand_over(adopted);
  return BP_OK;
}

void stream_destroy(State& state, bp_stream_t* handle) {
  Call call(state, Function::kStreamDestroy);
  const std::unique_ptr<Object> ended =
      destroy<Stream>(state, call, handle, state.inner.stream.stream_destroy);
  if (ended == nullptr) return;
  call.blame(state.host_calls.end(static_cast<const Stream&>(*ended)));
  state.order.end(static_cast<Stream&>(*ended).lane);
}

bp_status_t stream_synchronize(State& state, bp_stream_t* handle, uint64_t timeout_ns) {
  Call call(state, Function::kStreamSynchronize);
  Stream* stream = call.use_stream(handle, nullptr);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t known = stream != nullptr ? stream->failure.load() : BP_OK;
  const bp_status_t status =
      call.run([&] { return state.inner.stream.stream_synchronize(inner(stream), timeout_ns); });
  if (stream != nullptr && status != BP_STATUS_TIMEOUT) state.order.finish(stream->lane);
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
  if (status == BP_OK)
    out.hand_over(call.adopt(std::make_unique<Event>(out.value(), device, flags)));
  return status;
}

void event_destroy(State& state, bp_event_t* handle) {
  Call call(state, Function::kEventDestroy);
  destroy<Event>(state, call, handle, state.inner.stream.event_destroy);
}

bp_status_t event_record(State& state, bp_event_t* event_handle, bp_stream_t* stream_handle) {
  Call call(state, Function::kEventRecord);
  Event* event = call.record_event(event_handle);
  if (event == nullptr) return Call::kRefusal;
  const Stream* stream = call.enter_stream(stream_handle, event->device);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status =
      call.run([&] { return state.inner.stream.event_record(inner(event), inner(stream)); });
  if (status == BP_OK && stream != nullptr) state.order.record(event->mark, stream->lane);
  return status;
}

bp_status_t event_wait(State& state, bp_event_t* event_handle, bp_stream_t* stream_handle) {
  Call call(state, Function::kEventWait);
  const Event* event = call.use<Event>(event_handle, "event");
  if (event == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, event->device);
  if (call.is_refused()) return Call::kRefusal;
  if (stream != nullptr) stream->has_waited = true;
  const bool is_closed = event->is_closed;
  const bp_status_t status =
      call.run([&] { return state.inner.stream.event_wait(inner(event), inner(stream)); });
  if (status != BP_OK || stream == nullptr) return status;
  state.order.wait(stream->lane, event->mark);
  if (is_closed) state.order.hold(stream->lane);
  return status;
}

bp_status_t event_query(State& state, bp_event_t* handle) {
  Call call(state, Function::kEventQuery);
  Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  call.may_carry(kAnyWork);
  const bp_status_t status = call.run([&] { return state.inner.stream.event_query(inner(event)); });
  if (status != BP_STATUS_NOT_READY) state.order.finish(event->mark);
  return status;
}

bp_status_t event_synchronize(State& state, bp_event_t* handle, uint64_t timeout_ns) {
  Call call(state, Function::kEventSynchronize);
  Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  call.may_carry(kAnyWork);
  const bp_status_t status =
      call.run([&] { return state.inner.stream.event_synchronize(inner(event), timeout_ns); });
  if (status != BP_STATUS_TIMEOUT) state.order.finish(event->mark);
  return status;
}

bp_status_t event_elapsed(State& state, bp_event_t* start_handle, bp_event_t* end_handle,
                          uint64_t* out_ns) {
  Call call(state, Function::kEventElapsed);
  Event* start = call.use<Event>(start_handle, "start");
  if (start == nullptr) return Call::kRefusal;
  Event* end = call.use<Event>(end_handle, "end", start->device);
  Out<uint64_t> out(call, "out_ns", out_ns);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.stream.event_elapsed(inner(start), inner(end), out.plugins()); }));
  if (status != BP_OK) return status;
  state.order.finish(start->mark);
  state.order.finish(end->mark);
  out.hand_over();
  return BP_OK;
}

bp_status_t event_signal(State& state, bp_event_t* handle, bp_status_t status) {
  Call call(state, Function::kEventSignal);
  Event* event = call.use<Event>(handle, "event");
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t answer =
      call.run([&] { return state.inner.stream.event_signal(inner(event), status); });
  if (answer == BP_OK) event->is_closed = false;
  return answer;
}

bp_status_t host_call(State& state, bp_stream_t* handle,
                      void (*function)(void* argument, bp_status_t status), void* argument) {
  Call call(state, Function::kHostCall);
  const Stream* stream = call.enter_stream(handle, nullptr);
  if (function == nullptr) call.refuse("function is NULL");
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t failure = stream != nullptr ? stream->failure.load() : BP_OK;
  Order::Mark before = stream != nullptr ? state.order.mark_of(stream->lane) : Order::Mark();
  void* ticket = state.host_calls.add({function, argument, stream, failure, std::move(before)});
  const bp_status_t status = call.run(
      [&] { return state.inner.stream.host_call(inner(stream), state.call_host, ticket); });
  if (status != BP_OK) state.host_calls.refuse(ticket);
  return status;
}

void call_host(State& state, void* ticket, bp_status_t status) {
  if (state.is_over) return;
  const Refusal refusal = state.host_calls.run(ticket, status, state.order);
  if (refusal.rule != nullptr)
    state.report(refusal.rule, rules_of(Function::kHostCall).name, refusal.text);
}

}  // namespace backplane::check::wrapped
