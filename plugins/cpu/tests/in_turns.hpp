// Candidates that are measured in turns, so that what else the machine does meets all of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace backplane::cpu::benchmark {

struct Candidate {
  std::string name;
  std::function<void()> run;
  std::vector<double> milliseconds = {};

  double median() {
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds[milliseconds.size() / 2];
  }
};

inline void measure(std::vector<Candidate>& candidates, int rounds) {
  for (Candidate& candidate : candidates) candidate.run();
  for (int round = 0; round < rounds; ++round)
    for (Candidate& candidate : candidates) {
      const auto start = std::chrono::steady_clock::now();
      candidate.run();
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - start;
      candidate.milliseconds.push_back(took.count());
    }
}

inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0, scale = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    scale = std::max(scale, std::abs(static_cast<double>(a[i])));
  }
  return scale > 0 ? largest / scale : largest;
}

}  // namespace backplane::cpu::benchmark
