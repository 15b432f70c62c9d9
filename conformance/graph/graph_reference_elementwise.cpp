// Operators of one element each, with broadcasting, and the errors that pass through them.
#include <algorithm>
#include <cmath>

#include "graph/graph_reference.hpp"

namespace backplane::conformance {
namespace {

struct Element {
  double value = 0;
  double error = 0;
};

using Body = Element (*)(const std::vector<Element>& inputs, const DrawnNode& node,
                         const LocalErrors& errors);

std::vector<int64_t> broadcast(const std::vector<const Bounded64*>& inputs) {
  size_t rank = 0;
  for (const Bounded64* input : inputs) rank = std::max(rank, input->shape.size());
  std::vector<int64_t> shape(rank, 1);
  for (const Bounded64* input : inputs)
    for (size_t axis = 0; axis < input->shape.size(); ++axis)
      if (const int64_t size = input->shape[axis]; size != 1)
        shape[rank - input->shape.size() + axis] = size;
  return shape;
}

// Where an input is read for element `at` of an output of `shape`.
size_t place_in(const std::vector<int64_t>& input, const std::vector<int64_t>& shape, int64_t at) {
  int64_t place = 0;
  int64_t step = 1;
  for (size_t back = 0; back < shape.size(); ++back) {
    const int64_t size = shape[shape.size() - 1 - back];
    const int64_t own = back < input.size() ? input[input.size() - 1 - back] : 1;
    place += (own == 1 ? 0 : at % size) * step;
    step *= own;
    at /= size;
  }
  return static_cast<size_t>(place);
}

Element rounded(double value, double error, double unit) {
  return {value, error + unit * (std::abs(value) + error)};
}

Element sum(double a, double b, const std::vector<Element>& in, const LocalErrors& errors) {
  return rounded(a + b, in[0].error + in[1].error, errors.rounding);
}

Element added(const std::vector<Element>& in, const DrawnNode&, const LocalErrors& errors) {
  return sum(in[0].value, in[1].value, in, errors);
}

// Of two, as it is drawn; like a longer one it may be off by a share of its terms.
Element summed(const std::vector<Element>& in, const DrawnNode&, const LocalErrors& errors) {
  const double size = std::abs(in[0].value) + std::abs(in[1].value) + in[0].error + in[1].error;
  return {in[0].value + in[1].value, in[0].error + in[1].error + 3 * errors.sum * size};
}

Element product(const std::vector<Element>& in, const DrawnNode&, const LocalErrors& errors) {
  const auto& [a, ea] = in[0];
  const auto& [b, eb] = in[1];
  return rounded(a * b, std::abs(b) * ea + std::abs(a) * eb + ea * eb, errors.rounding);
}

Element quotient(const std::vector<Element>& in, const DrawnNode&, const LocalErrors& errors) {
  const double value = in[0].value / in[1].value;
  const double least = std::abs(in[1].value) - in[1].error;
  return rounded(value, (in[0].error + std::abs(value) * in[1].error) / least,
                 std::max(errors.rounding, errors.division));
}

// Two numbers that are off by little have their larger one off by no more than either.
Element larger(const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
  Element most = in[0];
  for (const Element& one : in)
    most = {std::max(most.value, one.value), std::max(most.error, one.error)};
  return most;
}

Element smaller(const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
  Element least = in[0];
  for (const Element& one : in)
    least = {std::min(least.value, one.value), std::max(least.error, one.error)};
  return least;
}

Element clipped(const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
  return {std::min(std::max(in[0].value, in[1].value), in[2].value), in[0].error};
}

Element leaky(const std::vector<Element>& in, const DrawnNode& node, const LocalErrors& errors) {
  const double alpha = node.floats.at("alpha");
  const double value = in[0].value < 0 ? alpha * in[0].value : in[0].value;
  return rounded(value, std::max(1.0, std::abs(alpha)) * in[0].error, errors.rounding);
}

// A function of one number with the steepest slope given, within so many spacings.
Element function(double value, double slope, double spacings, const std::vector<Element>& in,
                 const LocalErrors& errors) {
  return rounded(value, slope * in[0].error, 2 * spacings * errors.function);
}

// OpenCL's full profile: exp 3 ulp, tanh 5; 1 / (1 + exp(-x)) rounds twice more.
constexpr double kExpSpacings = 3, kTanhSpacings = 5, kSigmoidSpacings = 6;

struct Row {
  const char* op;
  Body body;
};

const Row kRows[] = {
    {"Add", added},
    {"Sum", summed},
    {"Sub", [](const std::vector<Element>& in, const DrawnNode&,
               const LocalErrors& e) { return sum(in[0].value, -in[1].value, in, e); }},
    {"Mul", product},
    {"Div", quotient},
    {"Max", larger},
    {"Min", smaller},
    {"Clip", clipped},
    {"LeakyRelu", leaky},
    {"Relu",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
       return Element{std::max(in[0].value, 0.0), in[0].error};
     }},
    {"Neg",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
       return Element{-in[0].value, in[0].error};
     }},
    {"Abs",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors&) {
       return Element{std::abs(in[0].value), in[0].error};
     }},
    {"Exp",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors& e) {
       const double value = std::exp(in[0].value);
       return rounded(value, value * std::expm1(in[0].error), 2 * kExpSpacings * e.function);
     }},
    {"Tanh",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors& e) {
       return function(std::tanh(in[0].value), 1, kTanhSpacings, in, e);
     }},
    {"Sigmoid",
     [](const std::vector<Element>& in, const DrawnNode&, const LocalErrors& e) {
       return function(1 / (1 + std::exp(-in[0].value)), 0.25, kSigmoidSpacings, in, e);
     }},
};

Body find(const std::string& op) {
  for (const Row& row : kRows)
    if (op == row.op) return row.body;
  return nullptr;
}

Bounded64 elementwise(const DrawnNode& node, const std::vector<const Bounded64*>& inputs,
                      const LocalErrors& errors) {
  const Body body = find(node.op);
  Bounded64 result;
  result.shape = broadcast(inputs);
  std::vector<Element> elements(inputs.size());
  for (int64_t at = 0; at < elements_in(result.shape); ++at) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const size_t place = place_in(inputs[i]->shape, result.shape, at);
      elements[i] = {inputs[i]->value[place], inputs[i]->error[place]};
    }
    const Element one = body(elements, node, errors);
    result.value.push_back(one.value);
    result.error.push_back(one.error);
  }
  return result;
}

}  // namespace

Evaluator find_elementwise_evaluator(const std::string& op) {
  return find(op) != nullptr ? elementwise : nullptr;
}

}  // namespace backplane::conformance
