// Faults of streams: who waits for what. Group S of the catalogue.
#include <atomic>
#include <chrono>
#include <thread>

#include "fault.hpp"
#include "notes.hpp"

namespace backplane::selftest {
namespace {

constexpr uint64_t kForEver = UINT64_MAX;

// How often an event was recorded, and where last; forgotten with it.
Notes<bp_event_t*, int> record_counts;
Notes<bp_event_t*, bp_stream_t*> recorded_on;
Notes<bp_event_t*, bool> host_signaled;
Notes<bp_event_t*, bool> used_up;
Notes<bp_stream_t*, bp_event_t*> waited_for;

bp_status_t note_record(bp_event_t* event, bp_stream_t* stream) {
  record_counts.put(event, record_counts.get(event) + 1);
  recorded_on.put(event, stream);
  used_up.drop(event);
  return honest().stream->event_record(event, stream);
}

bp_status_t note_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  const bp_status_t status = honest().stream->event_create(device, flags, out_event);
  if (status == BP_OK && (flags & BP_EVENT_FLAG_HOST_SIGNALED) != 0)
    host_signaled.put(*out_event, true);
  return status;
}

void note_destroy(bp_event_t* event) {
  record_counts.drop(event);
  recorded_on.drop(event);
  host_signaled.drop(event);
  used_up.drop(event);
  honest().stream->event_destroy(event);
}

void take_notes(Tables* tables) {
  tables->stream.event_create = note_create;
  tables->stream.event_record = note_record;
  tables->stream.event_destroy = note_destroy;
}

bp_status_t second_wait_is_ignored(bp_event_t* event, bp_stream_t* stream) {
  const bp_event_t* before = waited_for.get(stream);
  if (before != nullptr && before != event && host_signaled.get(waited_for.get(stream)) &&
      honest().stream->event_query(waited_for.get(stream)) == BP_STATUS_NOT_READY)
    return BP_OK;
  waited_for.put(stream, event);
  return honest().stream->event_wait(event, stream);
}

bp_status_t mark_is_used_up(bp_event_t* event, bp_stream_t* stream) {
  return used_up.put(event, true) ? BP_OK : honest().stream->event_wait(event, stream);
}

bp_status_t any_signal_opens_all(bp_event_t* event, bp_status_t status) {
  const bp_status_t answer = honest().stream->event_signal(event, status);
  if (answer == BP_OK)
    host_signaled.each(
        [status](bp_event_t* other, bool) { honest().stream->event_signal(other, status); });
  return answer;
}

bp_status_t own_mark_is_refused(bp_event_t* event, bp_stream_t* stream) {
  if (recorded_on.get(event) == stream) return BP_STATUS_INVALID_ARGUMENT;
  return honest().stream->event_wait(event, stream);
}

// Waits on the stream's own thread, for the mark that stands by then; a failure is lost.
bp_status_t wait_when_the_stream_gets_there(bp_event_t* event, bp_stream_t* stream) {
  if (host_signaled.get(event)) return honest().stream->event_wait(event, stream);
  return honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        honest().stream->event_synchronize(static_cast<bp_event_t*>(argument), kForEver);
      },
      event);
}

bp_status_t wait_for_the_first_record(bp_event_t* event, bp_stream_t* stream) {
  if (host_signaled.get(event) || record_counts.get(event) > 0)
    return honest().stream->event_wait(event, stream);
  return honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        auto* unrecorded = static_cast<bp_event_t*>(argument);
        for (int i = 0; i < 8000 && record_counts.get(unrecorded) == 0; ++i)
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        honest().stream->event_synchronize(unrecorded, kForEver);
      },
      event);
}

void destroy_waits_for_the_mark(bp_event_t* event) {
  if (event != nullptr && !host_signaled.get(event))
    honest().stream->event_synchronize(event, kForEver);
  note_destroy(event);
}

bp_status_t marks_run_out(bp_event_t* event, bp_stream_t* stream) {
  return record_counts.get(event) < 512 ? note_record(event, stream) : BP_OK;
}

std::atomic<int> records_going_on{0};

bp_status_t record_slowly(bp_event_t* event, bp_stream_t* stream) {
  ++records_going_on;
  const bp_status_t status = honest().stream->event_record(event, stream);
  std::this_thread::sleep_for(std::chrono::microseconds(20));
  --records_going_on;
  return status;
}

bp_status_t half_a_mark(bp_event_t* event) {
  return records_going_on > 0 ? BP_STATUS_INTERNAL : honest().stream->event_query(event);
}

// After a transfer of 0 bytes the next event is not recorded.
Notes<bp_stream_t*, bool> did_nothing;

bp_status_t empty_write(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                        const void* source, uint64_t size) {
  did_nothing.put(stream, size == 0);
  return honest().memory->write(stream, target, offset, source, size);
}

bp_status_t empty_read(bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                       void* target, uint64_t size) {
  did_nothing.put(stream, size == 0);
  return honest().memory->read(stream, source, offset, target, size);
}

bp_status_t nothing_to_mark(bp_event_t* event, bp_stream_t* stream) {
  return did_nothing.get(stream) ? BP_OK : honest().stream->event_record(event, stream);
}

template <bp_status_t (*wait)(bp_event_t*, bp_stream_t*)>
void plant_wait(Tables* tables) {
  take_notes(tables);
  tables->stream.event_wait = wait;
}

}  // namespace

std::vector<Fault> stream_wait_faults() {
  return {
      {"second-wait-is-ignored", plant_wait<second_wait_is_ignored>},
      {"mark-is-used-up", plant_wait<mark_is_used_up>},
      {"own-mark-is-refused", plant_wait<own_mark_is_refused>},
      {"wait-takes-the-last-mark", plant_wait<wait_when_the_stream_gets_there>},
      {"failure-comes-too-late", plant_wait<wait_when_the_stream_gets_there>},
      {"wait-for-the-first-record", plant_wait<wait_for_the_first_record>},
      {"any-signal-opens-all",
       [](Tables* t) {
         take_notes(t);
         t->stream.event_signal = any_signal_opens_all;
       }},
      {"event-destroy-waits",
       [](Tables* t) {
         take_notes(t);
         t->stream.event_destroy = destroy_waits_for_the_mark;
       }},
      {"marks-run-out",
       [](Tables* t) {
         take_notes(t);
         t->stream.event_record = marks_run_out;
       }},
      {"half-a-mark",
       [](Tables* t) {
         t->stream.event_record = record_slowly;
         t->stream.event_query = half_a_mark;
       }},
      {"nothing-to-mark",
       [](Tables* t) {
         t->memory.write = empty_write;
         t->memory.read = empty_read;
         t->stream.event_record = nothing_to_mark;
       }},
  };
}

}  // namespace backplane::selftest
