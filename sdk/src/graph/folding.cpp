#include "graph/folding.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "graph/integers.hpp"
#include "graph/typing.hpp"

namespace backplane::graph {
namespace {

using ops::ConstantPtr;

// A node with its inputs' constants, nullptr where absent, and the type of its output.
struct Folded {
  const ops::Operator& op;
  std::vector<ConstantPtr> inputs;
  bp_tensor_type_t type;
};
using Function = ConstantPtr (*)(const Folded& node);

bool is_small(const bp_tensor_type_t& type) {
  const Result<uint64_t> count = element_count(type);
  return count.ok() && *count <= kMostFolded;
}

template <class T>
std::vector<int64_t> widened(const ops::Constant& constant) {
  const T* const values = static_cast<const T*>(constant.bytes());
  return {values, values + *element_count(constant.type)};
}

std::optional<std::vector<int64_t>> integers_of(const ops::Constant& constant) {
  if (!is_small(constant.type)) return std::nullopt;
  if (constant.type.dtype == BP_DTYPE_INT64) return widened<int64_t>(constant);
  if (constant.type.dtype == BP_DTYPE_INT32) return widened<int32_t>(constant);
  if (constant.type.dtype == BP_DTYPE_BOOL) return widened<uint8_t>(constant);
  return std::nullopt;
}

// nullptr: a value that `T` cannot hold.
template <class T>
ConstantPtr narrowed(const bp_tensor_type_t& type, const Integers& values) {
  std::vector<T> elements;
  for (const int64_t value : values) {
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max())
      return nullptr;
    elements.push_back(static_cast<T>(value));
  }
  return ops::make_constant(type, elements.data());
}

ConstantPtr constant_of(const bp_tensor_type_t& type, const Integers& values) {
  if (*element_count(type) != values.size()) return nullptr;
  if (type.dtype == BP_DTYPE_INT64) return narrowed<int64_t>(type, values);
  if (type.dtype == BP_DTYPE_INT32) return narrowed<int32_t>(type, values);
  if (type.dtype == BP_DTYPE_BOOL) return narrowed<uint8_t>(type, values);
  return nullptr;
}

// The same elements in the same order under the output's shape.
ConstantPtr same_bytes(const Folded& node) {
  const ops::Constant& from = *node.inputs[0];
  if (from.type.dtype != node.type.dtype) return nullptr;
  return std::make_shared<ops::Constant>(
      ops::Constant{node.type, from.data, ops::fresh_constant_id()});
}

ConstantPtr filled(const Folded& node) {
  const Result<uint64_t> size = byte_size(node.type);
  if (!size.ok() || *size > kLargestFilled) return nullptr;
  const ops::Attribute* const value = node.op.attribute("value");
  if (value == nullptr || value->tensor == nullptr || value->tensor->type.dtype != node.type.dtype)
    return nullptr;
  const uint64_t element = *byte_size(value->tensor->type);
  std::vector<char> bytes(*size);
  for (uint64_t at = 0; at < *size; at += element)
    std::memcpy(bytes.data() + at, value->tensor->bytes(), element);
  return ops::make_constant(node.type, bytes.data());
}

ConstantPtr float_of(const Folded& node) {
  const std::optional<Integers> from = integers_of(*node.inputs[0]);
  if (!from.has_value()) return nullptr;
  std::vector<float> values;
  for (const int64_t value : *from) values.push_back(static_cast<float>(value));
  return ops::make_constant(node.type, values.data());
}

ConstantPtr integer_of_float(const Folded& node) {
  const auto* const from = static_cast<const float*>(node.inputs[0]->bytes());
  Integers values;
  for (uint64_t i = 0; i < *element_count(node.type); ++i) {
    const bool is_bool = node.type.dtype == BP_DTYPE_BOOL;
    if (!is_bool && !(std::fabs(from[i]) < 9.2e18f)) return nullptr;
    values.push_back(is_bool ? static_cast<int64_t>(from[i] != 0) : static_cast<int64_t>(from[i]));
  }
  return constant_of(node.type, values);
}

ConstantPtr cast(const Folded& node) {
  if (node.inputs[0]->type.dtype == node.type.dtype) return same_bytes(node);
  if (!is_small(node.type)) return nullptr;
  if (node.type.dtype == BP_DTYPE_FLOAT32) return float_of(node);
  if (node.inputs[0]->type.dtype == BP_DTYPE_FLOAT32) return integer_of_float(node);
  std::optional<Integers> values = integers_of(*node.inputs[0]);
  if (!values.has_value()) return nullptr;
  if (node.type.dtype == BP_DTYPE_BOOL)
    for (int64_t& value : *values) value = value != 0 ? 1 : 0;
  return constant_of(node.type, *values);
}

// An operator over integers: every input is read, and the result written in the output's type.
template <std::optional<Integers> (*compute)(const IntegerNode&)>
ConstantPtr of_integers(const Folded& node) {
  if (!is_small(node.type)) return nullptr;
  IntegerNode integers{node.op, node.type, {}};
  for (const ConstantPtr& input : node.inputs) {
    IntegerInput& read = integers.inputs.emplace_back();
    if (input == nullptr) continue;
    std::optional<Integers> values = integers_of(*input);
    if (!values.has_value()) return nullptr;
    read = {input->type, std::move(*values)};
  }
  const std::optional<Integers> result = compute(integers);
  return result.has_value() ? constant_of(node.type, *result) : nullptr;
}

const std::unordered_map<std::string, Function>& functions() {
  static const std::unordered_map<std::string, Function> all = {
      {"Identity", same_bytes},
      {"Reshape", same_bytes},
      {"Squeeze", same_bytes},
      {"Unsqueeze", same_bytes},
      {"Flatten", same_bytes},
      {"ConstantOfShape", filled},
      {"Cast", cast},
      {"Gather", of_integers<gather>},
      {"Slice", of_integers<slice>},
      {"Concat", of_integers<concat>},
      {"Range", of_integers<range>},
      {"Where", of_integers<where>},
      {"Neg", of_integers<negated>},
      {"Abs", of_integers<absolute>},
      {"Add", of_integers<elementwise<sum>>},
      {"Sub", of_integers<elementwise<difference>>},
      {"Mul", of_integers<elementwise<product>>},
      {"Div", of_integers<elementwise<quotient>>},
      {"Min", of_integers<elementwise<least>>},
      {"Max", of_integers<elementwise<largest>>},
      {"Equal", of_integers<elementwise<is_equal>>},
      {"Less", of_integers<elementwise<is_less>>},
      {"Greater", of_integers<elementwise<is_greater>>},
      {"ReduceSum", of_integers<reduced<sum>>},
      {"ReduceProd", of_integers<reduced<product>>},
      {"ReduceMin", of_integers<reduced<least>>},
      {"ReduceMax", of_integers<reduced<largest>>},
  };
  return all;
}

// Size asks for the type alone.
ConstantPtr size_of(const Graph& graph, const Node& node) {
  const bp_tensor_type_t& type = graph.value(node.inputs[0]).type;
  const Result<uint64_t> count = element_count(type);
  if (!count.ok()) return nullptr;
  const auto number = static_cast<int64_t>(*count);
  return ops::make_constant(tensor_type(BP_DTYPE_INT64, {}), &number);
}

bool is_known(const Node& node, const std::vector<ConstantPtr>& constants) {
  for (size_t i = 0; i < constants.size(); ++i) {
    if (node.inputs[i] == BP_NONE) continue;
    if (constants[i] == nullptr) return false;
    const Result<uint64_t> size = byte_size(constants[i]->type);
    if (!size.ok() || (*size > 0 && constants[i]->bytes() == nullptr)) return false;
  }
  return !node.inputs.empty() && node.inputs[0] != BP_NONE;
}

}  // namespace

ConstantPtr folded_output(const Graph& graph, const Node& node) {
  if (!node.op.domain.empty() || node.outputs.size() != 1 || node.outputs[0] == BP_NONE)
    return nullptr;
  if (node.op.op == "Size" && node.inputs.size() == 1 && node.inputs[0] != BP_NONE)
    return size_of(graph, node);
  const auto function = functions().find(node.op.op);
  if (function == functions().end()) return nullptr;
  std::vector<ConstantPtr> constants = constants_of(graph, node.inputs);
  const bp_tensor_type_t& type = graph.value(node.outputs[0]).type;
  if (!is_known(node, constants) || !element_count(type).ok()) return nullptr;
  return function->second({node.op, std::move(constants), type});
}

}  // namespace backplane::graph
