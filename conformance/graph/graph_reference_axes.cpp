// What moves elements, and what gathers or weighs them along axes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/graph_reference.hpp"
#include "graph/term_sum.hpp"

namespace backplane::conformance {
namespace {

using Inputs = std::vector<const Bounded64*>;
using Index = std::vector<int64_t>;

int64_t int_of(const DrawnNode& node, const char* name) { return node.ints.at(name); }

Index index_of(int64_t place, const Index& shape) {
  Index index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; place /= shape[axis])
    index[axis] = place % shape[axis];
  return index;
}

size_t place_of(const Index& index, const Index& shape) {
  int64_t place = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) place = place * shape[axis] + index[axis];
  return static_cast<size_t>(place);
}

void copy(const Bounded64& from, size_t place, Bounded64* result) {
  result->value.push_back(from.value[place]);
  result->error.push_back(from.error[place]);
}

Bounded64 unchanged(const DrawnNode&, const Inputs& inputs, const LocalErrors&) {
  return *inputs[0];
}

// 0 stands for the size that the input has there; sizes are never left to be found.
Bounded64 reshaped(const DrawnNode&, const Inputs& inputs, const LocalErrors&) {
  Bounded64 result = *inputs[0];
  result.shape.clear();
  for (const double size : inputs[1]->value)
    result.shape.push_back(size == 0 ? inputs[0]->shape[result.shape.size()]
                                     : static_cast<int64_t>(size));
  return result;
}

Bounded64 flattened(const DrawnNode&, const Inputs& inputs, const LocalErrors&) {
  Bounded64 result = *inputs[0];
  result.shape = {result.shape[0], elements_in(result.shape) / result.shape[0]};
  return result;
}

Bounded64 transposed(const DrawnNode& node, const Inputs& inputs, const LocalErrors&) {
  const Index& order = node.lists.at("perm");
  const Bounded64& x = *inputs[0];
  Bounded64 result;
  for (const int64_t axis : order) result.shape.push_back(x.shape[static_cast<size_t>(axis)]);
  for (int64_t at = 0; at < elements_in(result.shape); ++at) {
    const Index to = index_of(at, result.shape);
    Index from(to.size());
    for (size_t axis = 0; axis < to.size(); ++axis)
      from[static_cast<size_t>(order[axis])] = to[axis];
    copy(x, place_of(from, x.shape), &result);
  }
  return result;
}

Bounded64 joined(const DrawnNode& node, const Inputs& inputs, const LocalErrors&) {
  const auto axis = static_cast<size_t>(int_of(node, "axis"));
  Bounded64 result;
  result.shape = inputs[0]->shape;
  for (size_t i = 1; i < inputs.size(); ++i) result.shape[axis] += inputs[i]->shape[axis];
  for (int64_t at = 0; at < elements_in(result.shape); ++at) {
    Index index = index_of(at, result.shape);
    size_t input = 0;
    for (; index[axis] >= inputs[input]->shape[axis]; ++input)
      index[axis] -= inputs[input]->shape[axis];
    copy(*inputs[input], place_of(index, inputs[input]->shape), &result);
  }
  return result;
}

// The places of `x` that share every index but those of `axes`, for each such set of indices.
std::vector<std::vector<size_t>> groups_of(const Bounded64& x, const Index& axes, Index* kept) {
  *kept = x.shape;
  for (const int64_t axis : axes) (*kept)[static_cast<size_t>(axis)] = 1;
  std::vector<std::vector<size_t>> groups(static_cast<size_t>(elements_in(*kept)));
  for (int64_t at = 0; at < elements_in(x.shape); ++at) {
    Index index = index_of(at, x.shape);
    for (const int64_t axis : axes) index[static_cast<size_t>(axis)] = 0;
    groups[place_of(index, *kept)].push_back(static_cast<size_t>(at));
  }
  return groups;
}

Index axes_of(const DrawnNode& node, const Inputs& inputs) {
  if (node.op == "GlobalAveragePool") return {2, 3};
  if (inputs.size() > 1) return {inputs[1]->value.begin(), inputs[1]->value.end()};
  return node.lists.at("axes");
}

Index without(const Index& shape, const Index& axes) {
  Index left;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) == axes.end())
      left.push_back(shape[axis]);
  return left;
}

