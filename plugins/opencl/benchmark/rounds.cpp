#include "rounds.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <thread>

namespace backplane::opencl::benchmark {

namespace {

constexpr double kTurn = 0.01;  // seconds, at least
constexpr auto kRest = std::chrono::milliseconds(5);

int times_in_a_turn(const Contender& contender) {
  contender.run(1);
  const double once = seconds([&] { contender.run(1); });
  return std::clamp(static_cast<int>(std::ceil(kTurn / once)), 1, 1000);
}

double take_turn(const Contender& contender, int times) {
  std::this_thread::sleep_for(kRest);
  contender.run(1);
  return seconds([&] { contender.run(times); }) / times;
}

// The value that this part of them lies below.
double quantile(Times values, double part) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(Times times) { return quantile(std::move(times), 0.5); }

std::vector<Times> measure(const std::vector<Contender>& contenders, int rounds) {
  std::vector<int> counts;
  for (const Contender& contender : contenders) counts.push_back(times_in_a_turn(contender));
  std::vector<Times> times(contenders.size());
  for (size_t round = 0; round < static_cast<size_t>(rounds); ++round)
    for (size_t turn = 0; turn < contenders.size(); ++turn) {
      const size_t which = (round + turn) % contenders.size();
      times[which].push_back(take_turn(contenders[which], counts[which]));
    }
  return times;
}

void print_head(const std::string& title, const std::string& unit) {
  std::printf("\n%s\n%-26s %9s %9s %-16s %-22s %s\n", title.c_str(), unit.c_str(), "opencl",
              "other", "", "ratio [quartiles]", "goal");
}

void print(const Comparison& comparison) {
  Times ratios;
  for (size_t round = 0; round < comparison.ours.size(); ++round)
    ratios.push_back(comparison.is_cost ? comparison.ours[round] / comparison.theirs[round]
                                        : comparison.theirs[round] / comparison.ours[round]);
  const auto shown = [&](const Times& times) {
    return comparison.is_cost ? median(times) * comparison.work : comparison.work / median(times);
  };
  std::printf("%-26s %9.2f %9.2f %-16s %5.2f [%5.2f %5.2f]    %s\n", comparison.what.c_str(),
              shown(comparison.ours), shown(comparison.theirs), comparison.other.c_str(),
              median(ratios), quantile(ratios, 0.25), quantile(ratios, 0.75),
              comparison.goal.c_str());
  std::fflush(stdout);
}

void print_skipped(const std::string& what, const std::string& why) {
  std::printf("%-26s SKIPPED: %s\n", what.c_str(), why.c_str());
}

}  // namespace backplane::opencl::benchmark
