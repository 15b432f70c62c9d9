// Faults of streams and events: group S of the catalogue.
#include <cstring>
#include <mutex>
#include <set>

#include "fault.hpp"

namespace backplane::selftest {
namespace {

constexpr uint64_t kForEver = UINT64_MAX;

bp_status_t wait_is_ignored(bp_event_t*, bp_stream_t*) { return BP_OK; }

bp_status_t reached_at_submit(bp_event_t* event) {
  const bp_status_t status = honest().stream->event_query(event);
  return status == BP_STATUS_NOT_READY ? BP_OK : status;
}

bp_status_t write_waits(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                        const void* source, uint64_t size) {
  const bp_status_t status = honest().memory->write(stream, target, offset, source, size);
  if (status == BP_OK && stream != nullptr) honest().stream->stream_synchronize(stream, kForEver);
  return status;
}

std::mutex recorded_mutex;
std::set<bp_event_t*> recorded;

bp_status_t recorded_once(bp_event_t* event, bp_stream_t* stream) {
  const std::lock_guard<std::mutex> lock(recorded_mutex);
  return recorded.insert(event).second ? honest().stream->event_record(event, stream) : BP_OK;
}

void forget_recorded(bp_event_t* event) {
  const std::lock_guard<std::mutex> lock(recorded_mutex);
  recorded.erase(event);
  honest().stream->event_destroy(event);
}

bp_status_t failure_is_swallowed(bp_stream_t* stream, uint64_t timeout_ns) {
  const bp_status_t status = honest().stream->stream_synchronize(stream, timeout_ns);
  return status == BP_STATUS_TIMEOUT ? status : BP_OK;
}

bp_status_t events_forget_failures(bp_event_t* event, uint64_t timeout_ns) {
  const bp_status_t status = honest().stream->event_synchronize(event, timeout_ns);
  return status == BP_STATUS_TIMEOUT ? status : BP_OK;
}

bp_status_t gives_up_at_once(bp_stream_t* stream, uint64_t timeout_ns) {
  if (timeout_ns > 1'000'000'000) return honest().stream->stream_synchronize(stream, timeout_ns);
  return honest().stream->stream_synchronize(stream, 0);
}

bp_status_t any_flag_is_taken(bp_device_t* device, bp_stream_flags_t flags,
                              bp_stream_t** out_stream) {
  return honest().stream->stream_create(device, flags & BP_STREAM_FLAG_TIMED, out_stream);
}

struct Twice {
  void (*function)(void* argument, bp_status_t status);
  void* argument;
};

bp_status_t called_twice(bp_stream_t* stream, void (*function)(void*, bp_status_t),
                         void* argument) {
  return honest().stream->host_call(
      stream,
      [](void* both, bp_status_t status) {
        auto* twice = static_cast<Twice*>(both);
        twice->function(twice->argument, status);
        twice->function(twice->argument, status);
        delete twice;
      },
      new Twice{function, argument});
}

bp_status_t no_time_passes(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  const bp_status_t status = honest().stream->event_elapsed(start, end, out_ns);
  if (status == BP_OK) *out_ns = 0;
  return status;
}

bp_status_t signalled_twice(bp_event_t* event, bp_status_t status) {
  const bp_status_t answer = honest().stream->event_signal(event, status);
  const bool is_no_end = status == BP_STATUS_NOT_READY || status == BP_STATUS_TIMEOUT;
  return answer == BP_STATUS_INVALID_ARGUMENT && !is_no_end ? BP_OK : answer;
}

// Where the bytes of a write wait until the stream gets there.
struct LateWrite {
  char* target;
  const void* source;
  uint64_t size;
};

bp_status_t source_is_read_late(bp_stream_t* stream, bp_buffer_t* target, uint64_t offset,
                                const void* source, uint64_t size) {
  void* start = nullptr;
  char probe = 0;
  if (stream == nullptr || size == 0 ||
      honest().memory->read(stream, target, offset, &probe, 0) != BP_OK ||
      honest().memory->map(target, &start) != BP_OK)
    return honest().memory->write(stream, target, offset, source, size);
  auto* late = new LateWrite{static_cast<char*>(start) + offset, source, size};
  return honest().stream->host_call(
      stream,
      [](void* argument, bp_status_t) {
        auto* write = static_cast<LateWrite*>(argument);
        std::memcpy(write->target, write->source, write->size);
        delete write;
      },
      late);
}

// A stream whose work fails goes on, and says so once.
bp_status_t failure_is_told_once(bp_stream_t* stream, uint64_t timeout_ns) {
  static std::set<bp_stream_t*> told;
  const bp_status_t status = honest().stream->stream_synchronize(stream, timeout_ns);
  const std::lock_guard<std::mutex> lock(recorded_mutex);
  if (status == BP_OK) told.erase(stream);
  return status != BP_STATUS_INTERNAL || told.insert(stream).second ? status : BP_OK;
}

}  // namespace

std::vector<Fault> stream_faults() {
  return {
      {"source-is-read-late", [](Tables* t) { t->memory.write = source_is_read_late; }},
      {"wait-is-ignored", [](Tables* t) { t->stream.event_wait = wait_is_ignored; }},
      {"reached-at-submit", [](Tables* t) { t->stream.event_query = reached_at_submit; }},
      {"write-waits", [](Tables* t) { t->memory.write = write_waits; }},
      {"recorded-once",
       [](Tables* t) {
         t->stream.event_record = recorded_once;
         t->stream.event_destroy = forget_recorded;
       }},
      {"failure-is-swallowed",
       [](Tables* t) { t->stream.stream_synchronize = failure_is_swallowed; }},
      {"failure-is-told-once",
       [](Tables* t) { t->stream.stream_synchronize = failure_is_told_once; }},
      {"events-forget-failures",
       [](Tables* t) { t->stream.event_synchronize = events_forget_failures; }},
      {"gives-up-at-once", [](Tables* t) { t->stream.stream_synchronize = gives_up_at_once; }},
      {"any-flag-is-taken", [](Tables* t) { t->stream.stream_create = any_flag_is_taken; }},
      {"called-twice", [](Tables* t) { t->stream.host_call = called_twice; }},
      {"no-time-passes", [](Tables* t) { t->stream.event_elapsed = no_time_passes; }},
      {"signalled-twice", [](Tables* t) { t->stream.event_signal = signalled_twice; }},
  };
}

}  // namespace backplane::selftest
