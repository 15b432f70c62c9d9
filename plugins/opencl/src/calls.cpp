#include "calls.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

namespace backplane::opencl {

struct Calls::Call {
  Calls* const calls;
  const void* const group;
  Body body;
  std::atomic<bool> has_begun{false};
  std::list<CallPtr>::iterator place = {};

  Call(Calls* its_calls, const void* its_group, Body its_body)
      : calls(its_calls), group(its_group), body(std::move(its_body)) {}
};

void Calls::wait_for_all() {
  std::unique_lock<std::mutex> lock(mutex_);
  forgotten_.wait(lock, [this] { return calls_.empty(); });
}

void Calls::when_complete(cl_event event, const void* group, Body body) {
  const auto call = std::make_shared<Call>(this, group, std::move(body));
  auto held = std::make_unique<CallPtr>(call);  // the driver's
  bool is_lost = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    call->place = calls_.insert(calls_.end(), call);
    is_lost = is_lost_;
  }
  if (is_lost) return run(call, CL_DEVICE_NOT_AVAILABLE);
  const cl_int error = cl().clSetEventCallback(event, CL_COMPLETE, call_back, held.get());
  if (error == CL_SUCCESS) {
    (void)held.release();
  } else if (!call->has_begun.exchange(true)) {
    forget(call->place);
    check(error, "clSetEventCallback");
  }
}

void Calls::wait(const void* group) {
  std::unique_lock<std::mutex> lock(mutex_);
  forgotten_.wait(lock, [&] {
    return std::none_of(calls_.begin(), calls_.end(),
                        [&](const CallPtr& call) { return call->group == group; });
  });
}

void Calls::device_lost() {
  std::vector<CallPtr> all;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_lost_ = true;
    all.assign(calls_.begin(), calls_.end());
  }
  for (const CallPtr& call : all) run(call, CL_DEVICE_NOT_AVAILABLE);
}

void CL_CALLBACK Calls::call_back(cl_event, cl_int status, void* user) {
  const std::unique_ptr<CallPtr> held(static_cast<CallPtr*>(user));
  run(*held, status);
}

// Of a call that was begun before its Calls may be gone.
void Calls::run(const CallPtr& call, cl_int status) {
  if (call->has_begun.exchange(true)) return;
  call->body(status);
  call->body = nullptr;
  call->calls->forget(call->place);
}

// Notifies under the lock, so that whoever waits may destroy this as soon as it has it.
void Calls::forget(std::list<CallPtr>::iterator place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  calls_.erase(place);
  forgotten_.notify_all();
}

}  // namespace backplane::opencl
