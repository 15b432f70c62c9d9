// The events of commands as the layer shows them: with a failure that the driver knows nothing of,
// or as if they never ended.
#pragma once

#include <CL/cl_icd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "control.hpp"

namespace backplane::opencl::layer {

using Callback = void(CL_CALLBACK*)(cl_event event, cl_int status, void* user);

struct HeldCallback {
  Callback function;
  cl_event event;
  cl_int status;
  void* user;
};

class Commands {
 public:
  // A command was given: its event is to end with `status`, if that is negative.
  void add(cl_event event, cl_int status);
  // What the program is told instead of the driver's `status`.
  cl_int shown_status(cl_event event, cl_int status);
  // A callback of the driver's; false: it is kept back.
  bool may_call(const HeldCallback& callback);
  void stall() { is_stalled_ = true; }
  // No failure and no stall from now on; returns what was kept back.
  std::vector<HeldCallback> heal();

 private:
  std::atomic<bool> is_stalled_{false};
  std::atomic<bool> has_failed_{false};
  std::mutex mutex_;
  std::map<cl_event, cl_int> failed_;
  std::vector<HeldCallback> held_;
};

// Commands kept for their times. The references that it holds are the layer's own, not counted.
class Watch {
 public:
  bool is_on() const { return is_on_; }
  void start() { is_on_ = true; }
  void stop(const cl_icd_dispatch& driver);
  // `event` becomes the watch's.
  void add(const char* function, cl_event event, uint64_t groups);
  uint64_t read(const cl_icd_dispatch& driver, WatchedCommand* commands, uint64_t room);

 private:
  struct Entry {
    const char* function;
    cl_event event;
    uint64_t groups;
  };
  std::atomic<bool> is_on_{false};
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace backplane::opencl::layer