template <class Body>
Bounded64 reduced(const DrawnNode& node, const Inputs& inputs, const Body& body) {
  const Index axes = axes_of(node, inputs);
  Bounded64 result;
  for (const std::vector<size_t>& group : groups_of(*inputs[0], axes, &result.shape))
    body(*inputs[0], group, &result);
  const auto keeps = node.ints.find("keepdims");
  if (keeps != node.ints.end() && keeps->second == 0) result.shape = without(result.shape, axes);
  return result;
}

Bounded64 scaled_sum(const DrawnNode& node, const Inputs& inputs, const LocalErrors& errors,
                     bool is_mean) {
  LocalErrors composite = errors;
  if (is_mean) composite.sum *= kAlgorithms;
  return reduced(node, inputs,
                 [&](const Bounded64& x, const std::vector<size_t>& group, Bounded64* result) {
                   const double scale = is_mean ? 1.0 / static_cast<double>(group.size()) : 1.0;
                   TermSum sum(composite);
                   for (const size_t place : group)
                     sum.add(x.value[place], x.error[place], scale, 0);
                   sum.store(result);
                 });
}

Bounded64 sum(const DrawnNode& node, const Inputs& inputs, const LocalErrors& errors) {
  return scaled_sum(node, inputs, errors, false);
}

Bounded64 mean(const DrawnNode& node, const Inputs& inputs, const LocalErrors& errors) {
  return scaled_sum(node, inputs, errors, true);
}

Bounded64 largest(const DrawnNode& node, const Inputs& inputs, const LocalErrors&) {
  return reduced(node, inputs,
                 [](const Bounded64& x, const std::vector<size_t>& group, Bounded64* result) {
                   double most = -HUGE_VAL, error = 0;
                   for (const size_t place : group) {
                     most = std::max(most, x.value[place]);
                     error = std::max(error, x.error[place]);
                   }
                   result->value.push_back(most);
                   result->error.push_back(error);
                 });
}

// Of a share exp(x) / sum of exp(x): what comes in scales it by e^2d at most; the exponent is
// rounded where the largest is taken off, exp within 3 spacings, above and below the line.
double relative_error(double most_error, double spread, size_t count, const LocalErrors& errors) {
  constexpr double kExpSpacings = 3;
  const double inside = std::expm1(2 * (most_error + errors.rounding * (spread + most_error)));
  const double own = 4 * kExpSpacings * errors.function +
                     (static_cast<double>(count) + 8) * errors.sum +
                     std::max(errors.rounding, errors.division);
  return inside + kAlgorithms * own * (1 + inside);
}

Bounded64 shares(const DrawnNode& node, const Inputs& inputs, const LocalErrors& errors) {
  const Bounded64& x = *inputs[0];
  Bounded64 result = x;
  Index kept;
  for (const std::vector<size_t>& group : groups_of(x, {int_of(node, "axis")}, &kept)) {
    double most = -HUGE_VAL, least = HUGE_VAL, error = 0, total = 0;
    for (const size_t place : group) {
      most = std::max(most, x.value[place]);
      least = std::min(least, x.value[place]);
      error = std::max(error, x.error[place]);
    }
    for (const size_t place : group) total += std::exp(x.value[place] - most);
    for (const size_t place : group) {
      result.value[place] = std::exp(x.value[place] - most) / total;
      result.error[place] =
          result.value[place] * relative_error(error, most - least, group.size(), errors);
    }
  }
  return result;
}

struct Row {
  const char* op;
  Evaluator evaluator;
};

constexpr Row kRows[] = {
    {"Identity", unchanged},     {"Dropout", unchanged}, {"Reshape", reshaped},
    {"Cast", unchanged},         {"Flatten", flattened}, {"Concat", joined},
    {"Transpose", transposed},   {"ReduceSum", sum},     {"ReduceMean", mean},
    {"GlobalAveragePool", mean}, {"ReduceMax", largest}, {"Softmax", shares},
};

}  // namespace

Evaluator find_axis_evaluator(const std::string& op) {
  for (const Row& row : kRows)
    if (op == row.op) return row.evaluator;
  return nullptr;
}

}  // namespace backplane::conformance
