// A plugin's own half of "bp.test/1": failures that a test has asked for, and counts. While nothing
// is asked for it costs a call one relaxed load, and a launch one relaxed addition more.
#ifndef BACKPLANE_PLUGIN_TEST_HOOKS_HPP
#define BACKPLANE_PLUGIN_TEST_HOOKS_HPP

#include <backplane/ext/draft/test.h>

#include <atomic>
#include <backplane/plugin/failure.hpp>
#include <string>
#include <utility>

namespace backplane::plugin {

// One for each function: the n-th next call fails.
class PlannedFailures {
 public:
  // Checks as the extension says, then plans; n 0 withdraws.
  void plan(bp_test_function_t function, uint32_t n, bp_status_t status) {
    if (function >= BP_TEST_FUNCTION_COUNT || status == BP_OK)
      fail(BP_STATUS_INVALID_ARGUMENT, "bp.test: function " + std::to_string(function) +
                                           " with status " + std::to_string(status) +
                                           " cannot be made to fail");
    const uint64_t next = n == 0 ? 0 : uint64_t{n} << 32 | static_cast<uint32_t>(status);
    const uint64_t before = plans_[function].exchange(next);
    planned_ += (next != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
  }
  // The status to fail with when this call is the one, else BP_OK. Counts the call.
  bp_status_t take(bp_test_function_t function) {
    return planned_.load(std::memory_order_relaxed) == 0 ? BP_OK : count_down(plans_[function]);
  }

 private:
  bp_status_t count_down(std::atomic<uint64_t>& plan) {
    uint64_t before = plan;
    uint64_t after = 0;
    do {
      if (before == 0) return BP_OK;
      after = before >> 32 > 1 ? before - (uint64_t{1} << 32) : 0;
    } while (!plan.compare_exchange_weak(before, after));
    if (after != 0) return BP_OK;
    --planned_;
    return static_cast<bp_status_t>(static_cast<uint32_t>(before));
  }

  std::atomic<int32_t> planned_{0};
  std::atomic<uint64_t> plans_[BP_TEST_FUNCTION_COUNT] = {};  // n above, status below; 0: none
};

// Counts an object for as long as it lives.
class Counted {
 public:
  Counted() = default;
  explicit Counted(std::atomic<uint64_t>& count) : count_(&count) { ++count; }
  Counted(Counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Counted& operator=(Counted&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() {
    if (count_ != nullptr) --*count_;
  }

 private:
  std::atomic<uint64_t>* count_ = nullptr;
};

// Of one open device.
struct TestHooks {
  PlannedFailures calls;
  PlannedFailures work;
  std::atomic<uint64_t> buffers{0}, streams{0}, events{0}, kernels{0};
  std::atomic<uint64_t> launches{0}, host_launches{0}, compiles{0};

  // At the beginning of every call of a function that may fail; throws when this one is to.
  void enter(bp_test_function_t function) {
    const bp_status_t status = calls.take(function);
    if (status != BP_OK) fail(status, "bp.test: this call was to fail");
  }
  // When work is given: what becomes of it.
  Failure failure_of_work(bp_test_function_t function) {
    const bp_status_t status = work.take(function);
    return status == BP_OK ? Failure{} : Failure{status, "bp.test: this work was to fail"};
  }
  static void require_work(bp_test_function_t function) {
    if ((function < BP_TEST_WRITE || function > BP_TEST_FILL) && function != BP_TEST_LAUNCH)
      fail(BP_STATUS_INVALID_ARGUMENT,
           "bp.test: function " + std::to_string(function) + " gives no work to a stream");
  }
  void count_launch() { launches.fetch_add(1, std::memory_order_relaxed); }
  bp_test_counters_t counters(uint64_t device_bytes) const {
    return {buffers, streams, events, kernels, device_bytes, launches, host_launches, compiles};
  }
};

}  // namespace backplane::plugin

#endif  // BACKPLANE_PLUGIN_TEST_HOOKS_HPP
