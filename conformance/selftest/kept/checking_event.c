/* Events: marks on streams, and what the host signals. */
#include <string.h>

#include "checking.h"

static Mark* make_mark(const bp_host_t* host, bool is_host_signaled) {
  Mark* const mark = host->allocate(host->self, sizeof(Mark), _Alignof(Mark));
  if (mark == NULL) return NULL;
  memset(mark, 0, sizeof(*mark));
  mark->references = 1;
  mark->is_host_signaled = is_host_signaled;
  return mark;
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  bp_status_t status = check_maker(device, out_event, "event_create");
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

void event_destroy(bp_event_t* event) {
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

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
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

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
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
  const Deadline deadline = deadline_after(timeout_ns);
  pthread_mutex_lock(&device->lock);
  bool is_in_time = timeout_ns != 0;
  while (is_in_time && !mark->is_reached) is_in_time = wait_for_change(device, &deadline);
  const bool is_reached = mark->is_reached;
  const bp_status_t status = is_reached ? mark->status : otherwise;
  release_mark(device->host, mark);
  pthread_mutex_unlock(&device->lock);
  if (!is_reached || status == BP_OK) return status;
  return fail(device->host, status, "the event carries the failure of a stream, or was given it");
}

bp_status_t event_query(bp_event_t* event) {
  const bp_status_t status = check_handle(event, kEventMagic, "event_query");
  return status != BP_OK ? status : status_of(event, 0, BP_STATUS_NOT_READY);
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  const bp_status_t status = check_handle(event, kEventMagic, "event_synchronize");
  return status != BP_OK ? status : status_of(event, timeout_ns, BP_STATUS_TIMEOUT);
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
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

bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
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
