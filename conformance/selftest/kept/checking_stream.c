/* Streams, and the table that has events, too. */
#include <errno.h>
#include <time.h>

#include "checking.h"

static const uint64_t kLongestNs = UINT64_C(1) << 62; /* above it: for ever */

Deadline deadline_after(uint64_t timeout_ns) {
  Deadline deadline = {.is_for_ever = timeout_ns > kLongestNs};
  if (deadline.is_for_ever) return deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline.at);
  deadline.at.tv_sec += (time_t)(timeout_ns / 1000000000u);
  deadline.at.tv_nsec += (long)(timeout_ns % 1000000000u);
  if (deadline.at.tv_nsec >= 1000000000) {
    deadline.at.tv_nsec -= 1000000000;
    ++deadline.at.tv_sec;
  }
  return deadline;
}

bool wait_for_change(bp_device_t* device, const Deadline* deadline) {
  if (deadline->is_for_ever) return pthread_cond_wait(&device->changed, &device->lock) == 0;
  return pthread_cond_timedwait(&device->changed, &device->lock, &deadline->at) != ETIMEDOUT;
}

bp_status_t check_maker(const bp_device_t* device, const void* out, const char* call) {
  const bp_status_t status = check_handle(device, kDeviceMagic, call);
  if (status != BP_OK) return status;
  if (device->is_synchronous)
    return breach(device->host, "%s came for a synchronous device [BP-HOST-14]", call);
  return out != NULL ? BP_OK : breach(device->host, "%s was given NULL for what it makes", call);
}

static bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags,
                                 bp_stream_t** out_stream) {
  bp_status_t status = check_maker(device, out_stream, "stream_create");
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
  const Deadline deadline = deadline_after(timeout_ns);
  pthread_mutex_lock(&device->lock);
  const uint64_t given = stream->given;
  bool is_in_time = true;
  while (is_in_time && stream->ended < given) is_in_time = wait_for_change(device, &deadline);
  status = stream->ended < given ? BP_STATUS_TIMEOUT : stream->status;
  pthread_mutex_unlock(&device->lock);
  if (status == BP_OK || status == BP_STATUS_TIMEOUT) return status;
  return fail(device->host, status, "the stream has failed with an event that it waited for");
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
