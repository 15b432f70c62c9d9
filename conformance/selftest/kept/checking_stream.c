/* The stream table: streams, and events as marks on them. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "checking.h"

static const uint64_t kLongestNs = UINT64_C(1) << 62; /* above it: for ever */

static struct timespec deadline_after(uint64_t timeout_ns) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  at.tv_sec += (time_t)(timeout_ns / 1000000000u);
  at.tv_nsec += (long)(timeout_ns % 1000000000u);
  if (at.tv_nsec >= 1000000000) {
    at.tv_nsec -= 1000000000;
    ++at.tv_sec;
  }
  return at;
}

/* Under the lock: waits for a change. False when the time has passed. */
static bool wait_for_change(bp_device_t* device, uint64_t timeout_ns,
                            const struct timespec* deadline) {
  if (timeout_ns > kLongestNs) return pthread_cond_wait(&device->changed, &device->lock) == 0;
  return pthread_cond_timedwait(&device->changed, &device->lock, deadline) != ETIMEDOUT;
}

static bp_status_t check_device(const bp_device_t* device, const void* out, const char* call) {
  const bp_status_t status = check_handle(device, kDeviceMagic, call);
  if (status != BP_OK) return status;
  if (device->is_synchronous)
    return breach(device->host, "%s came for a synchronous device [BP-HOST-14]", call);
  return out != NULL ? BP_OK : breach(device->host, "%s was given NULL for what it makes", call);
}

static bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags,
                                 bp_stream_t** out_stream) {
  bp_status_t status = check_device(device, out_stream, "stream_create");
  if (status != BP_OK) return status;
  if ((flags & ~(bp_stream_flags_t)BP_STREAM_FLAG_TIMED) != 0)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "no stream has the flags %#x", flags);
  bp_stream_t* const stream = make_object(device, sizeof(*stream), kStreamMagic, &status);
  if (stream == NULL) return status;
  stream->flags = flags;
  stream->end = &stream->first;
  pthread_mutex_lock(&device->lock);
  stream->next = device->streams;
  device->streams = stream;
  pthread_mutex_unlock(&device->lock);
  *out_stream = stream;
  return BP_OK;
}

/* What the host should have signalled first: so that it does not hang here. */
static void cancel_host_events(bp_stream_t* stream) {
  for (const Task* task = stream->first; task != NULL; task = task->next) {
    Mark* const mark = task->waits_for;
    if (mark == NULL || !mark->is_host_signaled || mark->is_reached) continue;
    note_breach(stream->object.device->host,
                "stream_destroy of a stream that waits for a host event [BP-HOST-10]");
    reach(stream->object.device, mark, BP_STATUS_CANCELLED);
  }
}

static void stream_destroy(bp_stream_t* stream) {
  if (!may_end(stream, kStreamMagic, "stream_destroy")) return;
  bp_device_t* const device = stream->object.device;
  pthread_mutex_lock(&device->lock);
  cancel_host_events(stream);
  while (stream->ended != stream->given) pthread_cond_wait(&device->changed, &device->lock);
  bp_stream_t** link = &device->streams;
  while (*link != stream) link = &(*link)->next;
  *link = stream->next;
  pthread_mutex_unlock(&device->lock);
  end_object(stream, sizeof(*stream));
}

static bp_status_t stream_synchronize(bp_stream_t* stream, uint64_t timeout_ns) {
  bp_status_t status = check_handle(stream, kStreamMagic, "stream_synchronize");
  if (status != BP_OK) return status;
  bp_device_t* const device = stream->object.device;
  const struct timespec deadline = deadline_after(timeout_ns > kLongestNs ? 0 : timeout_ns);
  pthread_mutex_lock(&device->lock);
  const uint64_t given = stream->given;
  bool is_in_time = true;
  while (is_in_time && stream->ended < given)
    is_in_time = wait_for_change(device, timeout_ns, &deadline);
  status = stream->ended < given ? BP_STATUS_TIMEOUT : stream->status;
  pthread_mutex_unlock(&device->lock);
  if (status == BP_OK || status == BP_STATUS_TIMEOUT) return status;
  return fail(device->host, status, "the stream has failed with an event that it waited for");
}

