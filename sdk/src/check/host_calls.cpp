#include "check/host_calls.hpp"

#include "check/functions.hpp"

namespace backplane::check {
namespace {

uint64_t number_of(const void* ticket) { return reinterpret_cast<uintptr_t>(ticket); }

}  // namespace

void* HostCalls::add(const Given& given) {
  const std::lock_guard<std::mutex> lock(mutex_);
  given_.emplace(++last_, given);
  return to_opaque(last_);
}

void HostCalls::refuse(void* ticket) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = given_.find(number_of(ticket));
  if (found != given_.end()) found->second.is_refused = true;
}

Refusal HostCalls::run(void* ticket, bp_status_t status, Order& order) {
  Given given;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = given_.find(number_of(ticket));
    if (found == given_.end() || found->second.is_running)
      return {"BP-STREAM-7", "called a function a second time, or one that it was never given"};
    found->second.is_running = true;
    given = found->second;
  }
  order.finish(given.before);
  given.function(given.argument, status);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_.erase(number_of(ticket));
  }
  if (status != BP_OK && !kAnyWork.has(status))
    return {"BP-STREAM-7",
            "called a function with " + status_word(status) + ", with which no stream fails"};
  if (given.failure != BP_OK && status != given.failure)
    return {"BP-STREAM-7", "called a function with " + status_word(status) +
                               " on a stream that had failed with " + status_word(given.failure)};
  return {};
}

Refusal HostCalls::end(const Stream& stream) {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint32_t running = 0;
  uint32_t missing = 0;
  for (auto given = given_.begin(); given != given_.end();) {
    if (given->second.stream != &stream) {
      ++given;
      continue;
    }
    running += given->second.is_running ? 1 : 0;
    missing += given->second.is_running || given->second.is_refused ? 0 : 1;
    given = given_.erase(given);
  }
  if (running != 0) return {"BP-STREAM-14", "returned while a function that it calls still runs"};
  if (missing != 0)
    return {"BP-STREAM-7", "ended with " + std::to_string(missing) +
                               " of the functions given to host_call never called"};
  return {};
}

}  // namespace backplane::check
