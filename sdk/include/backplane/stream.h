/* backplane/stream.h - order of work. A stream runs its work in the order given. [BP-STREAM-10]
 * Two streams know nothing of each other except through events, and a device may run them one
 * after the other. Work on two of them that shares a byte, and that one writes, is ordered: by an
 * event, or because the host waited. [BP-HOST-15]
 *
 * Failure: the first failed work fails its stream, for good. [BP-STREAM-1] The host destroys
 * it and makes another. Events recorded on it afterwards carry the same status. [BP-STREAM-8]
 * A stream that waits for such an event, or for a host event signalled with a failure, fails
 * for good with it. [BP-STREAM-9] Nothing waits for ever. Work given after the failure may
 * run: what it writes is undefined but stays inside its outputs and scratch, and the call that
 * gives it returns BP_OK or the failure; event_record, event_wait and host_call are taken all
 * the same. A call that itself returns a failure on a sound stream gave no work and fails no
 * stream. [BP-STREAM-12] Outputs of a failed synchronous launch are undefined. Work never fails
 * with NOT_READY or TIMEOUT.
 */
#ifndef BACKPLANE_STREAM_H
#define BACKPLANE_STREAM_H

#include <backplane/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bp_event bp_event_t; /* defined by the plugin */

typedef uint32_t bp_stream_flags_t;
enum bp_stream_flag_values {
  BP_STREAM_FLAG_TIMED = 1u << 0 /* timed events may be recorded on it */
};

typedef uint32_t bp_event_flags_t;
enum bp_event_flag_values {
  BP_EVENT_FLAG_TIMED = 1u << 0,        /* event_elapsed may be asked */
  BP_EVENT_FLAG_HOST_SIGNALED = 1u << 1 /* reached by event_signal, never recorded */
};

/* A device with streams has host-signalled events. An unknown flag is UNSUPPORTED.
 * [BP-STREAM-13] */
struct bp_stream_api {
  uint32_t struct_size;

  /* Fails: UNSUPPORTED. [any-thread] [may-block] */
  bp_status_t (*stream_create)(bp_device_t* device, bp_stream_flags_t flags,
                               bp_stream_t** out_stream);
  /* Waits for the stream's work, host calls included, then ends it. [BP-STREAM-14] The host
   * first signals every event that it waits for. [BP-HOST-10] [one-thread] [may-block] */
  void (*stream_destroy)(bp_stream_t* stream);
  /* Waits until all work given so far has ended or never will, then returns the stream's
   * failure, if any: only then is the work finished. [BP-STREAM-2] Else TIMEOUT, never before
   * its time; the work goes on. [BP-STREAM-15] Fails: TIMEOUT, or as the stream did.
   * [any-thread] [may-block] */
  bp_status_t (*stream_synchronize)(bp_stream_t* stream, uint64_t timeout_ns);

  /* Fails: UNSUPPORTED. [any-thread] */
  bp_status_t (*event_create)(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event);
  /* May come while work waits for it: that work still starts after the mark, as if the event
   * lived. [BP-STREAM-3] A host-signalled one that nobody signalled is signalled with CANCELLED
   * first. [BP-STREAM-16] [one-thread] */
  void (*event_destroy)(bp_event_t* event);
  /* Marks this point of the stream; recording again moves the mark. [BP-STREAM-17] One thread
   * at a time records an event; queries and waits meanwhile see the old mark or the new one. A
   * timed event on an untimed stream, and a host-signalled event, is INVALID_ARGUMENT.
   * [BP-STREAM-18] [stream-ordered] */
  bp_status_t (*event_record)(bp_event_t* event, bp_stream_t* stream);
  /* Work given to `stream` after this call starts after the mark that stands now. [BP-STREAM-4]
   * An event never recorded counts as reached; one to be signalled by the host does not.
   * [BP-STREAM-19] [stream-ordered] */
  bp_status_t (*event_wait)(bp_event_t* event, bp_stream_t* stream);
  /* BP_OK when reached, NOT_READY when not, else the failure it carries. [BP-STREAM-5] Asking
   * again and again gets there: it pushes the work along, and never waits. [BP-STREAM-20]
   * Fails: NOT_READY, or as the event did. [any-thread] */
  bp_status_t (*event_query)(bp_event_t* event);
  /* As event_query, but waits up to `timeout_ns`, and TIMEOUT comes never before its time.
   * [BP-STREAM-21] Fails: TIMEOUT, or as the event did. [any-thread] [may-block] */
  bp_status_t (*event_synchronize)(bp_event_t* event, uint64_t timeout_ns);
  /* Nanoseconds of device time between two timed events, NOT_READY before both are reached,
   * INVALID_ARGUMENT when the end came first. [BP-STREAM-22] Fails: NOT_READY. [any-thread]
   * [optional] */
  bp_status_t (*event_elapsed)(bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
  /* Reaches a host-signalled event, once, with BP_OK or a failure, from any thread, a host call
   * included. [BP-STREAM-6] A second time, on any other event, or with NOT_READY or TIMEOUT, is
   * INVALID_ARGUMENT. [BP-STREAM-23] [any-thread]
   * Why: it is how a host holds work back, and how conformance proves that a stream is
   * asynchronous at all. */
  bp_status_t (*event_signal)(bp_event_t* event, bp_status_t status);
  /* Calls `function` on the host when the stream gets there: exactly once, with the stream's
   * failure if it has one. [BP-STREAM-7] Later work waits for its return. [BP-STREAM-24] Of this
   * ABI it may call event_signal, event_query and the host's log; it waits for no work and does
   * not throw. [stream-ordered] [optional] */
  bp_status_t (*host_call)(bp_stream_t* stream,
                           void (*function)(void* argument, bp_status_t status), void* argument);
};

#ifdef __cplusplus
}
#endif
#endif /* BACKPLANE_STREAM_H */