static Mark* make_mark(const bp_host_t* host, bool is_host_signaled) {
  Mark* const mark = host->allocate(host->self, sizeof(Mark), _Alignof(Mark));
  if (mark == NULL) return NULL;
  memset(mark, 0, sizeof(*mark));
  mark->references = 1;
  mark->is_host_signaled = is_host_signaled;
  return mark;
}

static bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags,
                                bp_event_t** out_event) {
  bp_status_t status = check_device(device, out_event, "event_create");
  if (status != BP_OK) return status;
  if ((flags & ~(bp_event_flags_t)(BP_EVENT_FLAG_TIMED | BP_EVENT_FLAG_HOST_SIGNALED)) != 0)
    return fail(device->host, BP_STATUS_UNSUPPORTED, "no event has the flags %#x", flags);
  bp_event_t* const event = make_object(device, sizeof(*event), kEventMagic, &status);
  if (event == NULL) return status;
  event->flags = flags;
  if ((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0) event->mark = make_mark(device->host, true);
  if ((flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0 && event->mark == NULL) {
    end_object(event, sizeof(*event));
    return fail(device->host, BP_STATUS_OUT_OF_MEMORY, "no memory for a host event");
  }
  *out_event = event;
  return BP_OK;
}

static void event_destroy(bp_event_t* event) {
  if (!may_end(event, kEventMagic, "event_destroy")) return;
  bp_device_t* const device = event->object.device;
  pthread_mutex_lock(&device->lock);
  Mark* const mark = event->mark;
  if (mark != NULL && mark->is_host_signaled && !mark->is_reached)
    reach(device, mark, BP_STATUS_CANCELLED);
  release_mark(device->host, mark);
  pthread_mutex_unlock(&device->lock);
  end_object(event, sizeof(*event));
}

static bp_status_t check_both(const bp_event_t* event, const bp_stream_t* stream,
                              const char* call) {
  const bp_status_t status = check_handle(event, kEventMagic, call);
  return status != BP_OK ? status : check_stream(event->object.device, stream, call);
}

static bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  bp_status_t status = check_both(event, stream, "event_record");
  if (status != BP_OK) return status;
  const bp_host_t* const host = event->object.device->host;
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "a host event is signalled, not recorded");
  if ((event->flags & BP_EVENT_FLAG_TIMED) != 0 && (stream->flags & BP_STREAM_FLAG_TIMED) == 0)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "a timed event on an untimed stream");
  Mark* mark = make_mark(host, false);
  if (mark == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a mark");
  status = give(stream, &(Task){.reaches = mark}, 0);
  pthread_mutex_lock(&event->object.device->lock);
  if (status == BP_OK) {
    Mark* const before = event->mark;
    event->mark = mark;
    mark = before;
  }
  release_mark(host, mark);
  pthread_mutex_unlock(&event->object.device->lock);
  return status;
}

/* The mark that stands, kept; NULL: never recorded. */
static Mark* keep_mark(bp_event_t* event) {
  pthread_mutex_lock(&event->object.device->lock);
  Mark* const mark = event->mark;
  if (mark != NULL) ++mark->references;
  pthread_mutex_unlock(&event->object.device->lock);
  return mark;
}

static void give_back(bp_device_t* device, Mark* mark) {
  pthread_mutex_lock(&device->lock);
  release_mark(device->host, mark);
  pthread_mutex_unlock(&device->lock);
}

static bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  bp_status_t status = check_both(event, stream, "event_wait");
  if (status != BP_OK) return status;
  Mark* const mark = keep_mark(event);
  if (mark == NULL) return BP_OK;
  status = give(stream, &(Task){.waits_for = mark}, 0);
  give_back(event->object.device, mark);
  return status;
}

