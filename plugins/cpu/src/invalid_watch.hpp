// Did oneDNN meet a NaN? Its Relu and Clip are the processor's maximum and minimum, which drop a
// NaN for the other operand but raise "invalid operation"; so do operations that make a NaN.
#pragma once

#include <cfenv>
#include <cstdint>

namespace backplane::cpu {

// oneDNN computes on the threads that `#pragma omp parallel` gives here: only GCC links both to one
// OpenMP.
#if defined(_OPENMP) && !defined(__clang__)
constexpr bool kCanWatchDnnl = true;
#else
constexpr bool kCanWatchDnnl = false;
#endif

// Watches what this thread's OpenMP team of `threads` does while it lives. A false alarm is
// possible, a miss is not.
class InvalidWatch {
 public:
  explicit InvalidWatch(uint32_t threads)
      : threads_(static_cast<int>(threads)), was_raised_(is_raised()) {
#pragma omp parallel num_threads(threads_) if (threads_ > 1)
    std::feclearexcept(FE_INVALID);
  }
  ~InvalidWatch() {
    if (was_raised_) std::feraiseexcept(FE_INVALID);
  }
  InvalidWatch(const InvalidWatch&) = delete;
  InvalidWatch& operator=(const InvalidWatch&) = delete;

  bool has_seen() const {
    int raised = 0;
#pragma omp parallel num_threads(threads_) if (threads_ > 1) reduction(| : raised)
    raised |= is_raised() ? 1 : 0;
    return raised != 0;
  }

 private:
  static bool is_raised() { return std::fetestexcept(FE_INVALID) != 0; }

  int threads_;
  bool was_raised_;
};

}  // namespace backplane::cpu
