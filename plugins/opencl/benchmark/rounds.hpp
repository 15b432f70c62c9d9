// Contenders measured in turns, and the lines that say how they compare.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace backplane::opencl::benchmark {

struct Contender {
  std::string name;
  // Does the work so many times, one after the other, and returns when all of it is done.
  std::function<void(int times)> run;
};

// Seconds for doing the work once, a value per round.
using Times = std::vector<double>;

// In every round each contender has a turn, each round another one first. A turn begins after a
// short rest, in which threads of the one before stop spinning, with work that is not measured; it
// takes some milliseconds, so that waiting for the device counts little.
std::vector<Times> measure(const std::vector<Contender>& contenders, int rounds);

double seconds(const std::function<void()>& body);
double median(Times times);

// What one line of a table says.
struct Comparison {
  std::string what;   // "MatMul 512"
  std::string other;  // what the plugin is compared with
  Times ours, theirs;
  double work;       // of one time, in what the table's unit counts a second
  bool is_cost;      // the ratio is ours / theirs in time; else theirs / ours, that of the speeds
  std::string goal;  // of the ratio
};

// `unit` is that of `ours` and `theirs` below it.
void print_head(const std::string& title, const std::string& unit);
// The ratio is the median of those of the rounds, the brackets hold their quartiles.
void print(const Comparison& comparison);
void print_skipped(const std::string& what, const std::string& why);

}  // namespace backplane::opencl::benchmark
