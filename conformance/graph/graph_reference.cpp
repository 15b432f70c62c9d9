#include "graph/graph_reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace backplane::conformance {
namespace {

constexpr double kHalfSpacing = 1.0 / (1 << 24);  // of float32

constexpr double kLeastNormalHalf = 1.0 / (1 << 14);

// Their results are elements that they got, or the same with another sign.
constexpr const char* kChoose[] = {"Relu",   "Neg",     "Abs",       "Max",     "Min",
                                   "Clip",   "Reshape", "Flatten",   "Dropout", "Transpose",
                                   "Concat", "MaxPool", "ReduceMax", "Identity"};

double stored_as_half(double number, Rounding outwards, bool truncates) {
  const Rounding rounding = truncates ? outwards : Rounding::kNearestEven;
  return static_cast<double>(rounded(kFloat16, static_cast<Exact>(number), rounding));
}

std::string text_of(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", number);
  return text;
}

}  // namespace

LocalErrors no_errors() { return {}; }

LocalErrors errors_of(const Declared& least_exact) {
  const Arithmetic allowed = allowed_by(least_exact, BP_DTYPE_FLOAT32, false);
  LocalErrors errors;
  errors.rounding = std::max(kHalfSpacing, allowed.unit);
  errors.sum = std::max(kHalfSpacing, allowed.sum_unit) * allowed.algorithm_factor;
  errors.product = allowed.product_unit;
  errors.function = kHalfSpacing * std::max(1.0, allowed.function_factor);
  errors.division = kHalfSpacing * std::max(1.0, 2 * allowed.division_spacings);
  errors.truncates = (least_exact.numerics & BP_NUMERICS_FLAG_TRUNCATES) != 0;
  errors.flushes = (least_exact.numerics & BP_NUMERICS_FLAG_FLUSHES_OUTPUTS) != 0;
  return errors;
}

int64_t elements_in(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Bounded64 exactly(const DrawnValue& value) {
  Bounded64 made = {value.shape, {value.data.begin(), value.data.end()}, {}};
  made.error.assign(made.value.size(), 0);
  return made;
}

Bounded64 evaluate(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                   const LocalErrors& errors) {
  Evaluator found = find_elementwise_evaluator(node.op);
  if (found == nullptr) found = find_window_evaluator(node.op);
  if (found == nullptr) found = find_axis_evaluator(node.op);
  if (found == nullptr) throw std::logic_error("no reference of " + node.op);
  return found(node, inputs, errors);
}

std::vector<Bounded64> evaluate(const DrawnGraph& graph, const LocalErrors& errors) {
  std::vector<Bounded64> values(graph.values.size());
  for (size_t i = 0; i < values.size(); ++i)
    if (!graph.values[i].data.empty()) values[i] = exactly(graph.values[i]);
  for (const DrawnNode& node : graph.nodes) {
    std::vector<const Bounded64*> inputs;
    for (size_t input : node.inputs) inputs.push_back(&values[input]);
    values[node.output] = evaluate(node, inputs, errors);
    if (graph.values[node.output].is_half) store_as_half(node.op, errors, &values[node.output]);
  }
  return values;
}

void store_as_half(const std::string& op, const LocalErrors& errors, Bounded64* result) {
  if (std::find(std::begin(kChoose), std::end(kChoose), op) != std::end(kChoose)) return;
  for (size_t i = 0; i < result->value.size(); ++i) {
    const double value = result->value[i];
    double& error = result->error[i];
    const double low = value - error;
    const double high = value + error;
    const bool is_small = errors.flushes && std::abs(value) - error < kLeastNormalHalf;
    error = std::max(value - stored_as_half(low, Rounding::kDown, errors.truncates),
                     stored_as_half(high, Rounding::kUp, errors.truncates) - value);
    if (is_small) error = std::max(error, std::abs(value));
  }
}

std::string difference(const Bounded64& wanted, const std::vector<float>& came) {
  if (came.size() != wanted.value.size())
    return std::to_string(came.size()) + " elements, not " + std::to_string(wanted.value.size());
  for (size_t i = 0; i < came.size(); ++i) {
    const double off = std::abs(static_cast<double>(came[i]) - wanted.value[i]);
    if (off <= wanted.error[i]) continue;
    return "element " + std::to_string(i) + " of " + std::to_string(came.size()) + " is " +
           text_of(static_cast<double>(came[i])) + ", not " + text_of(wanted.value[i]) +
           (wanted.error[i] > 0 ? " within " + text_of(wanted.error[i]) : "");
  }
  return "";
}

}  // namespace backplane::conformance
