#include "mark.hpp"

#include <utility>

namespace backplane::opencl {

using plugin::Failure;

namespace {

cl_int status_of_event(cl_event event) {
  cl_int status = CL_QUEUED;
  check(cl().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status,
                            nullptr),
        "clGetEventInfo");
  return status;
}

}  // namespace

Mark::Mark(Device& device, EventHandle event, std::shared_ptr<const Waits> before)
    : device_(device), event_(std::move(event)), before_(std::move(before)) {}

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
    if (std::exchange(is_watched_, true)) return;
  }
  try {
    when_complete(device_, event_.get(),
                  [mark = shared_from_this()](cl_int status) { mark->reach(status); });
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_watched_ = false;
    throw;
  }
}

void Mark::reach(cl_int status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status < 0 && !is_reached_)
      failure_ = {status_of(status), std::string("work of the stream failed: ") +
                                         error_name(status) + " (" + std::to_string(status) + ")"};
    is_reached_ = true;
  }
  reached_changed_.notify_all();
}

// What it waited for comes first: that is the order of the work.
const Failure& Mark::failure() {
  std::shared_ptr<const Waits> before;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_failure_known_) return failure_;
    before = before_;
  }
  const Failure* earlier = before != nullptr ? first_failure(*before) : nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!std::exchange(is_failure_known_, true)) {
    if (earlier != nullptr) failure_ = *earlier;
    before_.reset();
  }
  return failure_;
}

bool Mark::signal(const Failure& failure) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(is_signalled_, true)) return false;
    failure_ = failure;
  }
  check(cl().clSetUserEventStatus(event_.get(), CL_COMPLETE), "clSetUserEventStatus");
  reach(CL_COMPLETE);
  return true;
}

MarkPtr make_mark(Device& device, EventHandle event, std::shared_ptr<const Waits> before) {
  return std::allocate_shared<Mark>(plugin::HostAllocator<Mark>(device.host), device,
                                    std::move(event), std::move(before));
}

MarkPtr make_host_mark(Device& device) {
  cl_int error = CL_SUCCESS;
  EventHandle event(cl().clCreateUserEvent(device.context.get(), &error));
  check(error, "clCreateUserEvent");
  return make_mark(device, std::move(event), nullptr);
}

const Failure* first_failure(const Waits& waits) {
  for (const MarkPtr& mark : waits)
    if (mark->failure()) return &mark->failure();
  return nullptr;
}

}  // namespace backplane::opencl
