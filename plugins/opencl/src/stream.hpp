// A stream, bp_stream_t: an in-order queue, and what it has waited for.
#pragma once

#include <backplane/stream.h>

#include "mark.hpp"

namespace backplane::opencl {

class Stream {
 public:
  Stream(Device& device, bool is_timed);
  // After all work, host calls included.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Device& device() const { return device_; }
  bool is_timed() const { return is_timed_; }
  cl_command_queue queue() const { return queue_.get(); }

  // A mark after all work given so far; what it hangs on is on its way to the device.
  MarkPtr mark();
  // Work given from now on starts after `mark`, and fails with it.
  void wait_for(const MarkPtr& mark);
  // Calls `body(failure)` on the host, in the order of the stream: later work waits for its return.
  template <class Body>
  void call(Body body);

 private:
  // Every command after this one waits for `event`, too.
  void add_barrier(cl_event event);
  EventHandle add_marker();

  Device& device_;
  const bool is_timed_;
  const Queue queue_;
  std::mutex mutex_;
  std::shared_ptr<const Waits> waits_;  // those that may still fail, or have failed
};

// What a stream-ordered function was given. [BP-STREAM-11]
Stream& stream_of(bp_stream_t* stream, const char* function);

template <class Body>
void Stream::call(Body body) {
  const MarkPtr before = mark();
  const MarkPtr after = make_host_mark(device_);
  add_barrier(after->event());
  auto run = [before, after, body = std::move(body)](cl_int) mutable {
    before->is_reached();  // its own failure is read from the event
    body(before->failure());
    after->signal({});
  };
  try {
    when_complete(device_, before->event(), std::move(run));
  } catch (...) {
    after->signal({});
    throw;
  }
}

}  // namespace backplane::opencl
