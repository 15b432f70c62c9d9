// A sum of products, as the reference adds it up.
#pragma once

#include <cmath>

#include "graph/graph_reference.hpp"

namespace backplane::conformance {

// Any order and any fused form of the sum is within its bound: what may be merged into it (a bias,
// a scale) takes a few roundings more than the terms have.
class TermSum {
 public:
  explicit TermSum(const LocalErrors& errors) : errors_(errors) {}

  void add(double a, double ea, double b, double eb) {
    value_ += a * b;
    through_ += std::abs(a) * eb + std::abs(b) * ea + ea * eb;
    magnitude_ += (std::abs(a) + ea) * (std::abs(b) + eb);
    ++count_;
  }
  double value() const { return value_; }
  double error() const {
    const double roundings = count_ + 8;
    return through_ + (roundings * errors_.sum + 3 * errors_.product) * magnitude_;
  }
  void store(Bounded64* result) const {
    result->value.push_back(value());
    result->error.push_back(error());
  }

 private:
  const LocalErrors& errors_;
  double value_ = 0, through_ = 0, magnitude_ = 0, count_ = 0;
};

}  // namespace backplane::conformance
