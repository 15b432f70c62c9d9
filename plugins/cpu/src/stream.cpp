#include "stream.hpp"

#include "event.hpp"
#include "tables.hpp"

namespace backplane::cpu {

namespace {

using plugin::fail;

Stream& as_stream(bp_stream_t* stream) { return *reinterpret_cast<Stream*>(stream); }
Event& as_event(bp_event_t* event) { return *reinterpret_cast<Event*>(event); }

bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  Device& on = *reinterpret_cast<Device*>(device);
  return served(on, BP_TEST_STREAM_CREATE, [&] {
    if ((flags & ~bp_stream_flags_t{BP_STREAM_FLAG_TIMED}) != 0)
      fail(BP_STATUS_UNSUPPORTED, "stream_create: unknown flags in " + std::to_string(flags));
    const bool is_timed = (flags & BP_STREAM_FLAG_TIMED) != 0;
    *out_stream = reinterpret_cast<bp_stream_t*>(new Stream(on, is_timed));
  });
}

void stream_destroy(bp_stream_t* stream) { delete reinterpret_cast<Stream*>(stream); }

bp_status_t stream_synchronize(bp_stream_t* stream, uint64_t timeout_ns) {
  Stream& awaited = as_stream(stream);
  return served(awaited.device, BP_TEST_STREAM_SYNCHRONIZE, [&] {
    if (!awaited.worker.wait(Deadline(timeout_ns))) return bp_status_t{BP_STATUS_TIMEOUT};
    return report(awaited.device.host, awaited.worker.failure());
  });
}

void require_recordable(const Event& event, const Stream& stream) {
  if (event.is_host_signaled())
    fail(BP_STATUS_INVALID_ARGUMENT,
         "event_record: a HOST_SIGNALED event is signalled, never recorded");
  if (event.is_timed() && !stream.is_timed)
    fail(BP_STATUS_INVALID_ARGUMENT, "event_record: a TIMED event needs a TIMED stream");
}

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  Event& recorded = as_event(event);
  const bp_host_t* host = recorded.device().host;
  return served(recorded.device(), BP_TEST_EVENT_RECORD, [&] {
    Stream& on = *stream_of(recorded.device(), stream, "event_record");
    require_recordable(recorded, on);
    MarkPtr mark = make_mark(host);
    auto reach = [mark](const Failure& failure) { mark->reach(failure); };
    on.worker.give(make_task(host, std::move(reach)));
    recorded.set_mark(std::move(mark));
  });
}

// Waits on the worker's thread. The failure of what it waited for becomes the stream's.
void wait_for(Mark& mark) {
  mark.wait(Deadline(UINT64_MAX));
  if (mark.failure()) fail(mark.failure().status, mark.failure().text);
}

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  Event& awaited = as_event(event);
  return served(awaited.device(), BP_TEST_EVENT_WAIT, [&] {
    Stream& on = *stream_of(awaited.device(), stream, "event_wait");
    MarkPtr mark = awaited.mark();
    if (mark == nullptr) return;
    give_work(on, BP_TEST_EVENT_WAIT, [mark = std::move(mark)] { wait_for(*mark); });
  });
}

bp_status_t host_call(bp_stream_t* stream, void (*function)(void* argument, bp_status_t status),
                      void* argument) {
  if (stream == nullptr) return BP_STATUS_INVALID_ARGUMENT;  // and nobody to explain it to
  Stream& on = as_stream(stream);
  return served(on.device, BP_TEST_HOST_CALL, [&] {
    if (function == nullptr)
      fail(BP_STATUS_INVALID_ARGUMENT, "host_call: there is no function to call");
    auto call = [=, &on](const Failure& failure) {
      const bp_status_t sound = on.device.loss->is_lost() ? BP_STATUS_DEVICE_LOST : BP_OK;
      function(argument, failure ? failure.status : sound);  // [BP-DEVICE-1]
    };
    on.worker.give(make_task(on.device.host, call));
  });
}

}  // namespace

const bp_stream_api_t kStreamApi = {
    sizeof(bp_stream_api_t), stream_create, stream_destroy, stream_synchronize, event_create,
    event_destroy,           event_record,  event_wait,     event_query,        event_synchronize,
    event_elapsed,           event_signal,  host_call,
};

}  // namespace backplane::cpu
