// A mark is one point of a stream, or one signal of the host's: reached once, with or without a
// failure.
//
// A failure never goes through the driver, where it would take queues with it. What a stream has
// waited for is remembered beside the queue; a mark's failure is the first among these, looked up
// when somebody asks.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "device.hpp"

namespace backplane::opencl {

class Mark;
using MarkPtr = std::shared_ptr<Mark>;
using Waits = std::vector<MarkPtr>;  // in the order of the waits

class Mark : public std::enable_shared_from_this<Mark> {
 public:
  // Reached when `event` is complete; fails as the first failed of `before`, which are reached by
  // then.
  Mark(Device& device, EventHandle event, std::shared_ptr<const Waits> before);

  // Waits for it; false: the deadline came first. The queue that it is in has been flushed.
  bool wait(const plugin::Deadline& deadline);
  bool is_reached();
  // Valid once reached.
  const plugin::Failure& failure();

  // Of the host's own: reaches it. False: it was reached before.
  bool signal(const plugin::Failure& failure);

  cl_event event() const { return event_.get(); }
  Device& device() const { return device_; }

 private:
  void watch();
  void reach(cl_int status);

  Device& device_;
  EventHandle event_;
  std::mutex mutex_;
  std::condition_variable reached_changed_;
  std::shared_ptr<const Waits> before_;  // until the failure is known
  bool is_watched_ = false;              // a callback will reach it
  bool is_reached_ = false;
  bool is_signalled_ = false;
  bool is_failure_known_ = false;
  plugin::Failure failure_;
};

MarkPtr make_mark(Device& device, EventHandle event, std::shared_ptr<const Waits> before);
// One that waits for the host's signal().
MarkPtr make_host_mark(Device& device);

// The status that `body` gives, or that of what it threw.
template <class Body>
bp_status_t answered(const bp_host_t* host, Body body) {
  bp_status_t status = BP_OK;
  const bp_status_t thrown = plugin::guarded(host, [&] { status = body(); });
  return thrown != BP_OK ? thrown : status;
}

// The first failure among marks that have been reached; none: nullptr.
const plugin::Failure* first_failure(const Waits& waits);

// Calls `body(status)` on a thread of the driver's when `event` is complete. It is counted in
// Device::callbacks until it has returned and is gone.
template <class Body>
void when_complete(Device& device, cl_event event, Body body) {
  struct Call {
    Device* device;
    Body body;
  };
  auto call = std::make_unique<Call>(Call{&device, std::move(body)});
  const auto run = [](cl_event, cl_int status, void* user) {
    Call* made = static_cast<Call*>(user);
    Device* counted = made->device;
    made->body(status);
    delete made;
    --counted->callbacks;
  };
  ++device.callbacks;
  const cl_int error = cl().clSetEventCallback(event, CL_COMPLETE, run, call.get());
  if (error != CL_SUCCESS) --device.callbacks;
  check(error, "clSetEventCallback");
  (void)call.release();
}

}  // namespace backplane::opencl
