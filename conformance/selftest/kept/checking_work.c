/* Work behind streams: each has a list, and one thread of the device does what waits for nothing.
 * Work never fails by itself; a stream fails with the event that it waits for. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "checking.h"

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void reach(bp_device_t* device, Mark* mark, bp_status_t status) {
  mark->is_reached = true;
  mark->status = status;
  mark->time_ns = now_ns();
  pthread_cond_broadcast(&device->changed);
}

void release_mark(const bp_host_t* host, Mark* mark) {
  if (mark != NULL && --mark->references == 0) host->deallocate(host->self, mark);
}

/* The stream whose first piece of work waits for nothing, or NULL. */
static bp_stream_t* ready_stream(const bp_device_t* device) {
  for (bp_stream_t* stream = device->streams; stream != NULL; stream = stream->next)
    if (stream->first != NULL &&
        (stream->first->waits_for == NULL || stream->first->waits_for->is_reached))
      return stream;
  return NULL;
}

static void count_use(const Task* task, uint32_t by) {
  for (int i = 0; i < 4; ++i)
    if (task->buffers[i] != NULL) task->buffers[i]->object.pending += by;
  if (task->kernel != NULL) task->kernel->object.pending += by;
}

static void begin(bp_stream_t* stream, Task* task) {
  stream->first = task->next;
  if (stream->first == NULL) stream->end = &stream->first;
  if (task->waits_for != NULL && stream->status == BP_OK) stream->status = task->waits_for->status;
}

static void end(bp_device_t* device, bp_stream_t* stream, Task* task) {
  if (task->reaches != NULL) reach(device, task->reaches, stream->status);
  release_mark(device->host, task->waits_for);
  release_mark(device->host, task->reaches);
  count_use(task, UINT32_MAX);
  ++stream->ended;
  pthread_cond_broadcast(&device->changed);
  device->host->deallocate(device->host->self, task);
}

static void* work(void* argument) {
  bp_device_t* const device = argument;
  pthread_mutex_lock(&device->lock);
  while (!device->is_closing) {
    bp_stream_t* const stream = ready_stream(device);
    if (stream == NULL) {
      pthread_cond_wait(&device->changed, &device->lock);
      continue;
    }
    Task* const task = stream->first;
    begin(stream, task);
    const bp_status_t status = stream->status;
    pthread_mutex_unlock(&device->lock);
    if (task->call != NULL) task->call(task->argument, status);
    if (task->run != NULL && status == BP_OK) task->run(task);
    pthread_mutex_lock(&device->lock);
    end(device, stream, task);
  }
  pthread_mutex_unlock(&device->lock);
  return NULL;
}

/* No signal of the host's is handled on a thread that it does not know. */
bp_status_t start_worker(bp_device_t* device) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&device->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&device->worker, NULL, work, device);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) return BP_OK;
  pthread_cond_destroy(&device->changed);
  return fail(device->host, BP_STATUS_OUT_OF_MEMORY, "no thread for the streams: error %d", error);
}

void stop_worker(bp_device_t* device) {
  pthread_mutex_lock(&device->lock);
  device->is_closing = true;
  pthread_cond_broadcast(&device->changed);
  pthread_mutex_unlock(&device->lock);
  pthread_join(device->worker, NULL);
  pthread_cond_destroy(&device->changed);
}

bp_status_t give(bp_stream_t* stream, const Task* task, uint64_t captured) {
  if (stream == NULL) {
    task->run(task);
    return BP_OK;
  }
  bp_device_t* const device = stream->object.device;
  const bp_host_t* const host = device->host;
  Task* const copy = host->allocate(host->self, sizeof(Task) + captured, 16);
  if (copy == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory for a piece of work");
  *copy = *task;
  if (captured != 0) {
    memcpy(copy->captured, task->inputs[0], captured);
    copy->inputs[0] = copy->captured;
  }
  pthread_mutex_lock(&device->lock);
  count_use(copy, 1);
  if (copy->waits_for != NULL) ++copy->waits_for->references;
  if (copy->reaches != NULL) ++copy->reaches->references;
  copy->next = NULL;
  *stream->end = copy;
  stream->end = &copy->next;
  ++stream->given;
  pthread_cond_broadcast(&device->changed);
  pthread_mutex_unlock(&device->lock);
  return BP_OK;
}
