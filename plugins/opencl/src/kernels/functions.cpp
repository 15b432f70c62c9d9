#include "functions.hpp"

namespace backplane::opencl {

namespace {

constexpr Parameter kAlpha1 = {"alpha", 1.0f};
constexpr Function kFunctions[] = {
    // functions.cl
    {"Abs", "magnitude", 1},
    {"Neg", "negative", 1},
    {"Sign", "signum", 1},
    {"Floor", "rounded_down", 1},
    {"Ceil", "rounded_up", 1},
    {"Round", "rounded", 1},
    {"Reciprocal", "reciprocal", 1},
    {"Sqrt", "square_root", 1},
    {"Exp", "exponential", 1},
    {"Log", "logarithm", 1},
    {"Erf", "error_function", 1},
    {"Sin", "sine", 1},
    {"Cos", "cosine", 1},
    {"Tanh", "hyperbolic_tangent", 1},
    {"Relu", "positive_part", 1},
    {"Sigmoid", "sigmoid", 1},
    {"Softplus", "softplus", 1},
    {"Softsign", "softsign", 1},
    {"HardSwish", "hard_swish", 1},
    {"HardSigmoid", "hard_sigmoid", 1, {{{"alpha", 0.2f}, {"beta", 0.5f}}}},
    {"LeakyRelu", "leaky_relu", 1, {{{"alpha", 0.01f}}}},
    {"ThresholdedRelu", "thresholded_relu", 1, {{kAlpha1}}},
    {"Elu", "elu", 1, {{kAlpha1}}},
    {"Celu", "celu", 1, {{kAlpha1}}},
    {"Selu", "selu", 1, {{{"alpha", 1.67326319f}, {"gamma", 1.05070102f}}}},
    // arithmetic.cl
    {"Add", "add", 2},
    {"Sub", "subtract", 2},
    {"Mul", "multiply", 2},
    {"Div", "divide", 2},
    {"Max", "greater", 2},
    {"Min", "lesser", 2},
    {"Where", "choose", 3},
    {"", "raise", 2},  // Clip's two halves
    {"", "hold", 2},
};

}  // namespace

const Function* function_of_operator(std::string_view op) {
  for (const Function& function : kFunctions)
    if (!op.empty() && op == function.op) return &function;
  return nullptr;
}

const Function* function_named(std::string_view name) {
  for (const Function& function : kFunctions)
    if (name == function.name) return &function;
  return nullptr;
}

}  // namespace backplane::opencl
