// How often each function of a plugin was called, and how long it took.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "check/functions.hpp"

namespace backplane::check {

// What is called while a call runs in the plugin, on its thread, counts in both.
struct CallTime {
  const char* function;  // "launch"
  uint64_t calls;
  uint64_t total_ns;
  uint64_t longest_ns;
};

// "launch  10,000 calls  12.3 ms  longest 402 us"
std::string text_of(const CallTime& time);

class Times {
 public:
  using Clock = std::chrono::steady_clock;

  // Any thread; takes no lock and no memory.
  void add(Function function, Clock::duration duration) noexcept;
  // The functions that were called, the longest in all first.
  std::vector<CallTime> by_total() const;

 private:
  struct Sum {
    std::atomic<uint64_t> calls{0};
    std::atomic<uint64_t> total_ns{0};
    std::atomic<uint64_t> longest_ns{0};
  };

  std::array<Sum, kFunctionCount> sums_;  // indexed by Function
};

}  // namespace backplane::check
