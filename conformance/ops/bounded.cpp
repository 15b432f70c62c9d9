#include "ops/bounded.hpp"

#include <algorithm>
#include <cmath>

namespace backplane::conformance {
namespace {

double size_of(Exact x) { return static_cast<double>(absolute(x)); }
double square(double x) { return x * x; }

// Rounding errors are spread evenly over a spacing: their standard deviation is 1/sqrt(3) of half.
constexpr double kTypicalRounding = 0.58;
// Of a sum in any order: TOSA's figure for the spread of dot products, sqrt(0.4).
constexpr double kTypicalSum = 0.632;

// Ulps that OpenCL 1.2 (7.4, full profile) allows to each function.
enum Ulps { kExpUlps = 3, kLogUlps = 3, kTanhUlps = 5, kErfUlps = 16, kSinUlps = 4, kPowUlps = 16 };

// f(x) within so many ulps, of an argument whose error has moved it by `moved`.
Bounded function(Exact value, double moved, double variance, double ulps) {
  if (!is_finite(value)) return Bounded(value);
  Bounded result(value);
  const double own = ulps * arithmetic().function_factor *
                     static_cast<double>(spacing(arithmetic().operation, value));
  result.error = moved + own;
  result.variance = variance + square(own);
  return result;
}

}  // namespace

Bounded operation(Exact value, double error, double variance) {
  Bounded result(value);
  if (!is_finite(value)) return result;
  const double own = arithmetic().unit * size_of(value);
  result.error = error + own;
  result.variance = variance + square(kTypicalRounding * own);
  return result;
}

Bounded operator+(const Bounded& a, const Bounded& b) {
  return operation(a.value + b.value, a.error + b.error, a.variance + b.variance);
}

Bounded operator-(const Bounded& a, const Bounded& b) {
  return operation(a.value - b.value, a.error + b.error, a.variance + b.variance);
}

Bounded operator*(const Bounded& a, const Bounded& b) {
  const double x = size_of(a.value);
  const double y = size_of(b.value);
  if (a.error == 0 && b.error == 0) return operation(a.value * b.value, 0, 0);
  return operation(a.value * b.value, x * b.error + y * a.error + a.error * b.error,
                   square(x) * b.variance + square(y) * a.variance);
}

Bounded operator/(const Bounded& a, const Bounded& b) {
  const Exact value = a.value / b.value;
  if (!is_finite(value) || is_infinite(b.value)) return Bounded(value);
  const double divisor = size_of(b.value);
  // |a'/b' - a/b| <= (ea + |a/b| eb) / (|b| - eb)
  const double least = divisor - b.error;
  const double moved = a.error == 0 && b.error == 0 ? 0
                       : least > 0                  ? (a.error + size_of(value) * b.error) / least
                                                    : INFINITY;
  Bounded result =
      operation(value, moved, (a.variance + square(size_of(value)) * b.variance) / square(divisor));
  result.error +=
      arithmetic().division_spacings * static_cast<double>(spacing(arithmetic().operation, value));
  return result;
}

Bounded operator-(const Bounded& a) {
  Bounded result = a;
  result.value = -a.value;
  return result;
}

Bounded square_root(const Bounded& x) {
  const Exact value = square_root(x.value);
  if (!is_finite(value)) return Bounded(value);
  const double root = size_of(value);
  // sqrt(x + e) - sqrt(x) <= min(e / sqrt(x), sqrt(e))
  const double moved =
      x.error == 0 ? 0 : std::min(root > 0 ? x.error / root : INFINITY, std::sqrt(x.error));
  Bounded result = operation(value, moved, root > 0 ? x.variance / square(2 * root) : x.error);
  result.error +=
      arithmetic().division_spacings * static_cast<double>(spacing(arithmetic().operation, value));
  return result;
}

Bounded exponential(const Bounded& x) {
  const Exact value = exponential(x.value);
  const double moved = x.error == 0 ? 0 : size_of(value) * std::expm1(std::min(x.error, 700.0));
  return function(value, moved, square(size_of(value)) * x.variance, kExpUlps);
}

Bounded logarithm(const Bounded& x) {
  const double least = size_of(x.value) - x.error;
  const double moved = x.error == 0 ? 0 : least > 0 ? x.error / least : INFINITY;
  return function(logarithm(x.value), moved,
                  x.variance == 0 ? 0 : x.variance / square(size_of(x.value)), kLogUlps);
}

Bounded held_between(Exact low, const Bounded& x, Exact high) {
  const Exact value = x.value < low ? low : high < x.value ? high : x.value;
  const double beyond = value == x.value ? 0 : size_of(x.value - value);
  Bounded result(value);
  result.error = std::max(0.0, x.error - beyond);
  result.variance = result.error > 0 ? x.variance : 0;
  result.freedom = x.freedom;
  return result;
}

Bounded hyperbolic_tangent(const Bounded& x) {
  return function(hyperbolic_tangent(x.value), x.error, x.variance, kTanhUlps);
}

Bounded error_function(const Bounded& x) {
  return function(error_function(x.value), 1.13 * x.error, 1.28 * x.variance, kErfUlps);
}

Bounded sine(const Bounded& x) { return function(sine(x.value), x.error, x.variance, kSinUlps); }

Bounded cosine(const Bounded& x) {
  return function(cosine(x.value), x.error, x.variance, kSinUlps);
}

// Of an exponent without an error of its own: (x + e)^y is at most (1 + |e / x|)^|y| times x^y
// away.
Bounded power(const Bounded& x, const Bounded& y) {
  const Exact value = power(x.value, y.value);
  if (x.error == 0) return function(value, 0, 0, kPowUlps);
  const double least = size_of(x.value) - x.error;
  const double exponent = size_of(y.value);
  const double moved =
      least > 0 ? size_of(value) * std::expm1(exponent * std::log1p(x.error / least)) : INFINITY;
  const double slope = exponent * size_of(value) / size_of(x.value);
  return function(value, moved, square(slope) * x.variance, kPowUlps);
}

Bounded function_value(Exact value, double spacings) { return function(value, 0, 0, spacings); }

void Sum<Bounded>::grow(Exact term) {
  if (!is_finite(term)) return;
  overflows_ = overflows_ || absolute(term) > largest(arithmetic().sum);
  size_ += size_of(term);
}

void Sum<Bounded>::add(const Bounded& term) {
  value_ += term.value;
  grow(term.value);
  error_ += term.error;
  variance_ += term.variance;
  count_ += 1;
}

void Sum<Bounded>::add_product(const Bounded& a, const Bounded& b) {
  const Exact product = a.value * b.value;
  const double size = size_of(product);
  value_ += product;
  grow(product);
  if (std::isfinite(size)) product_size_ += size;
  if (a.error != 0 || b.error != 0) {
    error_ += size_of(a.value) * b.error + size_of(b.value) * a.error + a.error * b.error;
    variance_ += square(size_of(a.value)) * b.variance + square(size_of(b.value)) * a.variance;
  }
  count_ += 1;
}

void Sum<Bounded>::add_products(Exact value, double size, double evaluation, int64_t count) {
  value_ += value;
  size_ += size;
  product_size_ += size;
  evaluation_ += evaluation;
  count_ += static_cast<double>(count);
}

Bounded Sum<Bounded>::total() const {
  Bounded result(value_);
  const Arithmetic& now = arithmetic();
  // What overflows on the way, in the declared type, may end as any infinity or as none.
  const bool overflows = overflows_ || size_ > static_cast<double>(largest(now.sum));
  if (overflows) result.freedom = kNanToo;
  if (!is_finite(value_)) return result;
  result.error = error_;
  result.variance = variance_;
  const bool is_exact =
      now.are_integers && error_ == 0 && size_ <= std::ldexp(1.0, now.sum.precision);
  if (!is_exact && count_ > 1) {
    const double n = count_ + 1;
    const double gamma = n * now.sum_unit < 0.5 ? n * now.sum_unit / (1 - n * now.sum_unit) : n;
    result.error += now.algorithm_factor * gamma * size_;
    result.variance +=
        square(now.algorithm_factor * kTypicalSum * std::sqrt(n) * now.sum_unit * size_);
  }
  if (!is_exact) {  // the integers of such a fill are exact in every declared type of products
    result.error += now.product_unit * product_size_;
    result.variance += square(now.product_unit * product_size_);
  }
  result.error += evaluation_;
  if (overflows) result.error = INFINITY;
  return result;
}

}  // namespace backplane::conformance
