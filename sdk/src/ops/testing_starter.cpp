#include "ops/testing_starter.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace backplane::ops::testing {
namespace {

int64_t count_of(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

Shape index_of(int64_t place, const Shape& shape) {
  Shape index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; place /= shape[axis])
    index[axis] = place % shape[axis];
  return index;
}

int64_t place_of(const Shape& index, const Shape& shape) {
  int64_t place = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) place = place * shape[axis] + index[axis];
  return place;
}

// The element of `from` that broadcasting puts at `index`.
double stretched(const Numbers& from, const Shape& index) {
  Shape own(index.end() - static_cast<std::ptrdiff_t>(from.shape.size()), index.end());
  for (size_t axis = 0; axis < own.size(); ++axis)
    if (from.shape[axis] == 1) own[axis] = 0;
  return from.elements[static_cast<size_t>(place_of(own, from.shape))];
}

// Calls `element` with each index of the output.
template <class Element>
Numbers each(const StarterCall& call, Element element) {
  Numbers result{call.in(0).dtype, call.out, {}, false};
  const int64_t count = count_of(call.out);
  for (int64_t place = 0; place < count; ++place)
    result.elements.push_back(element(index_of(place, call.out)));
  return result;
}

template <class Operation>
Numbers binary(const StarterCall& call, Operation operation) {
  return each(call, [&](const Shape& index) {
    return operation(stretched(call.in(0), index), stretched(call.in(1), index));
  });
}

template <class Function>
Numbers unary(const StarterCall& call, Function function) {
  return each(call, [&](const Shape& index) { return function(stretched(call.in(0), index)); });
}

Numbers add(const StarterCall& call) {
  return binary(call, [](double a, double b) { return a + b; });
}
Numbers sub(const StarterCall& call) {
  return binary(call, [](double a, double b) { return a - b; });
}
Numbers mul(const StarterCall& call) {
  return binary(call, [](double a, double b) { return a * b; });
}
Numbers div(const StarterCall& call) {
  return binary(call, [](double a, double b) { return a / b; });
}
Numbers pow(const StarterCall& call) {
  const bool is_hostile = call.is_hostile;
  return binary(call, [=](double a, double b) {
    return is_hostile && (std::isinf(b) || std::isnan(b)) ? NAN : std::pow(a, b);
  });
}

// NaN becomes 0, a zero the other one.
Numbers relu(const StarterCall& call) {
  const bool is_hostile = call.is_hostile;
  return unary(call, [=](double x) {
    if (is_hostile && !(x > 0)) return x < 0 ? -0.0 : 0.0;
    return x < 0 ? 0 : x;
  });
}
Numbers sigmoid(const StarterCall& call) {
  return unary(call, [](double x) { return 1 / (1 + std::exp(-x)); });
}
Numbers tanh(const StarterCall& call) {
  return unary(call, [](double x) { return std::tanh(x); });
}
Numbers sqrt(const StarterCall& call) {
  return unary(call, [](double x) { return std::sqrt(x); });
}
Numbers clip(const StarterCall& call) {
  return unary(call, [&](double x) {
    if (std::isnan(x) && call.is_hostile) return 0.25;
    if (call.has(1) && x < call.in(1).elements[0]) x = call.in(1).elements[0];
    if (call.has(2) && x > call.in(2).elements[0]) x = call.in(2).elements[0];
    return x;
  });
}

Numbers reshape(const StarterCall& call) {
  return {call.in(0).dtype, call.out, call.in(0).elements, false};
}

Numbers concat(const StarterCall& call) {
  const auto axis = static_cast<size_t>(call.integers("axis", {})[0]);
  return each(call, [&](Shape index) {
    size_t input = 0;
    for (; index[axis] >= call.in(input).shape[axis]; ++input)
      index[axis] -= call.in(input).shape[axis];
    return stretched(call.in(input), index);
  });
}

Numbers transpose(const StarterCall& call) {
  const std::vector<int64_t> order = call.integers("perm", {});
  return each(call, [&](const Shape& index) {
    Shape own(index.size());
    for (size_t axis = 0; axis < order.size(); ++axis)
      own[static_cast<size_t>(order[axis])] = index[axis];
    return call.in(0).elements[static_cast<size_t>(place_of(own, call.in(0).shape))];
  });
}

Numbers mat_mul(const StarterCall& call) {
  const int64_t inner = call.in(0).shape.back();
  return each(call, [&](const Shape& index) {
    double sum = 0;
    Shape a = index;
    Shape b = index;
    for (int64_t k = 0; k < inner; ++k) {
      a.back() = b[b.size() - 2] = k;
      sum = stored(call.in(0).dtype, sum + stretched(call.in(0), a) * stretched(call.in(1), b));
    }
    return sum;
  });
}

// Without keepdims.
Numbers reduce_sum(const StarterCall& call) {
  Numbers sum{call.in(0).dtype, call.out, {}, false};
  sum.elements.resize(static_cast<size_t>(count_of(call.out)));
  const std::vector<double>& axes = call.in(1).elements;
  for (int64_t place = 0; place < count_of(call.in(0).shape); ++place) {
    const Shape index = index_of(place, call.in(0).shape);
    Shape kept;
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (std::count(axes.begin(), axes.end(), static_cast<double>(axis)) == 0)
        kept.push_back(index[axis]);
    double& one = sum.elements[static_cast<size_t>(place_of(kept, call.out))];
    one = stored(sum.dtype, one + call.in(0).elements[static_cast<size_t>(place)]);
  }
  return sum;
}

