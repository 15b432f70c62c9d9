// Operators over a few integers, as vectors of int64. nullopt: not defined here (an overflow, a
// division by zero, an index out of range, more than one axis).
#pragma once

#include <optional>
#include <vector>

#include "ops/node.hpp"

namespace backplane::graph {

using Integers = std::vector<int64_t>;
using Integer = std::optional<int64_t>;

struct IntegerInput {
  bp_tensor_type_t type = {};  // dtype 0: absent
  Integers values;
};

struct IntegerNode {
  const ops::Operator& op;
  bp_tensor_type_t type;  // of the output
  std::vector<IntegerInput> inputs;
};

Integer sum(int64_t a, int64_t b);
Integer difference(int64_t a, int64_t b);
Integer product(int64_t a, int64_t b);
Integer quotient(int64_t a, int64_t b);
Integer least(int64_t a, int64_t b);
Integer largest(int64_t a, int64_t b);
Integer is_equal(int64_t a, int64_t b);
Integer is_less(int64_t a, int64_t b);
Integer is_greater(int64_t a, int64_t b);

using Binary = Integer (*)(int64_t a, int64_t b);
// Inputs of one element stretch; all others have the output's shape.
std::optional<Integers> elementwise(const IntegerNode& node, Binary binary);
template <Binary binary>
std::optional<Integers> elementwise(const IntegerNode& node) {
  return elementwise(node, binary);
}
// All of a vector, which is not empty, to one number.
std::optional<Integers> reduced(const IntegerNode& node, Binary binary);
template <Binary binary>
std::optional<Integers> reduced(const IntegerNode& node) {
  return reduced(node, binary);
}

std::optional<Integers> negated(const IntegerNode& node);
std::optional<Integers> absolute(const IntegerNode& node);
std::optional<Integers> where(const IntegerNode& node);
std::optional<Integers> range(const IntegerNode& node);
// Of vectors along their axis.
std::optional<Integers> gather(const IntegerNode& node);
std::optional<Integers> slice(const IntegerNode& node);
std::optional<Integers> concat(const IntegerNode& node);

}  // namespace backplane::graph
