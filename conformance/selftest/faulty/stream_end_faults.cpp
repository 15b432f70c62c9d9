// Faults of streams: how the end of work, and its failure, is told. Group S of the catalogue.
#include <chrono>
#include <thread>

#include "fault.hpp"
#include "notes.hpp"

namespace backplane::selftest {
namespace {

Notes<bp_stream_t*, bool> somebody_waits;

bp_status_t one_waiter_is_enough(bp_stream_t* stream, uint64_t timeout_ns) {
  if (somebody_waits.put(stream, true)) return BP_OK;
  const bp_status_t status = honest().stream->stream_synchronize(stream, timeout_ns);
  somebody_waits.drop(stream);
  return status;
}

std::mutex the_lock;

bp_status_t synchronize_under_a_lock(bp_stream_t* stream, uint64_t timeout_ns) {
  const std::lock_guard<std::mutex> lock(the_lock);
  return honest().stream->stream_synchronize(stream, timeout_ns);
}

bp_status_t query_under_a_lock(bp_event_t* event) {
  const std::lock_guard<std::mutex> lock(the_lock);
  return honest().stream->event_query(event);
}

// The deadline as a signed number of nanoseconds; only the largest timeout is for ever.
uint64_t with_overflow(uint64_t timeout_ns) {
  const uint64_t now =
      static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  const auto deadline = static_cast<int64_t>(now + timeout_ns);
  const bool has_passed = timeout_ns != UINT64_MAX && deadline < static_cast<int64_t>(now);
  return has_passed ? 0 : timeout_ns;
}

bp_status_t synchronize_with_overflow(bp_stream_t* stream, uint64_t timeout_ns) {
  return honest().stream->stream_synchronize(stream, with_overflow(timeout_ns));
}

Notes<bp_event_t*, bool> signalled;

bp_status_t signal_races(bp_event_t* event, bp_status_t status) {
  if (signalled.get(event)) return honest().stream->event_signal(event, status);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  signalled.put(event, true);
  const bp_status_t answer = honest().stream->event_signal(event, status);
  return answer == BP_STATUS_INVALID_ARGUMENT ? BP_OK : answer;
}

void forget_signal(bp_event_t* event) {
  signalled.drop(event);
  honest().stream->event_destroy(event);
}

bp_status_t elapsed_is_constant(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  const bp_status_t status = honest().stream->event_elapsed(start, end, out_ns);
  if (status == BP_OK) *out_ns = 1000;
  return status;
}

bp_status_t failures_become_internal(bp_event_t* event, bp_status_t status) {
  const bool is_rare = status == BP_STATUS_INVALID_ARGUMENT || status == BP_STATUS_UNSUPPORTED ||
                       status == BP_STATUS_CORRUPT;
  return honest().stream->event_signal(event, is_rare ? BP_STATUS_INTERNAL : status);
}

Notes<bp_event_t*, bp_status_t> first_failures;

bp_status_t failure_sticks(bp_event_t* event, uint64_t timeout_ns) {
  const bp_status_t before = first_failures.get(event);
  if (before != BP_OK) return before;
  const bp_status_t status = honest().stream->event_synchronize(event, timeout_ns);
  if (status != BP_OK && status != BP_STATUS_TIMEOUT) first_failures.put(event, status);
  return status;
}

void forget_failure(bp_event_t* event) {
  first_failures.drop(event);
  honest().stream->event_destroy(event);
}

// A host call with what it is to be told, and whose end can be cut off.
struct HostCall {
  void (*function)(void* argument, bp_status_t status);
  void* argument;
  bp_stream_t* stream;
};

thread_local bool is_in_host_call = false;

bp_status_t call_with_a_note(bp_stream_t* stream, void (*function)(void*, bp_status_t),
                             void* argument) {
  return honest().stream->host_call(
      stream,
      [](void* with, bp_status_t status) {
        auto* call = static_cast<HostCall*>(with);
        is_in_host_call = true;
        call->function(call->argument, status);
        is_in_host_call = false;
        delete call;
      },
      new HostCall{function, argument, stream});
}

bp_status_t query_outside_host_calls(bp_event_t* event) {
  return is_in_host_call ? BP_STATUS_INTERNAL : honest().stream->event_query(event);
}

bp_status_t signal_outside_host_calls(bp_event_t* event, bp_status_t status) {
  return is_in_host_call ? BP_STATUS_INTERNAL : honest().stream->event_signal(event, status);
}

Notes<bp_stream_t*, bool> is_ending;

bp_status_t call_unless_ending(bp_stream_t* stream, void (*function)(void*, bp_status_t),
                               void* argument) {
  return honest().stream->host_call(
      stream,
      [](void* with, bp_status_t status) {
        auto* call = static_cast<HostCall*>(with);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (!is_ending.get(call->stream)) call->function(call->argument, status);
        delete call;
      },
      new HostCall{function, argument, stream});
}

void destroy_drops_work(bp_stream_t* stream) {
  is_ending.put(stream, true);
  honest().stream->stream_destroy(stream);
  is_ending.drop(stream);
}

}  // namespace

std::vector<Fault> stream_end_faults() {
  return {
      {"one-waiter-is-enough",
       [](Tables* t) { t->stream.stream_synchronize = one_waiter_is_enough; }},
      {"synchronize-under-a-lock",
       [](Tables* t) {
         t->stream.stream_synchronize = synchronize_under_a_lock;
         t->stream.event_query = query_under_a_lock;
       }},
      {"long-times-overflow",
       [](Tables* t) { t->stream.stream_synchronize = synchronize_with_overflow; }},
      {"signal-races",
       [](Tables* t) {
         t->stream.event_signal = signal_races;
         t->stream.event_destroy = forget_signal;
       }},
      {"elapsed-is-constant", [](Tables* t) { t->stream.event_elapsed = elapsed_is_constant; }},
      {"failures-become-internal",
       [](Tables* t) { t->stream.event_signal = failures_become_internal; }},
      {"failure-sticks",
       [](Tables* t) {
         t->stream.event_synchronize = failure_sticks;
         t->stream.event_destroy = forget_failure;
       }},
      {"no-calls-in-host-calls",
       [](Tables* t) {
         t->stream.host_call = call_with_a_note;
         t->stream.event_query = query_outside_host_calls;
         t->stream.event_signal = signal_outside_host_calls;
       }},
      {"destroy-drops-work",
       [](Tables* t) {
         t->stream.host_call = call_unless_ending;
         t->stream.stream_destroy = destroy_drops_work;
       }},
  };
}

}  // namespace backplane::selftest
