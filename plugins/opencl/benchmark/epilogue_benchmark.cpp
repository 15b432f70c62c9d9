// Products with a bias and a Relu behind them: one node against the product and a kernel each, in
// place as the host runs them, and against the product and one fused kernel for the two.
#include "benchmarks.hpp"
#include "kernels/fused.hpp"
#include "launches.hpp"
#include "rounds.hpp"

namespace backplane::opencl::benchmark {

namespace {

constexpr int kRounds = 15;

struct Product {
  const char* what;
  NodeText text;
  Shape left, right, output, bias;
  double products;  // of numbers, for one
};

void compare(BenchDevice& device, const Product& product) {
  const auto tensor = [&](const Shape& shape) { return filled(device, shape, BP_DTYPE_FLOAT32); };
  const bp_tensor_t left = tensor(product.left), right = tensor(product.right);
  const bp_tensor_t bias = tensor(product.bias);
  const bp_tensor_t one = tensor(product.output), two = tensor(product.output);
  const bp_tensor_t three = tensor(product.output);
  const auto node = [&](const NodeText& text, const std::vector<bp_tensor_t>& inputs,
                        const bp_tensor_t& output) {
    return std::make_unique<Launch>(device, text, inputs, output);
  };
  NodeText folded = product.text;
  folded.domain = kPluginId;
  folded.since = 1;
  folded.program = "in0 in1 add positive_part";
  Launches fused, separate, pairs;
  fused.push_back(node(folded, {left, right, {}, bias}, one));
  separate.push_back(node(product.text, {left, right}, two));
  separate.push_back(node({"", "Add", 14}, {two, bias}, two));
  separate.push_back(node({"", "Relu", 14}, {two}, two));
  pairs.push_back(node(product.text, {left, right}, three));
  pairs.push_back(node({kPluginId, kFusedOperator, 1, folded.program}, {three, bias}, three));
  const std::vector<Times> times = measure({{"fused", [&](int n) { run(device, fused, n); }},
                                            {"separate", [&](int n) { run(device, separate, n); }},
                                            {"pairs", [&](int n) { run(device, pairs, n); }}},
                                           kRounds);
  if (!is_same(device, one, two) || !is_same(device, one, three))
    plugin::fail(BP_STATUS_INTERNAL, std::string(product.what) + ": other results when fused");
  const double work = 2e-9 * product.products;
  print({product.what, "a kernel each", times[0], times[1], work, false, ">= 1"});
  print({product.what, "Elementwise", times[0], times[2], work, false, ">= 1"});
}

Product square(const char* what, int64_t size) {
  const Shape matrix = {size, size};
  return {what,
          {"", "Gemm", 13},
          matrix,
          matrix,
          matrix,
          {size},
          static_cast<double>(size * size * size)};
}

// 3 x 3, padded, as many channels as it has inputs.
Product convolution(const char* what, int64_t channels, int64_t size) {
  const Shape plane = {1, channels, size, size};
  return {what,
          {"", "Conv", 11, "", {1, 1, 1, 1}},
          plane,
          {channels, channels, 3, 3},
          plane,
          {channels, 1, 1},
          static_cast<double>(channels * channels * 9 * size * size)};
}

}  // namespace

void compare_epilogues(BenchDevice& device) {
  print_head("Gemm or Conv, bias and Relu in one kernel", "GFLOP/s");
  for (const Product& product :
       {square("Gemm 512", 512), square("Gemm 128", 128),
        convolution("Conv 3x3, 64, 56x56", 64, 56), convolution("Conv 3x3, 16, 112x112", 16, 112)})
    compare(device, product);
}

}  // namespace backplane::opencl::benchmark
