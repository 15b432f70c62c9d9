// Contenders timed in turns, so that what disturbs one disturbs all.
#pragma once

#include <functional>
#include <vector>

namespace backplane::conformance {

// Does its work so many times, one after the other, and returns when all of it is done.
using Contender = std::function<void(int times)>;
// Seconds for doing the work once, a value per round.
using Times = std::vector<double>;

struct Rounds {
  int count = 15;
  double turn = 0.01;   // seconds, at least
  double rest = 0.004;  // before a turn, in which the threads of the one before stop spinning
};

// In every round each contender has a turn, each round another one first.
std::vector<Times> measure(const std::vector<Contender>& contenders, const Rounds& rounds);

// The value that this part of them lies below.
double quantile(Times values, double part);
inline double median(const Times& times) { return quantile(times, 0.5); }
// Of `times` per contender, that with the least median; -1 of none.
int fastest(const std::vector<Times>& times, size_t first, size_t end);

}  // namespace backplane::conformance
