// Emulated: a number as a kernel with the arithmetic in force would have it, each operation
// rounded. What a faulty kernel gives is worked out with it.
#pragma once

#include <cmath>

#include "compare/freedom.hpp"
#include "ops/arithmetic.hpp"
#include "ops/bounded.hpp"

namespace backplane::conformance {

struct Emulated {
  double value = 0;

  Emulated() = default;
  Emulated(double exact) : value(exact) {}                      // NOLINT: a number is a number
  Emulated(int exact) : value(exact) {}                         // NOLINT
  Emulated(Exact exact) : value(static_cast<double>(exact)) {}  // NOLINT
};

inline Emulated rounds(double x) { return rounded(arithmetic().operation, x); }

inline Emulated operator+(Emulated a, Emulated b) { return rounds(a.value + b.value); }
inline Emulated operator-(Emulated a, Emulated b) { return rounds(a.value - b.value); }
inline Emulated operator*(Emulated a, Emulated b) { return rounds(a.value * b.value); }
inline Emulated operator/(Emulated a, Emulated b) { return rounds(a.value / b.value); }
inline Emulated operator-(Emulated a) { return -a.value; }
inline bool operator<(Emulated a, Emulated b) { return a.value < b.value; }
inline bool operator==(Emulated a, Emulated b) { return a.value == b.value; }

inline bool is_nan(Emulated x) { return std::isnan(x.value); }
inline Exact exact(Emulated x) { return static_cast<Exact>(x.value); }

inline Emulated held_between(Exact low, Emulated x, Exact high) {
  const Exact value = exact(x);
  return value < low ? Emulated(low) : high < value ? Emulated(high) : x;
}
inline Emulated square_root(Emulated x) { return rounds(std::sqrt(x.value)); }
inline Emulated exponential(Emulated x) { return rounds(std::exp(x.value)); }
inline Emulated logarithm(Emulated x) { return rounds(std::log(x.value)); }
inline Emulated hyperbolic_tangent(Emulated x) { return rounds(std::tanh(x.value)); }
inline Emulated error_function(Emulated x) { return rounds(std::erf(x.value)); }
inline Emulated sine(Emulated x) { return rounds(std::sin(x.value)); }
inline Emulated cosine(Emulated x) { return rounds(std::cos(x.value)); }
inline Emulated power(Emulated x, Emulated y) { return rounds(std::pow(x.value, y.value)); }
inline Emulated with_freedom(Emulated x, Freedom) { return x; }
inline Emulated with_error(Emulated x, double) { return x; }

// In the order of the terms, one addition at a time.
template <>
class Sum<Emulated> {
 public:
  void add(Emulated term) {
    before_last_ = value_;
    value_ = rounded(arithmetic().sum, value_ + term.value);
    ++count_;
  }
  void add_product(Emulated a, Emulated b) { add(Emulated(a.value * b.value)); }
  Emulated total() const {
    return slips(Slip::kDropsLastTerm) && count_ > 1 ? before_last_ : value_;
  }

 private:
  double value_ = 0;
  double before_last_ = 0;
  int count_ = 0;
};

}  // namespace backplane::conformance
