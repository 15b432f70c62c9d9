// A mark is one point of a stream, or one signal of the host's: reached once, with or without a
// failure.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "course.hpp"
#include "device.hpp"

namespace backplane::opencl {

class Mark : public std::enable_shared_from_this<Mark> {
 public:
  // Reached when `event` is complete; fails as the course has by then. The host's own have no
  // course.
  Mark(Device& device, EventHandle event, std::shared_ptr<Course> course);

  // Waits for it; false: the deadline came first. The queue that it is in has been flushed.
  bool wait(const plugin::Deadline& deadline);
  bool is_reached();
  // By what the driver said of its event.
  void reach(cl_int status);
  // Valid once reached.
  const plugin::Failure& failure();

  // Of the host's own: reaches it. False: it was reached before.
  bool signal(const plugin::Failure& failure);

  cl_event event() const { return event_.get(); }
  Device& device() const { return device_; }

 private:
  void watch();

  Device& device_;
  const EventHandle event_;
  const std::shared_ptr<Course> course_;
  const uint64_t place_;  // in the course
  std::mutex mutex_;
  std::condition_variable reached_changed_;
  bool is_watched_ = false;  // a callback will reach it
  bool is_reached_ = false;
  bool is_signalled_ = false;
  bool is_failure_known_ = false;
  plugin::Failure failure_;
};

MarkPtr make_mark(Device& device, EventHandle event, std::shared_ptr<Course> course);
// One that waits for the host's signal().
MarkPtr make_host_mark(Device& device);

}  // namespace backplane::opencl
