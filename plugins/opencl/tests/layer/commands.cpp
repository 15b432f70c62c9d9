#include "commands.hpp"

#include <utility>

namespace backplane::opencl::layer {

namespace {

cl_ulong time_of(cl_event event, cl_profiling_info what, const cl_icd_dispatch& driver) {
  cl_ulong time = 0;
  driver.clGetEventProfilingInfo(event, what, sizeof time, &time, nullptr);
  return time;
}

}  // namespace

void Commands::add(cl_event event, cl_int status) {
  if (status >= 0 && !has_failed_) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  failed_.erase(event);  // a handle that another event had before
  if (status < 0) failed_[event] = status;
  has_failed_ = !failed_.empty();
}

cl_int Commands::shown_status(cl_event event, cl_int status) {
  if (is_stalled_) return status < CL_SUBMITTED ? CL_SUBMITTED : status;
  if (status != CL_COMPLETE || !has_failed_) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = failed_.find(event);
  return found != failed_.end() ? found->second : status;
}

bool Commands::may_call(const HeldCallback& callback) {
  if (!is_stalled_) return true;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!is_stalled_) return true;
  held_.push_back(callback);
  return false;
}

std::vector<HeldCallback> Commands::heal() {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_stalled_ = false;
  failed_.clear();
  has_failed_ = false;
  return std::exchange(held_, {});
}

void Watch::stop(const cl_icd_dispatch& driver) {
  is_on_ = false;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Entry& entry : entries_) driver.clReleaseEvent(entry.event);
  entries_.clear();
}

void Watch::add(const char* function, cl_event event, uint64_t groups) {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.push_back({function, event, groups});
}

uint64_t Watch::read(const cl_icd_dispatch& driver, WatchedCommand* commands, uint64_t room) {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t count = 0;
  for (const Entry& entry : entries_) {
    cl_int status = CL_QUEUED;
    driver.clGetEventInfo(entry.event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status,
                          nullptr);
    if (status != CL_COMPLETE) continue;
    if (count++ >= room) continue;
    commands[count - 1] = {entry.function, time_of(entry.event, CL_PROFILING_COMMAND_START, driver),
                           time_of(entry.event, CL_PROFILING_COMMAND_END, driver), entry.groups};
  }
  return count;
}

}  // namespace backplane::opencl::layer
