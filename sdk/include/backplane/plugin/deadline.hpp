// The ABI's timeouts as points in time.
#ifndef BACKPLANE_PLUGIN_DEADLINE_HPP
#define BACKPLANE_PLUGIN_DEADLINE_HPP

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace backplane::plugin {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  explicit Deadline(uint64_t timeout_ns)
      : is_never_(timeout_ns > kForEver),
        time_(is_never_ ? Clock::time_point::max()
                        : Clock::now() + std::chrono::nanoseconds(timeout_ns)) {}

  // Waits until `done` holds; false: the time came first. Never returns false early.
  template <class Done>
  bool wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Done done) const {
    if (is_never_) {
      changed.wait(lock, done);
      return true;
    }
    return changed.wait_until(lock, time_, done);
  }

 private:
  static constexpr uint64_t kForEver = uint64_t{1} << 62;

  bool is_never_;
  Clock::time_point time_;
};

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_DEADLINE_HPP
