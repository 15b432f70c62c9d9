#include "course.hpp"

#include <algorithm>

#include "mark.hpp"

namespace backplane::opencl {

using plugin::Failure;

cl_int status_of_event(cl_event event) {
  cl_int status = CL_QUEUED;
  const cl_int error = cl().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status,
                                           &status, nullptr);
  return error != CL_SUCCESS ? error : status;
}

Failure failure_of(const char* function, cl_int status) {
  if (status >= CL_COMPLETE) return {};
  return {status_of(status), std::string("work of the stream failed: ") + function + ": " +
                                 error_name(status) + " (" + std::to_string(status) + ")"};
}

Course::Course(Device& device)
    : device_(device), entries_(plugin::HostAllocator<Entry>(device.host)) {}

void Course::make_room() {
  if (entries_.size() < entries_.capacity()) return;  // only the stream's own thread adds
  settle(UINT64_MAX, false);
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(settled_));
  settled_ = 0;
  entries_.reserve(std::max<size_t>(64, 2 * entries_.size()));
}

void Course::add_command(const char* function, EventHandle event) {
  add({function, std::move(event), nullptr});
}

void Course::add_wait(MarkPtr mark) { add({"", EventHandle(), std::move(mark)}); }

// Once it has failed, nothing later matters.
void Course::add(Entry entry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failure_)
    ++first_;
  else
    entries_.push_back(std::move(entry));
}

uint64_t Course::place() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return end();
}

Failure Course::failure_before(uint64_t place) {
  settle(place, true);
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_ && failed_at_ <= place ? failure_ : Failure{};
}

void Course::fail(uint64_t place, const Failure& failure) {
  settle(place, true);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!failure_ || place < failed_at_) set_failure(place, failure);
}

// A mark of another stream is asked without the lock: that stream may be asking for one of ours.
void Course::settle(uint64_t place, bool are_reached) {
  while (const MarkPtr mark = settle_commands(place, are_reached)) {
    if (!are_reached && !mark->is_reached()) break;
    const Failure failure = mark->failure();
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool is_next = settled_ < entries_.size() && entries_[settled_].mark == mark;
    if (is_next) settle_next(failure);  // else another thread has done it
  }
  if (is_lost_) device_.lose("a command ended with CL_DEVICE_NOT_AVAILABLE (-2)");
}

// Returns the wait that comes next, if any.
MarkPtr Course::settle_commands(uint64_t place, bool are_reached) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (first_ < place && settled_ < entries_.size()) {
    const Entry& entry = entries_[settled_];
    if (entry.mark != nullptr) return entry.mark;
    const cl_int status = status_of_event(entry.event.get());
    if (status > CL_COMPLETE && !are_reached) return nullptr;
    if (status == CL_DEVICE_NOT_AVAILABLE) is_lost_ = true;
    settle_next(failure_of(entry.function, status));
  }
  return nullptr;
}

void Course::settle_next(const Failure& failure) {
  entries_[settled_] = {};
  ++settled_;
  ++first_;
  if (failure) set_failure(first_, failure);
}

void Course::set_failure(uint64_t place, const Failure& failure) {
  failure_ = failure;
  failed_at_ = place;
  first_ = end();
  entries_.clear();
  settled_ = 0;
}

}  // namespace backplane::opencl
