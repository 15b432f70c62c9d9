#include "perf/rounds.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <thread>

namespace backplane::conformance {
namespace {

double seconds(const Contender& contender, int times) {
  const auto start = std::chrono::steady_clock::now();
  contender(times);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int times_in_a_turn(const Contender& contender, double turn) {
  contender(1);
  const double once = seconds(contender, 1);
  return static_cast<int>(std::clamp(std::ceil(turn / once), 1.0, 1e5));
}

double take_turn(const Contender& contender, int times, const Rounds& rounds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(rounds.rest));
  contender(1);
  return seconds(contender, times) / times;
}

}  // namespace

std::vector<Times> measure(const std::vector<Contender>& contenders, const Rounds& rounds) {
  std::vector<int> counts;
  for (const Contender& contender : contenders)
    counts.push_back(times_in_a_turn(contender, rounds.turn));
  std::vector<Times> times(contenders.size());
  for (size_t round = 0; round < static_cast<size_t>(rounds.count); ++round)
    for (size_t turn = 0; turn < contenders.size(); ++turn) {
      const size_t which = (round + turn) % contenders.size();
      times[which].push_back(take_turn(contenders[which], counts[which], rounds));
    }
  return times;
}

double quantile(Times values, double part) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

int fastest(const std::vector<Times>& times, size_t first, size_t end) {
  int best = -1;
  for (size_t i = first; i < end; ++i)
    if (best < 0 || median(times[i]) < median(times[static_cast<size_t>(best)]))
      best = static_cast<int>(i);
  return best;
}

}  // namespace backplane::conformance
