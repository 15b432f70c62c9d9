#include "mark.hpp"

#include <utility>

namespace backplane::opencl {

using plugin::Failure;

Mark::Mark(Device& device, EventHandle event, std::shared_ptr<Course> course)
    : device_(device),
      event_(std::move(event)),
      course_(std::move(course)),
      place_(course_ != nullptr ? course_->place() : 0) {}

bool Mark::is_reached() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_reached_) return true;
  }
  const cl_int status = status_of_event(event_.get());
  if (status > CL_COMPLETE) return false;
  reach(status);
  return true;
}

bool Mark::wait(const plugin::Deadline& deadline) {
  if (is_reached()) return true;
  watch();
  std::unique_lock<std::mutex> lock(mutex_);
  return deadline.wait(reached_changed_, lock, [&] { return is_reached_; });
}

// Asks the driver, once, to say when it is reached.
void Mark::watch() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_reached_ || std::exchange(is_watched_, true)) return;
  }
  try {
    device_.calls->when_complete(
        event_.get(), course_.get(),
        [mark = shared_from_this()](cl_int status) { mark->reach(status); });
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_watched_ = false;
    throw;
  }
}

void Mark::reach(cl_int status) {
  const Failure failure = failure_of("its mark", status);
  if (failure && course_ != nullptr) course_->fail(place_, failure);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure && course_ == nullptr && !is_signalled_) failure_ = failure;
    is_reached_ = true;
  }
  reached_changed_.notify_all();
  if (status == CL_DEVICE_NOT_AVAILABLE)
    device_.lose("a mark ended with CL_DEVICE_NOT_AVAILABLE (-2)");
}

const Failure& Mark::failure() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_failure_known_ || course_ == nullptr) return failure_;
  }
  Failure failure = course_->failure_before(place_);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!std::exchange(is_failure_known_, true)) failure_ = std::move(failure);
  return failure_;
}

bool Mark::signal(const Failure& failure) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(is_signalled_, true)) return false;
    failure_ = failure;
  }
  const cl_int error = cl().clSetUserEventStatus(event_.get(), CL_COMPLETE);
  reach(CL_COMPLETE);
  check(error, "clSetUserEventStatus");
  return true;
}

MarkPtr make_mark(Device& device, EventHandle event, std::shared_ptr<Course> course) {
  return std::allocate_shared<Mark>(plugin::HostAllocator<Mark>(device.host), device,
                                    std::move(event), std::move(course));
}

MarkPtr make_host_mark(Device& device) {
  cl_int error = CL_SUCCESS;
  EventHandle event(cl().clCreateUserEvent(device.context.get(), &error));
  check(error, "clCreateUserEvent");
  return make_mark(device, std::move(event), nullptr);
}

}  // namespace backplane::opencl
