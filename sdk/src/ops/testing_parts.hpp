// For tests only: runs the parts of a node by formulas of its own, one element after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/decomposition.hpp"

namespace backplane::ops::testing {

struct Numbers {
  bp_dtype_t dtype = BP_DTYPE_FLOAT32;
  Shape shape;
  std::vector<double> elements;  // each is one that the dtype has
  bool is_constant = false;      // the plan is made with its value
};

Numbers floats(Shape shape, std::vector<double> elements);  // rounded to float32
Numbers constant_integers(std::vector<int64_t> elements);   // a vector of int64
Numbers absent();

// `value` as an element of `dtype`: rounded, or wrapped round.
double stored(bp_dtype_t dtype, double value);

// What a device may make of what docs/policy.md leaves open: the likeliest, or the least helpful
// that is accepted (NaN lost by Relu, Clip and MaxPool, infinite exponents giving NaN).
enum class Device { kKind, kHostile };

struct Node {
  std::string op;
  std::vector<Numbers> inputs;
  std::vector<Attribute> attributes;
  size_t output_count = 1;
};

struct Ran {
  std::string status;            // "", or why there is no result
  std::vector<Numbers> outputs;  // in the shapes and dtypes that infer() says
  std::vector<std::string> ops;  // of the parts, in order
};
// Decomposes the node and runs the parts. Every type is compared with what infer() says of it.
Ran run_parts(const Node& node, Device device = Device::kKind);

// Does `ran` have one output, with just these elements (NaN is NaN, -0 is not 0)?
std::string difference(const Ran& ran, const std::vector<double>& wanted);
// NaN, infinities, zeros, subnormal and huge numbers of float32; then random ones of all sizes, and
// as many between -range and range.
std::vector<double> telling_floats(double range, size_t count = 4000);

// The largest distance between the two in spacings of float32 at `wanted`; infinite when one is
// no number or infinite and the other is not the same.
double ulps_between(const std::vector<double>& got, const std::vector<double>& wanted);

}  // namespace backplane::ops::testing