/* Until it is reached or the time has passed; `otherwise` is what is said then. */
static bp_status_t status_of(bp_event_t* event, uint64_t timeout_ns, bp_status_t otherwise) {
  bp_device_t* const device = event->object.device;
  Mark* const mark = keep_mark(event);
  if (mark == NULL) return BP_OK;
  const struct timespec deadline = deadline_after(timeout_ns > kLongestNs ? 0 : timeout_ns);
  pthread_mutex_lock(&device->lock);
  bool is_in_time = timeout_ns != 0;
  while (is_in_time && !mark->is_reached)
    is_in_time = wait_for_change(device, timeout_ns, &deadline);
  const bool is_reached = mark->is_reached;
  const bp_status_t status = is_reached ? mark->status : otherwise;
  release_mark(device->host, mark);
  pthread_mutex_unlock(&device->lock);
  if (!is_reached || status == BP_OK) return status;
  return fail(device->host, status, "the event carries the failure of a stream, or was given it");
}

static bp_status_t event_query(bp_event_t* event) {
  const bp_status_t status = check_handle(event, kEventMagic, "event_query");
  return status != BP_OK ? status : status_of(event, 0, BP_STATUS_NOT_READY);
}

static bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  const bp_status_t status = check_handle(event, kEventMagic, "event_synchronize");
  return status != BP_OK ? status : status_of(event, timeout_ns, BP_STATUS_TIMEOUT);
}

static bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  bp_status_t status = check_handle(start, kEventMagic, "event_elapsed");
  if (status == BP_OK) status = check_handle(end, kEventMagic, "event_elapsed");
  if (status != BP_OK) return status;
  bp_device_t* const device = start->object.device;
  if (out_ns == NULL || end->object.device != device)
    return breach(device->host, "event_elapsed was given events of two opens, or NULL");
  if ((start->flags & end->flags & BP_EVENT_FLAG_TIMED) == 0)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "one of the events is not timed");
  pthread_mutex_lock(&device->lock);
  const bool is_known =
      start->mark != NULL && start->mark->is_reached && end->mark != NULL && end->mark->is_reached;
  const uint64_t from = is_known ? start->mark->time_ns : 0;
  const uint64_t to = is_known ? end->mark->time_ns : 0;
  pthread_mutex_unlock(&device->lock);
  if (!is_known) return BP_STATUS_NOT_READY;
  if (to < from) return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "the end came first");
  *out_ns = to - from;
  return BP_OK;
}

static bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
  const bp_status_t valid = check_handle(event, kEventMagic, "event_signal");
  if (valid != BP_OK) return valid;
  bp_device_t* const device = event->object.device;
  if ((event->flags & BP_EVENT_FLAG_HOST_SIGNALED) == 0)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "the event is recorded, not signalled");
  if (status == BP_STATUS_NOT_READY || status == BP_STATUS_TIMEOUT)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "an event cannot end with %d", status);
  pthread_mutex_lock(&device->lock);
  const bool is_first = !event->mark->is_reached;
  if (is_first) reach(device, event->mark, status);
  pthread_mutex_unlock(&device->lock);
  if (is_first) return BP_OK;
  return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "the event was signalled before");
}

static bp_status_t host_call(bp_stream_t* stream,
                             void (*function)(void* argument, bp_status_t status), void* argument) {
  const bp_status_t status = check_handle(stream, kStreamMagic, "host_call");
  if (status != BP_OK) return status;
  if (function == NULL) return breach(stream->object.device->host, "host_call of NULL");
  return give(stream, &(Task){.call = function, .argument = argument}, 0);
}

const bp_stream_api_t checking_stream_table = {.struct_size = sizeof(bp_stream_api_t),
                                               .stream_create = stream_create,
                                               .stream_destroy = stream_destroy,
                                               .stream_synchronize = stream_synchronize,
                                               .event_create = event_create,
                                               .event_destroy = event_destroy,
                                               .event_record = event_record,
                                               .event_wait = event_wait,
                                               .event_query = event_query,
                                               .event_synchronize = event_synchronize,
                                               .event_elapsed = event_elapsed,
                                               .event_signal = event_signal,
                                               .host_call = host_call};
