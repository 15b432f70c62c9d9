/* What the plugin says to its host, and what it holds the host's table and its handles against. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "checking.h"

static pthread_mutex_t noted_lock = PTHREAD_MUTEX_INITIALIZER;
static char noted[256]; /* the first breach of a call that could not answer */
static _Atomic(const bp_host_t*) listener;

static void write_breach(char text[256], const char* format, va_list arguments) {
  const int begun = snprintf(text, 256, "the host broke ABI %u.%u: ", BP_ABI_MAJOR, BP_ABI_MINOR);
  vsnprintf(text + begun, 256 - (size_t)begun, format, arguments);
}

bp_status_t fail(const bp_host_t* host, bp_status_t status, const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  host->explain(host->self, text);
  return status;
}

bp_status_t breach(const bp_host_t* host, const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  write_breach(text, format, arguments);
  va_end(arguments);
  if (host == NULL) host = atomic_load(&listener);
  if (host == NULL) return BP_STATUS_INTERNAL;
  host->log(host->self, BP_LOG_ERROR, text);
  host->explain(host->self, text);
  return BP_STATUS_INTERNAL;
}

void note_breach(const bp_host_t* host, const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  write_breach(text, format, arguments);
  va_end(arguments);
  if (host == NULL) host = atomic_load(&listener);
  if (host != NULL) host->log(host->self, BP_LOG_ERROR, text);
  pthread_mutex_lock(&noted_lock);
  if (noted[0] == '\0') memcpy(noted, text, sizeof(noted));
  pthread_mutex_unlock(&noted_lock);
}

bp_status_t tell_noted_breach(const bp_host_t* host) {
  pthread_mutex_lock(&noted_lock);
  const bool is_noted = noted[0] != '\0';
  if (is_noted) host->explain(host->self, noted);
  pthread_mutex_unlock(&noted_lock);
  return is_noted ? BP_STATUS_INTERNAL : BP_OK;
}

void listen_with(const bp_host_t* host) { atomic_store(&listener, host); }

void stop_listening(const bp_host_t* host) {
  const bp_host_t* expected = host;
  atomic_compare_exchange_strong(&listener, &expected, NULL);
}

/* Of its own version, or a later one: no function is NULL, no field is missing. */
bp_status_t check_host(const bp_host_t* host) {
  if (host->struct_size < sizeof(bp_host_t))
    return breach(host, "bp_host_t::struct_size is %u, less than %zu", host->struct_size,
                  sizeof(bp_host_t));
  if (host->abi.major != BP_ABI_MAJOR || host->abi.minor < BP_ABI_MINOR)
    return breach(host, "a host of %u.%u uses a plugin of %u.%u", host->abi.major, host->abi.minor,
                  BP_ABI_MAJOR, BP_ABI_MINOR);
  if (host->log == NULL || host->allocate == NULL || host->deallocate == NULL ||
      host->get_extension == NULL)
    return fail(host, BP_STATUS_INTERNAL, "the host broke ABI: a function of bp_host_t is NULL");
  return BP_OK;
}

static bp_status_t try_allocate(const bp_host_t* host, uint64_t alignment) {
  char* const bytes = host->allocate(host->self, 100, alignment);
  if (bytes == NULL) return fail(host, BP_STATUS_OUT_OF_MEMORY, "no memory to try");
  if ((uintptr_t)bytes % alignment != 0)
    return breach(host, "allocate gave %p for an alignment of %" PRIu64, (void*)bytes, alignment);
  memset(bytes, 0x5a, 100);
  host->deallocate(host->self, bytes);
  return BP_OK;
}

/* Every function of the table, with what is hard on it. */
bp_status_t try_host(const bp_host_t* host) {
  char text[6000];
  memset(text, 'x', sizeof(text));
  text[sizeof(text) - 1] = '\0';
  host->explain(host->self, text);
  host->explain(host->self, "");
  host->log(host->self, BP_LOG_DEBUG, text);
  host->log(host->self, BP_LOG_DEBUG, "");
  host->deallocate(host->self, NULL);
  if (host->get_extension(host->self, "org.backplane.selftest.none/1") != NULL)
    return breach(host, "there is a host extension that nobody has heard of");
  for (uint64_t alignment = 1; alignment <= 4096; alignment *= 8) {
    const bp_status_t status = try_allocate(host, alignment);
    if (status != BP_OK) return status;
  }
  return BP_OK;
}

