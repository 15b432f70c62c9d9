// What the stream cases share: a gate that the host opens, and a call that must not wait for it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "run/subject.hpp"

namespace backplane::conformance {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kMillisecondNs = 1'000'000;
constexpr uint64_t kForEverNs = UINT64_MAX;

// A host-signalled event that work waits for. Opened at the latest when it goes out of scope, so
// that no stream waits for ever; declare it after the streams that wait for it.
class Gate {
 public:
  explicit Gate(Subject& subject) : subject_(subject), event_(subject.gate()) {}
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Work given to `stream` from now on waits for the gate.
  void hold(bp_stream_t* stream);
  void open(bp_status_t status = BP_OK);
  bp_event_t* event() const { return event_.get(); }

 private:
  Subject& subject_;
  Owned<bp_event_t> event_;
  bool is_open_ = false;
};

// Runs `calls` on another thread. When they are not done after 5 s the gate is opened, so that they
// can end, and the case fails: "<what> did not return while the gate was shut".
void must_return_before(Gate& gate, const std::string& what, const std::function<void()>& calls);

// A stream with a buffer of `size` known bytes.
struct Lane {
  Owned<bp_stream_t> stream;
  Owned<bp_buffer_t> buffer;
  std::string bytes;
};
Lane lane(Subject& subject, uint64_t size, uint64_t salt = 0);

// Keeps what stands before it in a scope for as long as work may touch it: a case that fails ends
// its scope while streams still run.
class OutlivesWork {
 public:
  explicit OutlivesWork(Subject& subject) : subject_(subject) {}
  ~OutlivesWork();
  OutlivesWork(const OutlivesWork&) = delete;
  OutlivesWork& operator=(const OutlivesWork&) = delete;

 private:
  Subject& subject_;
};

// A read given to a stream; the target is this object's, so it outlives the work with it.
struct PendingRead {
  std::string target;
  std::unique_ptr<OutlivesWork> stays = nullptr;  // after the target, so it ends before it
};
void read_later(Subject& subject, bp_stream_t* stream, const bp_buffer_t* source, uint64_t offset,
                PendingRead* read);

void record(Subject& subject, bp_event_t* event, bp_stream_t* stream);
void wait(Subject& subject, bp_event_t* event, bp_stream_t* stream);
// `wanted` from event_query; a wait of up to 50 ms shows that it stays so where it is NOT_READY.
void require_not_ready(Subject& subject, bp_event_t* event, const std::string& what);
void require_reached(Subject& subject, bp_event_t* event, bp_status_t wanted,
                     const std::string& what);

}  // namespace backplane::conformance
