// What is to be done when commands end: callbacks that the driver has still to make, or is making.
#pragma once

#include <backplane/plugin/loss.hpp>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "library.hpp"

namespace backplane::opencl {

class Calls final : public plugin::LossListener {
 public:
  Calls() = default;
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  using Body = std::function<void(cl_int status)>;
  // Calls `body` once, on a thread of the driver's, when `event` has ended. `group` is for wait().
  void when_complete(cl_event event, const void* group, Body body);
  // Until every call of the group has returned, and what its body held is given back.
  void wait(const void* group);
  // Until every call has: no thread of the driver's comes into a device that is gone. Before the
  // destructor.
  void wait_for_all();
  // The device ends nothing any more: makes all that have not begun with CL_DEVICE_NOT_AVAILABLE,
  // now and on this thread, and later ones as they come. The driver's own attempts, should there be
  // any, find nothing to do, even after the destructor.
  void device_lost() override;

 private:
  struct Call;
  using CallPtr = std::shared_ptr<Call>;

  static void CL_CALLBACK call_back(cl_event event, cl_int status, void* user);
  static void run(const CallPtr& call, cl_int status);
  void forget(std::list<CallPtr>::iterator place);

  std::mutex mutex_;
  std::condition_variable forgotten_;
  std::list<CallPtr> calls_;  // in the order of when_complete
  bool is_lost_ = false;
};

}  // namespace backplane::opencl
