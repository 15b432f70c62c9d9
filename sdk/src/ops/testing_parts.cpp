#include "ops/testing_parts.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>

#include "ops/schema.hpp"
#include "ops/testing_starter.hpp"

namespace backplane::ops::testing {
namespace {

template <class T>
ConstantPtr constant_of(const Numbers& numbers) {
  std::vector<T> elements(numbers.elements.size());
  for (size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(numbers.elements[i]);
  return make_constant(tensor_type(numbers.dtype, numbers.shape), elements.data());
}

ConstantPtr to_constant(const Numbers& numbers) {
  switch (numbers.dtype) {
    case BP_DTYPE_FLOAT32:
      return constant_of<float>(numbers);
    case BP_DTYPE_FLOAT64:
      return constant_of<double>(numbers);
    case BP_DTYPE_INT64:
      return constant_of<int64_t>(numbers);
    case BP_DTYPE_INT32:
      return constant_of<int32_t>(numbers);
    case BP_DTYPE_INT8:
      return constant_of<int8_t>(numbers);
    default:
      return constant_of<uint8_t>(numbers);
  }
}

template <class T>
std::vector<double> elements_of(const Constant& constant) {
  const T* const elements = static_cast<const T*>(constant.bytes());
  return {elements, elements + *element_count(constant.type)};
}

Numbers from_constant(const Constant& constant) {
  Numbers numbers{constant.type.dtype, shape_of(constant.type), {}, true};
  const std::map<bp_dtype_t, std::vector<double> (*)(const Constant&)> readers = {
      {BP_DTYPE_FLOAT32, elements_of<float>}, {BP_DTYPE_FLOAT64, elements_of<double>},
      {BP_DTYPE_INT64, elements_of<int64_t>}, {BP_DTYPE_INT32, elements_of<int32_t>},
      {BP_DTYPE_INT8, elements_of<int8_t>},   {BP_DTYPE_UINT8, elements_of<uint8_t>},
      {BP_DTYPE_BOOL, elements_of<uint8_t>}};
  numbers.elements = readers.at(constant.type.dtype)(constant);
  return numbers;
}

bp_tensor_type_t type_of(const Numbers& numbers) {
  return numbers.dtype == 0 ? bp_tensor_type_t{} : tensor_type(numbers.dtype, numbers.shape);
}

// The node as the ABI has it, and what infer() says of its outputs.
struct Described {
  Operator op;
  std::vector<bp_tensor_type_t> inputs;
  std::vector<ConstantPtr> constants;
  std::vector<bp_tensor_type_t> outputs;
};

Status describe(const Node& node, Described& described) {
  described.op.op = node.op;
  described.op.since = find_definition(node.op)->newest();
  described.op.attributes = node.attributes;
  for (const Numbers& input : node.inputs) {
    described.inputs.push_back(type_of(input));
    described.constants.push_back(input.is_constant ? to_constant(input) : nullptr);
  }
  described.outputs.resize(node.output_count);
  const AbiNode untyped(described.op, described.inputs, described.outputs, described.constants);
  return infer(untyped.node(), described.outputs.data());
}

using Named = std::map<std::string, Numbers>;

// "": the part is a node of the newest form and gives what infer() says of it.
std::string run_part(const Draft& given, Device device, Named& values) {
  const Result<Normalised> normal = normalise(given, kReferenceOpset, {});
  if (!normal.ok()) return normal.status().text();
  const Draft& part = normal->nodes.front();
  Node node{part.op.op, {}, part.op.attributes, part.outputs.size()};
  for (const std::string& name : part.inputs) {
    if (!name.empty() && values.count(name) == 0) return part.op.op + ": " + name + " is not there";
    node.inputs.push_back(name.empty() ? absent() : values[name]);
  }
  Described described;
  const Status status = describe(node, described);
  if (!status.ok()) return status.text();
  const StarterOperator* const run = starter_operator(part.op.op);
  if (run == nullptr) return part.op.op + " is no starter operator";
  Numbers result = (*run)({node, shape_of(described.outputs[0]), device == Device::kHostile});
  if (!same_type(type_of(result), described.outputs[0])) return part.op.op + ": another type";
  for (double& element : result.elements) element = stored(result.dtype, element);
  values[part.outputs[0]] = std::move(result);
  return "";
}

bool is_same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

template <class T>
double wrapped(double value) {
  return static_cast<double>(static_cast<T>(static_cast<int64_t>(value)));
}

}  // namespace

double stored(bp_dtype_t dtype, double value) {
  switch (dtype) {
    case BP_DTYPE_FLOAT32:
      return double{static_cast<float>(value)};
    case BP_DTYPE_INT8:
      return wrapped<int8_t>(value);
    case BP_DTYPE_UINT8:
      return wrapped<uint8_t>(value);
    case BP_DTYPE_INT32:
      return wrapped<int32_t>(value);
    default:
      return value;
  }
}

Numbers floats(Shape shape, std::vector<double> elements) {
  for (double& element : elements) element = stored(BP_DTYPE_FLOAT32, element);
  return {BP_DTYPE_FLOAT32, std::move(shape), std::move(elements), false};
}

Numbers constant_integers(std::vector<int64_t> elements) {
  const auto count = static_cast<int64_t>(elements.size());
  return {BP_DTYPE_INT64, {count}, {elements.begin(), elements.end()}, true};
}

Numbers absent() { return {0, {}, {}, false}; }

Ran run_parts(const Node& node, Device device) {
  Described described;
  Status status = describe(node, described);
  if (!status.ok()) return {status.text(), {}, {}};
  const AbiNode typed(described.op, described.inputs, described.outputs, described.constants);
  const Result<std::optional<Parts>> parts = decompose(typed.node());
  if (!parts.ok()) return {parts.status().text(), {}, {}};
  if (!parts->has_value()) return {"no decomposition", {}, {}};

  Named values;
  for (size_t i = 0; i < node.inputs.size(); ++i) values["in" + std::to_string(i)] = node.inputs[i];
  for (const auto& constant : (*parts)->constants)
    values[constant.first] = from_constant(*constant.second);
  Ran ran;
  for (const Draft& part : (*parts)->nodes) {
    ran.ops.push_back(part.op.op);
    ran.status = run_part(part, device, values);
    if (!ran.status.empty()) return ran;
  }
  for (size_t i = 0; i < node.output_count; ++i) {
    ran.outputs.push_back(values["out" + std::to_string(i)]);
    if (!same_type(type_of(ran.outputs[i]), described.outputs[i])) ran.status = "another type";
  }
  return ran;
}

std::string difference(const Ran& ran, const std::vector<double>& wanted) {
  if (!ran.status.empty()) return ran.status;
  if (ran.outputs.size() != 1) return "not one output";
  const std::vector<double>& got = ran.outputs[0].elements;
  if (got.size() != wanted.size()) return "not so many elements";
  for (size_t i = 0; i < got.size(); ++i)
    if (!is_same(got[i], wanted[i]))
      return "element " + std::to_string(i) + " is " + std::to_string(got[i]) + ", not " +
             std::to_string(wanted[i]);
  return "";
}

std::vector<double> telling_floats(double range, size_t count) {
  std::vector<double> all = {NAN,         INFINITY, -INFINITY,    0.0,          -0.0,
                             1.0,         -1.0,     0x1p-149,     -0x1p-149,    0x1.8p-127,
                             -0x1.8p-127, 0x1p-126, -0x1p-126,    0x1p-24,      -0x1p-24,
                             0x1p127,     -0x1p127, 3.4028234e38, -3.4028234e38};
  std::mt19937 random(1);
  std::uniform_real_distribution<double> mantissa(-2, 2);
  std::uniform_int_distribution<int> exponent(-149, 126);
  for (size_t i = 0; i < count; ++i) {
    all.push_back(std::ldexp(mantissa(random), exponent(random)));
    all.push_back(mantissa(random) / 2 * range);
  }
  for (double& each : all) each = stored(BP_DTYPE_FLOAT32, each);
  return all;
}

double ulps_between(const std::vector<double>& got, const std::vector<double>& wanted) {
  double most = got.size() == wanted.size() ? 0 : HUGE_VAL;
  for (size_t i = 0; i < got.size() && most < HUGE_VAL; ++i) {
    const double limit = stored(BP_DTYPE_FLOAT32, wanted[i]);
    if (got[i] == limit || (std::isnan(got[i]) && std::isnan(limit))) continue;
    if (!std::isfinite(got[i]) || !std::isfinite(limit)) return HUGE_VAL;
    const int exponent = std::max(std::ilogb(wanted[i] == 0 ? 1e-300 : wanted[i]), -126);
    most = std::max(most, std::fabs(got[i] - wanted[i]) / std::ldexp(1.0, exponent - 23));
  }
  return most;
}

}  // namespace backplane::ops::testing