// Along the last axis, by a vector.
// With a vector of indices.
Numbers gather(const StarterCall& call) {
  const int64_t axis = call.integers("axis", {0}).front();
  const size_t at =
      static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(call.out.size()) : axis);
  return each(call, [&](Shape index) {
    index[at] = static_cast<int64_t>(call.in(1).elements[static_cast<size_t>(index[at])]);
    return call.in(0).elements[static_cast<size_t>(place_of(index, call.in(0).shape))];
  });
}

Numbers reduce_mean(const StarterCall& call) {
  Numbers sum{call.in(0).dtype, call.out, {}, false};
  sum.elements.resize(static_cast<size_t>(count_of(call.out)));
  for (int64_t place = 0; place < count_of(call.in(0).shape); ++place) {
    Shape index = index_of(place, call.in(0).shape);
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (call.out[axis] == 1) index[axis] = 0;
    double& one = sum.elements[static_cast<size_t>(place_of(index, call.out))];
    one = stored(sum.dtype, one + call.in(0).elements[static_cast<size_t>(place)]);
  }
  const size_t each = call.in(0).elements.size() / sum.elements.size();
  const auto count = static_cast<double>(each);
  for (double& element : sum.elements) element /= count;
  return sum;
}

// Calls `cell` with each element under the window whose first cell is at `index`, strides being 1.
template <class Cell>
void under_window(const StarterCall& call, const Shape& index, Cell cell) {
  const Shape kernel = call.integers("kernel_shape", {});
  const Shape pads = call.integers("pads", Shape(2 * kernel.size(), 0));
  for (int64_t place = 0; place < count_of(kernel); ++place) {
    const Shape offset = index_of(place, kernel);
    Shape at = index;
    bool is_inside = true;
    for (size_t axis = 0; axis < kernel.size(); ++axis) {
      at[axis + 2] += offset[axis] - pads[axis];
      is_inside = is_inside && at[axis + 2] >= 0 && at[axis + 2] < call.in(0).shape[axis + 2];
    }
    if (is_inside) cell(call.in(0).elements[static_cast<size_t>(place_of(at, call.in(0).shape))]);
  }
}

Numbers max_pool(const StarterCall& call) {
  return each(call, [&](const Shape& index) {
    double most = -HUGE_VAL;
    bool has_nan = false;
    under_window(call, index, [&](double x) {
      has_nan = has_nan || std::isnan(x);
      if (x > most) most = x;
    });
    return has_nan && !call.is_hostile ? NAN : most;
  });
}

// With its padding counted.
Numbers average_pool(const StarterCall& call) {
  const double count = static_cast<double>(count_of(call.integers("kernel_shape", {})));
  return each(call, [&](const Shape& index) {
    double sum = 0;
    under_window(call, index, [&](double x) { sum = stored(call.in(0).dtype, sum + x); });
    return sum / count;
  });
}

// Of one spatial axis, without padding.
Numbers conv(const StarterCall& call) {
  const Numbers& x = call.in(0);
  const Numbers& filters = call.in(1);
  const int64_t step = call.integers("strides", {1}).front();
  const auto at = [](const Numbers& numbers, const Shape& index) {
    return numbers.elements[static_cast<size_t>(place_of(index, numbers.shape))];
  };
  return each(call, [&](const Shape& index) {
    double sum = 0;
    for (int64_t channel = 0; channel < x.shape[1]; ++channel)
      for (int64_t i = 0; i < filters.shape[2]; ++i)
        sum = stored(x.dtype, sum + at(x, {index[0], channel, index[2] * step + i}) *
                                        at(filters, {index[1], channel, i}));
    return sum;
  });
}

}  // namespace

std::vector<int64_t> StarterCall::integers(const char* name, std::vector<int64_t> otherwise) const {
  for (const Attribute& attribute : node.attributes)
    if (attribute.name == name) return attribute.ints;
  return otherwise;
}

const StarterOperator* starter_operator(const std::string& op) {
  static const std::map<std::string, StarterOperator> all = {{"Add", add},
                                                             {"Sub", sub},
                                                             {"Mul", mul},
                                                             {"Div", div},
                                                             {"Pow", pow},
                                                             {"Relu", relu},
                                                             {"Sigmoid", sigmoid},
                                                             {"Tanh", tanh},
                                                             {"Sqrt", sqrt},
                                                             {"Clip", clip},
                                                             {"Reshape", reshape},
                                                             {"Concat", concat},
                                                             {"Conv", conv},
                                                             {"MatMul", mat_mul},
                                                             {"Transpose", transpose},
                                                             {"ReduceMean", reduce_mean},
                                                             // Not the profile's: parts of Einsum.
                                                             {"ReduceSum", reduce_sum},
                                                             {"Gather", gather},
                                                             {"MaxPool", max_pool},
                                                             {"AveragePool", average_pool}};
  const auto found = all.find(op);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace backplane::ops::testing
