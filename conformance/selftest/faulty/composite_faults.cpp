// Faults of group K in operators of several steps: Gemm, normalizations, means, recurrent ones.
#include <cmath>
#include <utility>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

void forget_beta(ChangedNode& node) {
  float* beta = node.is("Gemm") ? node.number("beta") : nullptr;
  if (beta != nullptr) *beta = 1;
}

void transpose_when_not_asked(ChangedNode& node) {
  int64_t* turns = node.is("Gemm") ? node.integer("transB") : nullptr;
  if (turns != nullptr) *turns = 1 - *turns;
}

// Along rows where the product is square.
void bias_along_rows(Launched& launched) {
  if (!launched.is("Gemm") || launched.input_count != 3 || launched.inputs[2].type.rank != 1)
    return;
  const Part& y = launched.outputs[0];
  const int64_t n = y.size(-1);
  const float* bias = launched.inputs[2].floats();
  if (y.size(-2) != n || launched.inputs[2].count != n) return;
  for (int64_t i = 0; i < y.count; ++i) y.floats()[i] += bias[i / n] - bias[i % n];
}

void default_epsilon(ChangedNode& node) {
  float* epsilon = node.is("BatchNormalization") ? node.number("epsilon") : nullptr;
  if (epsilon != nullptr) *epsilon = 1e-5f;
}

// The four decimals that gamma had before version 6.
void old_gamma(ChangedNode& node) {
  float* gamma = node.is("Selu") ? node.number("gamma") : nullptr;
  if (gamma != nullptr) *gamma = 1.0507f;
}

// What is above the number before alpha is alpha, or above it.
void threshold_at_alpha(ChangedNode& node) {
  float* alpha = node.is("ThresholdedRelu") ? node.number("alpha") : nullptr;
  if (alpha != nullptr) *alpha = std::nextafter(*alpha, -INFINITY);
}

void swap_mean_and_variance(const std::string& op, std::vector<bp_tensor_t>& inputs,
                            std::vector<bp_tensor_t>&) {
  if (op == "BatchNormalization") std::swap(inputs[3], inputs[4]);
}

void mean_of_one_less(Launched& launched) {
  if (!launched.is("ReduceMean") || launched.outputs[0].count == 0) return;
  const Part& y = launched.outputs[0];
  const int64_t count = launched.inputs[0].count / y.count;
  for (int64_t i = 0; i < y.count && count > 1; ++i)
    y.floats()[i] *= static_cast<float>(count) / static_cast<float>(count - 1);
}

// Of no axes the mean is that of all; here nothing is done.
void mean_of_no_axes(Launched& launched) {
  if (!launched.is("ReduceMean") || launched.outputs[0].count != 1) return;
  launched.outputs[0].floats()[0] = launched.inputs[0].floats()[0];
}

// An infinity gives 1, where the definition has NaN: infinity less infinity.
void softmax_without_nan(Launched& launched) {
  if (!launched.is("Softmax")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (std::isnan(launched.outputs[0].floats()[i]) && std::isinf(launched.inputs[0].floats()[i]))
      launched.outputs[0].floats()[i] = 1;
}

// By exp(y log x): no number for a negative base.
void power_by_logarithm(Launched& launched) {
  if (!launched.is("Pow") || launched.inputs[1].count != 1) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (launched.inputs[0].floats()[i] < 0) launched.outputs[0].floats()[i] = NAN;
}

void limits_swapped(const std::string& op, std::vector<bp_tensor_t>& inputs,
                    std::vector<bp_tensor_t>&) {
  if (op == "Clip" && inputs.size() == 3) std::swap(inputs[1], inputs[2]);
}

}  // namespace

std::vector<Fault> composite_faults() {
  return {
      {"beta-forgotten", plant_node<forget_beta>},
      {"transposed-unasked", plant_node<transpose_when_not_asked>},
      {"bias-along-rows", plant<bias_along_rows>},
      {"epsilon-of-the-default", plant_node<default_epsilon>},
      {"gamma-of-long-ago", plant_node<old_gamma>},
      {"threshold-at-alpha", plant_node<threshold_at_alpha>},
      {"mean-for-variance", plant_tensors<swap_mean_and_variance>},
      {"mean-of-one-less", plant<mean_of_one_less>},
      {"mean-of-no-axes", plant<mean_of_no_axes>},
      {"softmax-without-nan", plant<softmax_without_nan>},
      {"power-by-logarithm", plant<power_by_logarithm>},
      {"limits-swapped", plant_tensors<limits_swapped>},
  };
}

}  // namespace backplane::selftest
