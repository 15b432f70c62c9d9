// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss against their formulas in long double.
#include "test_kernel.hpp"
#include "test_run.hpp"
#include "test_shapes.hpp"

namespace backplane::cpu::testing {
namespace {

struct Totals {
  std::vector<long double> losses;
  long double sum = 0, weights = 0;
};

// Scores are [N, C, D]; `score` gives the logarithm of one of them.
template <class Score>
Totals totals_of(const TestNode& node, int64_t ignored, const Score& score) {
  const Shape shape = shape_of(node.inputs[0]);
  Totals totals;
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t d = 0; d < shape[2]; ++d) {
      const auto label = static_cast<int64_t>(element(node.inputs[1], n * shape[2] + d));
      totals.losses.push_back(0);
      if (label == ignored) continue;
      const long double weight = node.inputs.size() > 2 ? element(node.inputs[2], label) : 1.0;
      totals.losses.back() = -score(n, label, d) * weight;
      totals.sum += totals.losses.back();
      totals.weights += weight;
    }
  return totals;
}

template <class T>
TestNode loss_node(const char* op, const char* reduction, bool has_weights) {
  const Shape shape = {2, 5, 3};
  TestNode node(op, 13, {noisy<T>(shape, 4), tensor<int32_t>({2, 3}, {0, 4, 2, 1, 2, 3})},
                {wanted(dtype_of<T>(), reduction[0] == 'n' ? Shape{2, 3} : Shape{})});
  if (has_weights)
    node.add_input(
        filled<T>({5}, [](int64_t i) { return store<T>(static_cast<Computed<T>>(1 + i)); }), false);
  node.add("reduction", reduction);
  node.add("ignore_index", 2);
  return node;
}

void expect_totals(const TestNode& node, const char* reduction, const Totals& totals) {
  const double unit = unit_of(node.inputs[0].type.dtype);
  const auto expect = [&](int64_t i, long double expected) {
    const double bound = 4 * unit * (1 + std::fabs(static_cast<double>(expected)));
    EXPECT_TRUE(is_within(element(node.outputs[0], i), expected, bound)) << reduction;
  };
  if (reduction[0] == 'n')
    for (size_t i = 0; i < totals.losses.size(); ++i)
      expect(static_cast<int64_t>(i), totals.losses[i]);
  else
    expect(0, reduction[0] == 's' ? totals.sum : totals.sum / totals.weights);
}

template <class T>
void expect_losses() {
  const OpenDevice device(kSynchronousDevice);
  for (const char* reduction : {"none", "sum", "mean"})
    for (const bool has_weights : {false, true}) {
      TestNode node = loss_node<T>("NegativeLogLikelihoodLoss", reduction, has_weights);
      const auto at = [&](int64_t n, int64_t c, int64_t d) {
        return static_cast<long double>(element(node.inputs[0], (n * 5 + c) * 3 + d));
      };
      ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
      expect_totals(node, reduction, totals_of(node, 2, at));

      TestNode entropy = loss_node<T>("SoftmaxCrossEntropyLoss", reduction, has_weights);
      entropy.outputs.push_back(wanted(dtype_of<T>(), {2, 5, 3}));
      ASSERT_NO_FATAL_FAILURE(run_both_ways(device, entropy));
      const auto log_at = [&](int64_t n, int64_t c, int64_t d) {
        long double sum = 0;
        for (int64_t i = 0; i < 5; ++i) sum += std::exp(at(n, i, d));
        return at(n, c, d) - std::log(sum);
      };
      expect_totals(entropy, reduction, totals_of(entropy, 2, log_at));
      for (int64_t i = 0; i < 30; ++i)
        EXPECT_TRUE(is_within(element(entropy.outputs[1], i), log_at(i / 15, i / 3 % 5, i % 3),
                              8 * unit_of(entropy.inputs[0].type.dtype)));
    }
}

TEST(Losses, Float32) { expect_losses<float>(); }
TEST(Losses, Float64) { expect_losses<double>(); }
TEST(Losses, Float16) { expect_losses<Half>(); }
TEST(Losses, Bfloat16) { expect_losses<Bfloat16>(); }

TEST(Losses, ALabelOfNoClassFailsUnlessItIsIgnored) {
  const OpenDevice device(kSynchronousDevice);
  TestNode node("NegativeLogLikelihoodLoss", 13,
                {tensor<float>({2, 2}, {1, 2, 3, 4}), tensor<int64_t>({2}, {1, 2})},
                {wanted(BP_DTYPE_FLOAT32, {})});
  EXPECT_EQ(run(device, node), BP_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(TestHost::take_text(), "NegativeLogLikelihoodLoss: label 2 is none of 2 classes");
  node.add("ignore_index", 2);
  ASSERT_NO_FATAL_FAILURE(run_both_ways(device, node));
  EXPECT_EQ(node.outputs[0].as<float>(), std::vector<float>{-2});
}

TEST(Losses, WhatDoesNotFitIsRefusedInWords) {
  const Tensor scores = noisy<float>({2, 5, 3}, 1);
  EXPECT_EQ(refusal(TestNode("SoftmaxCrossEntropyLoss", 13, {scores, tensor<int64_t>({2}, {0, 0})},
                             {wanted(BP_DTYPE_FLOAT32, {})})),
            "SoftmaxCrossEntropyLoss: labels are int64[2,3], not int64[2]");
  TestNode mode("NegativeLogLikelihoodLoss", 13, {scores, whole<int64_t>({2, 3}, 1)},
                {wanted(BP_DTYPE_FLOAT32, {})});
  mode.add("reduction", "median");
  EXPECT_EQ(refusal(mode),
            "NegativeLogLikelihoodLoss: reduction \"median\" is none that ONNX defines");
}

}  // namespace
}  // namespace backplane::cpu::testing
