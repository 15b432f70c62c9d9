// The host's functions that streams are to call: each exactly once, before its stream is destroyed.
#pragma once

#include <backplane/stream.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "check/objects.hpp"

namespace backplane::check {

class HostCalls {
 public:
  struct Given {
    void (*function)(void* argument, bp_status_t status);
    void* argument;
    const Stream* stream;
    bp_status_t failure;      // that the stream was known to have, else BP_OK
    Order::Mark before;       // work that is finished when it is called
    bool is_refused = false;  // host_call failed: at most once then
    bool is_running = false;
  };

  // What the plugin gets as the function's argument.
  void* add(const Given& given);
  // host_call returned a failure: the function need not be called.
  void refuse(void* ticket);

  // The stream calls: the host's function runs. A refusal when it must not be called (now).
  Refusal run(void* ticket, bp_status_t status, Order& order);

  // The stream is gone, and with it whatever it was to call. A refusal when something is missing.
  Refusal end(const Stream& stream);

 private:
  std::mutex mutex_;
  uint64_t last_ = 0;
  std::map<uint64_t, Given> given_;
};

}  // namespace backplane::check
