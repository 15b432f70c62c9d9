#include "graph/integers.hpp"

#include <algorithm>

namespace backplane::graph {
namespace {

bool stretches(const IntegerNode& node, const IntegerInput& input) {
  return input.values.size() == 1 ||
         (input.type.rank == node.type.rank &&
          std::equal(input.type.shape, input.type.shape + input.type.rank, node.type.shape));
}

bool all_stretch(const IntegerNode& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&node](const IntegerInput& input) { return stretches(node, input); });
}

int64_t at(const IntegerInput& input, size_t index) {
  return input.values[input.values.size() == 1 ? 0 : index];
}

uint64_t count_of(const IntegerNode& node) { return *element_count(node.type); }

bool is_vector(const IntegerInput& input) { return input.type.rank == 1; }

// The only number of input `index`, or `fallback` where the node has none.
Integer only_number(const IntegerNode& node, size_t index, int64_t fallback) {
  if (index >= node.inputs.size() || node.inputs[index].type.dtype == 0) return fallback;
  const Integers& values = node.inputs[index].values;
  return values.size() == 1 ? Integer(values.front()) : std::nullopt;
}

}  // namespace

Integer sum(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : Integer(result);
}
Integer difference(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_sub_overflow(a, b, &result) ? std::nullopt : Integer(result);
}
Integer product(int64_t a, int64_t b) {
  int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::nullopt : Integer(result);
}
Integer quotient(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1)) return std::nullopt;
  return a / b;
}
Integer least(int64_t a, int64_t b) { return std::min(a, b); }
Integer largest(int64_t a, int64_t b) { return std::max(a, b); }
Integer is_equal(int64_t a, int64_t b) { return a == b ? 1 : 0; }
Integer is_less(int64_t a, int64_t b) { return a < b ? 1 : 0; }
Integer is_greater(int64_t a, int64_t b) { return a > b ? 1 : 0; }

std::optional<Integers> elementwise(const IntegerNode& node, Binary binary) {
  if (!all_stretch(node)) return std::nullopt;
  Integers result;
  for (size_t i = 0; i < count_of(node); ++i) {
    Integer value = at(node.inputs[0], i);
    for (size_t k = 1; k < node.inputs.size() && value.has_value(); ++k)
      value = binary(*value, at(node.inputs[k], i));
    if (!value.has_value()) return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

std::optional<Integers> reduced(const IntegerNode& node, Binary binary) {
  const Integers& values = node.inputs[0].values;
  if (!is_vector(node.inputs[0]) || values.empty() || count_of(node) != 1) return std::nullopt;
  Integer value = values[0];
  for (size_t i = 1; i < values.size() && value.has_value(); ++i) value = binary(*value, values[i]);
  if (!value.has_value()) return std::nullopt;
  return Integers{*value};
}

std::optional<Integers> negated(const IntegerNode& node) {
  Integers result = node.inputs[0].values;
  for (int64_t& value : result) {
    if (value == INT64_MIN) return std::nullopt;
    value = -value;
  }
  return result;
}

std::optional<Integers> absolute(const IntegerNode& node) {
  Integers result = node.inputs[0].values;
  for (int64_t& value : result) {
    if (value == INT64_MIN) return std::nullopt;
    value = std::abs(value);
  }
  return result;
}

std::optional<Integers> where(const IntegerNode& node) {
  if (!all_stretch(node)) return std::nullopt;
  Integers result;
  for (size_t i = 0; i < count_of(node); ++i)
    result.push_back(at(node.inputs[at(node.inputs[0], i) != 0 ? 1 : 2], i));
  return result;
}

std::optional<Integers> range(const IntegerNode& node) {
  Integers result;
  Integer next = only_number(node, 0, 0);
  const Integer delta = only_number(node, 2, 1);
  for (size_t i = 0; i < count_of(node); ++i) {
    if (!next.has_value() || !delta.has_value()) return std::nullopt;
    result.push_back(*next);
    next = sum(*next, *delta);
  }
  return result;
}

std::optional<Integers> gather(const IntegerNode& node) {
  const Integers& data = node.inputs[0].values;
  if (!is_vector(node.inputs[0])) return std::nullopt;
  const auto size = static_cast<int64_t>(data.size());
  Integers result;
  for (const int64_t index : node.inputs[1].values) {
    if (index < -size || index >= size) return std::nullopt;
    result.push_back(data[static_cast<size_t>(index < 0 ? index + size : index)]);
  }
  return result;
}

std::optional<Integers> slice(const IntegerNode& node) {
  const Integers& data = node.inputs[0].values;
  const Integer start = only_number(node, 1, 0);
  const Integer end = only_number(node, 2, 0);
  const Integer step = only_number(node, 4, 1);
  if (!is_vector(node.inputs[0]) || !start || !end || !step || *step == 0) return std::nullopt;
  const auto size = static_cast<int64_t>(data.size());
  if (size == 0) return Integers();
  const bool is_forward = *step > 0;
  const auto from_front = [size](int64_t index) { return index < 0 ? index + size : index; };
  const int64_t first = std::clamp<int64_t>(from_front(*start), 0, is_forward ? size : size - 1);
  const int64_t stop = std::clamp<int64_t>(from_front(*end), is_forward ? 0 : -1, size);
  Integers result;
  for (Integer i = first; i && (is_forward ? *i < stop : *i > stop); i = sum(*i, *step))
    result.push_back(data[static_cast<size_t>(*i)]);
  return result;
}

std::optional<Integers> concat(const IntegerNode& node) {
  Integers result;
  for (const IntegerInput& input : node.inputs) {
    if (!is_vector(input)) return std::nullopt;
    result.insert(result.end(), input.values.begin(), input.values.end());
  }
  return result;
}

}  // namespace backplane::graph
