#include "stream.hpp"

#include <algorithm>

#include "event.hpp"
#include "tables.hpp"

namespace backplane::opencl {

using plugin::Deadline;
using plugin::fail;
using plugin::report;

namespace {

Stream& as_stream(bp_stream_t* stream) { return *reinterpret_cast<Stream*>(stream); }

Queue make_queue(Device& device, bool is_timed) {
  cl_int error = CL_SUCCESS;
  const cl_command_queue made = cl().clCreateCommandQueue(
      device.context.get(), device.facts.id, is_timed ? CL_QUEUE_PROFILING_ENABLE : 0, &error);
  check(error, "clCreateCommandQueue");
  return Queue(made);
}

}  // namespace

Stream::Stream(Device& device, bool is_timed)
    : device_(device),
      is_timed_(is_timed),
      queue_(make_queue(device, is_timed)),
      course_(std::make_shared<Course>(device)),
      counted_(device.hooks.streams) {}

// What its marks may still be asked is settled now, since its course and those that it waited for
// may hold each other.
Stream::~Stream() {
  const cl_int error = cl().clFinish(queue_.get());
  if (error == CL_DEVICE_NOT_AVAILABLE) device_.lose("clFinish: CL_DEVICE_NOT_AVAILABLE (-2)");
  device_.calls->wait(course_.get());
  course_->failure_before(course_->place());
}

EventHandle Stream::add_marker() {
  cl_event event = nullptr;
  check(cl().clEnqueueMarkerWithWaitList(queue_.get(), 0, nullptr, &event),
        "clEnqueueMarkerWithWaitList");
  return EventHandle(event);
}

void Stream::add_barrier(cl_event event) {
  check(cl().clEnqueueBarrierWithWaitList(queue_.get(), 1, &event, nullptr),
        "clEnqueueBarrierWithWaitList");
}

MarkPtr Stream::mark() {
  EventHandle event = add_marker();
  check(cl().clFlush(queue_.get()), "clFlush");
  return make_mark(device_, std::move(event), course_);
}

void Stream::wait_for(const MarkPtr& mark) {
  const bool is_reached = mark->is_reached();
  if (is_reached && !mark->failure()) return;
  course_->make_room();
  if (!is_reached) add_barrier(mark->event());
  course_->add_wait(mark);
}

void Stream::fail_as_planned(bp_test_function_t function) {
  const plugin::Failure planned = device_.hooks.failure_of_work(function);
  if (!planned) return;
  const MarkPtr failed = make_host_mark(device_);
  failed->signal(planned);
  wait_for(failed);
}

Stream& stream_of(bp_stream_t* stream, const char* function) {
  if (stream == nullptr)
    fail(BP_STATUS_INVALID_ARGUMENT, std::string(function) + ": the stream is NULL");
  return as_stream(stream);
}

namespace {

bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  Device& on = as_device(device);
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
  const bp_host_t* host = awaited.device().host;
  return served(awaited.device(), BP_TEST_STREAM_SYNCHRONIZE, [&] {
    const MarkPtr mark = awaited.mark();
    // A marker behind no work is reached as soon as the driver has looked at it, and not before.
    const uint64_t patience_ns = std::max<uint64_t>(timeout_ns, 1'000'000);
    return mark->wait(Deadline(patience_ns)) ? report(host, mark->failure()) : BP_STATUS_TIMEOUT;
  });
}

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  Event& recorded = as_event(event);
  return served(recorded.device(), BP_TEST_EVENT_RECORD, [&] {
    Stream& on = stream_of(stream, "event_record");
    if (recorded.is_host_signaled())
      fail(BP_STATUS_INVALID_ARGUMENT,
           "event_record: a HOST_SIGNALED event is signalled, never recorded");
    if (recorded.is_timed() && !on.is_timed())
      fail(BP_STATUS_INVALID_ARGUMENT, "event_record: a TIMED event needs a TIMED stream");
    recorded.set_mark(on.mark());
  });
}

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  Event& awaited = as_event(event);
  return served(awaited.device(), BP_TEST_EVENT_WAIT, [&] {
    Stream& on = stream_of(stream, "event_wait");
    const MarkPtr mark = awaited.mark();
    if (mark != nullptr) on.wait_for(mark);
  });
}

bp_status_t host_call(bp_stream_t* stream, void (*function)(void* argument, bp_status_t status),
                      void* argument) {
  if (stream == nullptr) return BP_STATUS_INVALID_ARGUMENT;  // and nobody to explain it to
  Stream& on = as_stream(stream);
  return served(on.device(), BP_TEST_HOST_CALL, [&] {
    if (function == nullptr)
      fail(BP_STATUS_INVALID_ARGUMENT, "host_call: there is no function to call");
    on.call([=](const plugin::Failure& failure) { function(argument, failure.status); });
  });
}

}  // namespace

const bp_stream_api_t kStreamApi = {
    sizeof(bp_stream_api_t), stream_create, stream_destroy, stream_synchronize, event_create,
    event_destroy,           event_record,  event_wait,     event_query,        event_synchronize,
    event_elapsed,           event_signal,  host_call,
};

}  // namespace backplane::opencl
