// How many threads a launch may use, and work shared out among them.
#pragma once

#include <algorithm>
#include <cstdint>
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace backplane::cpu {

// Fewer elements than this are done by one thread: waking another costs microseconds.
constexpr int64_t kParallelThreshold = 65536;

// While one lives, OpenMP gives the calling thread's work at most `threads` threads; 0 changes
// nothing. The caller's own setting comes back afterwards.
class ThreadScope {
 public:
#if defined(_OPENMP)
  explicit ThreadScope(uint32_t threads) {
    if (threads == 0) return;
    before_ = omp_get_max_threads();
    omp_set_num_threads(static_cast<int>(threads));
  }
  ~ThreadScope() {
    if (before_ != 0) omp_set_num_threads(before_);
  }

 private:
  int before_ = 0;

 public:
#else
  explicit ThreadScope(uint32_t) {}
#endif
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;
};

// Calls body(first, last) for pieces that together are [0, count), on several threads when `cost`,
// in elements, is worth it. `body` must not throw.
template <class Body>
void parallel_pieces(int64_t count, int64_t cost, const Body& body) {
#if defined(_OPENMP)
  if (cost >= kParallelThreshold && count > 1 && omp_get_max_threads() > 1) {
#pragma omp parallel
    {
      const int64_t threads = omp_get_num_threads();
      const int64_t thread = omp_get_thread_num();
      const int64_t first = count / threads * thread + std::min(thread, count % threads);
      const int64_t size = count / threads + (thread < count % threads ? 1 : 0);
      if (size > 0) body(first, first + size);
    }
    return;
  }
#else
  static_cast<void>(cost);
#endif
  if (count > 0) body(int64_t{0}, count);
}

}  // namespace backplane::cpu
