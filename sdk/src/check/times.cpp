#include "check/times.hpp"

#include <algorithm>
#include <cstdio>

namespace backplane::check {
namespace {

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

// Three digits of it, in the largest unit that leaves one before the point.
std::string duration_text(uint64_t ns) {
  constexpr const char* kUnits[] = {"ns", "us", "ms", "s"};
  auto value = static_cast<double>(ns);
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  const int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f %s", digits, value, kUnits[unit]);
  return text;
}

}  // namespace

std::string text_of(const CallTime& time) {
  return std::string(time.function) + "  " + with_commas(time.calls) +
         (time.calls == 1 ? " call  " : " calls  ") + duration_text(time.total_ns) + "  longest " +
         duration_text(time.longest_ns);
}

void Times::add(Function function, Clock::duration duration) noexcept {
  const auto ns =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
  Sum& sum = sums_[static_cast<size_t>(function)];
  sum.calls.fetch_add(1, std::memory_order_relaxed);
  sum.total_ns.fetch_add(ns, std::memory_order_relaxed);
  uint64_t longest = sum.longest_ns.load(std::memory_order_relaxed);
  while (longest < ns &&
         !sum.longest_ns.compare_exchange_weak(longest, ns, std::memory_order_relaxed)) {
  }
}

std::vector<CallTime> Times::by_total() const {
  std::vector<CallTime> called;
  for (size_t i = 0; i < sums_.size(); ++i)
    if (const uint64_t calls = sums_[i].calls; calls != 0)
      called.push_back(
          {rules_of(static_cast<Function>(i)).name, calls, sums_[i].total_ns, sums_[i].longest_ns});
  std::stable_sort(called.begin(), called.end(),
                   [](const CallTime& a, const CallTime& b) { return a.total_ns > b.total_ns; });
  return called;
}

}  // namespace backplane::check
