// A stream, bp_stream_t: an in-order queue, and what has become of its work.
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

  // Gives a command: `enqueue(event)` is the driver's `function` and asks for its event, by which a
  // command that the device fails is seen.
  template <class Enqueue>
  void give(const char* function, Enqueue enqueue);
  // The same with something to do when the command has ended; whatever it holds lives until then.
  template <class Enqueue>
  void give(const char* function, Enqueue enqueue, Calls::Body when_ended);

  // Fails here if a test wants the work of `function`, which comes next, to fail.
  void fail_as_planned(bp_test_function_t function);
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
  const std::shared_ptr<Course> course_;  // outlives the stream in its marks
  const plugin::Counted counted_;
};

// What a stream-ordered function was given. [BP-STREAM-11]
Stream& stream_of(bp_stream_t* stream, const char* function);

template <class Enqueue>
void Stream::give(const char* function, Enqueue enqueue) {
  course_->make_room();
  cl_event event = nullptr;
  check(enqueue(&event), function);
  course_->add_command(function, EventHandle(event));
}

template <class Enqueue>
void Stream::give(const char* function, Enqueue enqueue, Calls::Body when_ended) {
  course_->make_room();
  cl_event made = nullptr;
  check(enqueue(&made), function);
  EventHandle event(made);
  try {
    device_.calls->when_complete(event.get(), course_.get(), std::move(when_ended));
  } catch (...) {  // nobody would say when it has ended
    cl().clFinish(queue_.get());
    throw;
  }
  course_->add_command(function, std::move(event));
}

template <class Body>
void Stream::call(Body body) {
  const MarkPtr before = mark();
  const MarkPtr after = make_host_mark(device_);
  add_barrier(after->event());
  auto run = [before, after, body = std::move(body)](cl_int status) mutable {
    before->reach(status);
    body(before->failure());
    plugin::guarded(after->device().host, [&] { after->signal({}); });
  };
  try {
    device_.calls->when_complete(before->event(), course_.get(), std::move(run));
  } catch (...) {
    after->signal({});
    throw;
  }
}

}  // namespace backplane::opencl