bool is_a(const void* handle, enum Magic magic) {
  return handle != NULL && ((const Object*)handle)->magic == (uint32_t)magic;
}

static const char* name_of(uint32_t magic) {
  switch (magic) {
    case kDeviceMagic:
      return "device";
    case kBufferMagic:
      return "buffer";
    case kStreamMagic:
      return "stream";
    case kEventMagic:
      return "event";
    case kKernelMagic:
      return "kernel";
    case kEndedMagic:
      return "handle that has ended";
    default:
      return "handle that was never made";
  }
}

bp_status_t check_handle(const void* handle, enum Magic magic, const char* call) {
  if (is_a(handle, magic)) return BP_OK;
  const bp_host_t* const host = atomic_load(&listener);
  if (handle == NULL && magic == kStreamMagic && host != NULL)
    return fail(host, BP_STATUS_INVALID_ARGUMENT, "%s: the stream is NULL", call);
  return breach(host, "%s was given a %s for a %s", call,
                handle == NULL ? "NULL" : name_of(((const Object*)handle)->magic),
                name_of((uint32_t)magic));
}

bp_status_t check_stream(const bp_device_t* device, const bp_stream_t* stream, const char* call) {
  if (device->is_synchronous && stream == NULL) return BP_OK;
  if (device->is_synchronous)
    return breach(device->host, "%s was given a stream on a synchronous device", call);
  if (stream == NULL)
    return fail(device->host, BP_STATUS_INVALID_ARGUMENT, "%s: the stream is NULL", call);
  const bp_status_t status = check_handle(stream, kStreamMagic, call);
  if (status != BP_OK || stream->object.device == device) return status;
  return breach(device->host, "%s was given a stream of another open [BP-HOST-3]", call);
}

void* make_object(bp_device_t* device, uint64_t size, enum Magic magic, bp_status_t* out_status) {
  const bp_host_t* host = device->host;
  Object* const object = host->allocate(host->self, size, _Alignof(bp_buffer_t));
  if (object == NULL) {
    *out_status = fail(host, BP_STATUS_OUT_OF_MEMORY, "no %" PRIu64 " bytes for a %s", size,
                       name_of((uint32_t)magic));
    return NULL;
  }
  memset(object, 0, magic == kBufferMagic ? sizeof(bp_buffer_t) : size);
  object->magic = (uint32_t)magic;
  object->device = device;
  pthread_mutex_lock(&device->lock);
  ++device->live_count;
  if (magic == kBufferMagic) device->memory_used += size;
  pthread_mutex_unlock(&device->lock);
  *out_status = BP_OK;
  return object;
}

void end_object(void* object, uint64_t size) {
  Object* const ended = object;
  bp_device_t* const device = ended->device;
  pthread_mutex_lock(&device->lock);
  --device->live_count;
  if (ended->magic == kBufferMagic) device->memory_used -= size;
  ended->magic = kEndedMagic;
  pthread_mutex_unlock(&device->lock);
  device->host->deallocate(device->host->self, ended);
}

bool may_end(const void* handle, enum Magic magic, const char* call) {
  if (handle == NULL) return false;
  const Object* const object = handle;
  if (object->magic != (uint32_t)magic) {
    note_breach(NULL, "%s was given a %s for a %s", call, name_of(object->magic),
                name_of((uint32_t)magic));
    return false;
  }
  pthread_mutex_lock(&object->device->lock);
  const uint32_t pending = object->pending;
  pthread_mutex_unlock(&object->device->lock);
  if (pending != 0)
    note_breach(object->device->host, "%s with %u pieces of work unfinished on it [%s]", call,
                pending, magic == kKernelMagic ? "BP-HOST-5" : "BP-HOST-2");
  return pending == 0;
}
