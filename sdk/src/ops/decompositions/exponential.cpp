// Exp and what is made of it: a power of e for Exp and Cosh, Tanh where 1 is taken away.
#include <cmath>

#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

// e in a dtype, what is missing from its logarithm to 1, and where its powers are beyond the type
// at either end. The base is below e, so that none overflows which should not.
struct Base {
  double e;
  double missing;
  double lowest;
  double highest;
};

Base base_of(bp_dtype_t dtype) {
  if (dtype == BP_DTYPE_FLOAT64) return {2.718281828459045091, 5.3182377066058914e-17, -750, 712};
  return {2.71828174591064453125, 3.0367859981727844e-8, -105, 89.5};
}

// Powers of the rounded e, and what turns each into one of e itself: exp(x) = power * factor.
// Beyond its type a power stays what it is, since Pow need not take infinite exponents.
struct Power {
  std::string power;
  std::string factor;
};

// `sharpness` powers of x are multiplied, which the factor is for.
Power power_of(Decomposition& parts, const std::string& x, double sharpness) {
  const Base base = base_of(dtype_of(parts));
  const std::string held =
      parts.add("Clip", {x, parts.scalar(base.lowest), parts.scalar(base.highest)});
  const std::string missing = times(parts, held, sharpness * base.missing);
  return {parts.add("Pow", {parts.scalar(base.e), held}),
          parts.add("Add", {missing, parts.scalar(1)})};
}

Status exp(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const Power power = power_of(parts, parts.input(0), 1);
  const std::string product = parts.add("Mul", {power.power, power.factor});
  parts.give(0, keep_nan(parts, product, parts.input(0)));
  return {};
}

// exp(x) / 2 as a square, since cosh(x) is finite where exp(x) no longer is.
std::string half_exp(Decomposition& parts, double sign) {
  const Power root = power_of(parts, times(parts, parts.input(0), sign / 2), 2);
  const std::string half = parts.add("Mul", {times(parts, root.power, 0.5), root.factor});
  return parts.add("Mul", {half, root.power});
}

std::string cosh_of_input(Decomposition& parts) {
  const std::string sum = parts.add("Add", {half_exp(parts, 1), half_exp(parts, -1)});
  return keep_nan(parts, sum, parts.input(0));
}

Status cosh(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (status.ok()) parts.give(0, cosh_of_input(parts));
  return status;
}

// Near 0 the difference of two powers would have lost all its digits.
Status sinh(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const std::string tanh = parts.add("Tanh", {parts.input(0)});
  parts.give(0, parts.add("Mul", {tanh, cosh_of_input(parts)}));
  return {};
}

// exp(x / alpha) - 1 where x is below 0, else 0, as 2t / (1 - t) with t = tanh(x / 2 alpha): t is
// between -1 and 0, so that nothing cancels.
std::string falloff(Decomposition& parts, double alpha) {
  const std::string depth = parts.add("Relu", {times(parts, parts.input(0), -1)});
  const std::string scaled = alpha == 1 ? depth : parts.add("Div", {depth, parts.scalar(alpha)});
  const std::string t = parts.add("Tanh", {times(parts, scaled, -0.5)});
  const std::string divisor = parts.add("Sub", {parts.scalar(1), t});
  return parts.add("Div", {times(parts, t, 2), divisor});
}

// above * x where x is above 0, below * (exp(x / alpha) - 1) elsewhere.
Status bent_exp(Decomposition& parts, double above, double below, double alpha) {
  constexpr double kLargest = 3.402823466e38;
  if (!(std::fabs(above) <= kLargest) || !(std::fabs(below) <= kLargest))
    return parts.refuse("not with factors beyond float32");
  std::string line = parts.add("Relu", {parts.input(0)});
  if (above != 1) line = times(parts, line, above);
  const std::string curve = times(parts, falloff(parts, alpha), below);
  parts.give(0, keep_nan(parts, parts.add("Add", {line, curve}), parts.input(0)));
  return {};
}

Status elu(Decomposition& parts) {
  Status status = only(parts, kReal);
  return status.ok() ? bent_exp(parts, 1, double{parts.node().number("alpha")}, 1) : status;
}

Status selu(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const double gamma = double{parts.node().number("gamma")};
  return bent_exp(parts, gamma, gamma * double{parts.node().number("alpha")}, 1);
}

Status celu(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const double alpha = double{parts.node().number("alpha")};
  if (!(alpha > 0)) return parts.refuse("not with an alpha of 0 or less");
  return bent_exp(parts, 1, alpha, alpha);
}

}  // namespace

void decompose_exponential(Definitions& definitions) {
  definitions.at("Exp").decomposes(exp);
  definitions.at("Cosh").decomposes(cosh);
  definitions.at("Sinh").decomposes(sinh);
  definitions.at("Elu").decomposes(elu);
  definitions.at("Selu").decomposes(selu);
  definitions.at("Celu").decomposes(celu);
}

}  // namespace backplane::ops
