// Bounded: an exact result with the error that the arithmetic in force allows to it. Each operation
// adds what it rounds by and carries on the errors of its operands (running error analysis, Higham,
// Accuracy and Stability of Numerical Algorithms, 3.3).
#pragma once

#include <cstdint>

#include "compare/exact.hpp"
#include "compare/freedom.hpp"
#include "ops/arithmetic.hpp"

namespace backplane::conformance {

struct Bounded {
  Exact value = 0;
  double error = 0;     // |computed - value| is at most this before the result is stored
  double variance = 0;  // and typically the root of this
  Freedom freedom = 0;  // what else is right here, where the definition leaves it open

  Bounded() = default;
  Bounded(Exact exact) : value(exact) {}  // NOLINT: a number is a number without error
  Bounded(int exact) : value(exact) {}    // NOLINT
  Bounded(double exact) : value(static_cast<Exact>(exact)) {}  // NOLINT
};

// `value`, worked out by one rounding operation from something with these errors.
Bounded operation(Exact value, double error, double variance);

Bounded operator+(const Bounded& a, const Bounded& b);
Bounded operator-(const Bounded& a, const Bounded& b);
Bounded operator*(const Bounded& a, const Bounded& b);
Bounded operator/(const Bounded& a, const Bounded& b);
Bounded operator-(const Bounded& a);
// Of numbers without their errors: where these overlap, either may come first.
inline bool operator<(const Bounded& a, const Bounded& b) { return a.value < b.value; }
inline bool operator==(const Bounded& a, const Bounded& b) { return a.value == b.value; }

inline bool is_nan(const Bounded& x) { return is_nan(x.value); }
inline Exact exact(const Bounded& x) { return x.value; }

// The nearest number of [low, high]; what x may be off by beyond them is lost.
Bounded held_between(Exact low, const Bounded& x, Exact high);
Bounded square_root(const Bounded& x);
Bounded exponential(const Bounded& x);
Bounded logarithm(const Bounded& x);
Bounded hyperbolic_tangent(const Bounded& x);
Bounded error_function(const Bounded& x);
Bounded sine(const Bounded& x);
Bounded cosine(const Bounded& x);
Bounded power(const Bounded& x, const Bounded& y);
// What a function of an argument without an error gives, within so many spacings.
Bounded function_value(Exact value, double spacings);
inline Bounded with_freedom(Bounded x, Freedom freedom) {
  x.freedom = static_cast<Freedom>(x.freedom | freedom);
  return x;
}
// For what an operator's own rule makes uncertain, beside its arithmetic.
inline Bounded with_error(Bounded x, double error) {
  x.error += error;
  x.variance += error * error;
  return x;
}

// A sum of any number of terms in any order, kept as the arithmetic in force says.
template <class S>
class Sum;

template <>
class Sum<Bounded> {
 public:
  void add(const Bounded& term);
  // A product is exact, but for the rounding of its operands.
  void add_product(const Bounded& a, const Bounded& b);
  // So many products of numbers without errors, worked out elsewhere within `evaluation`.
  void add_products(Exact value, double size, double evaluation, int64_t count);
  Bounded total() const;

 private:
  Exact value_ = 0;
  void grow(Exact term);

  double size_ = 0;  // sum of |terms| that are finite
  double error_ = 0;
  double variance_ = 0;
  double product_size_ = 0;
  double count_ = 0;
  double evaluation_ = 0;   // how far value_ may be from the exact sum
  bool overflows_ = false;  // a finite term is beyond what the sum can hold
};

}  // namespace backplane::conformance
