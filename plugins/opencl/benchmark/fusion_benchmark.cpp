// Chains of elementwise operators: one fused kernel against a kernel each, in place from the second
// on as the host runs them.
#include "benchmarks.hpp"
#include "kernels/fused.hpp"
#include "launches.hpp"
#include "rounds.hpp"

namespace backplane::opencl::benchmark {

namespace {

constexpr int kRounds = 15;
constexpr int64_t kCount = int64_t{16} << 20;
constexpr int64_t kRow = 1024;

// One operator of a chain; `other` is the shape of its second input, if it has one.
struct Link {
  const char* op;
  std::vector<Shape> others;
};

struct Chain {
  const char* what;
  Shape shape;
  std::vector<Link> links;
  const char* program;  // the same in one
  const char* goal;
  bp_dtype_t dtype = BP_DTYPE_FLOAT32;
};

void compare(BenchDevice& device, const Chain& chain) {
  const bp_tensor_t x = filled(device, chain.shape, chain.dtype);
  const bp_tensor_t one = filled(device, chain.shape, chain.dtype);
  const bp_tensor_t other = filled(device, chain.shape, chain.dtype);
  Launches fused;
  Launches separate;
  std::vector<bp_tensor_t> inputs = {x};
  for (const Link& link : chain.links) {
    std::vector<bp_tensor_t> operands = {separate.empty() ? x : one};
    for (const Shape& shape : link.others) operands.push_back(filled(device, shape, chain.dtype));
    inputs.insert(inputs.end(), operands.begin() + 1, operands.end());
    separate.push_back(
        std::make_unique<Launch>(device, NodeText{"", link.op, 13}, std::move(operands), one));
  }
  fused.push_back(std::make_unique<Launch>(
      device, NodeText{kPluginId, kFusedOperator, 1, chain.program}, std::move(inputs), other));
  const std::vector<Times> times = measure({{"fused", [&](int n) { run(device, fused, n); }},
                                            {"separate", [&](int n) { run(device, separate, n); }}},
                                           kRounds);
  const auto count = static_cast<uint64_t>(element_count(chain.shape));
  if (!is_same(device, one, other))
    plugin::fail(BP_STATUS_INTERNAL, std::string(chain.what) + ": other results when fused");
  print({chain.what, "separate kernels", times[0], times[1], 1e-9 * static_cast<double>(count),
         false, chain.goal});
}

std::vector<Link> tens(const Shape& added, const Shape& multiplied) {
  const Link add = {"Add", {added}};
  const Link multiply = {"Mul", {multiplied}};
  const Link relu = {"Relu", {}};
  return {add, multiply, relu, add, multiply, relu, add, multiply, relu, add};
}

}  // namespace

void compare_fusion(BenchDevice& device) {
  const Shape flat = {kCount};
  const Shape rows = {kCount / kRow, kRow};
  const char* ten =
      "in0 in1 add in2 multiply positive_part in3 add in4 multiply positive_part in5 add in6 "
      "multiply positive_part in7 add";
  const std::vector<Chain> chains = {
      {"10 nodes, scalars", flat, tens({}, {}), ten, ">= 8"},
      {"10 nodes, rows and scalars", rows, tens({kRow}, {}), ten, ""},
      {"10 nodes, whole tensors", flat, tens(flat, flat), ten, ""},
      {"5 Tanh", flat, std::vector<Link>(5, Link{"Tanh", {}}),
       "in0 hyperbolic_tangent hyperbolic_tangent hyperbolic_tangent hyperbolic_tangent "
       "hyperbolic_tangent",
       ">= 1"},
      {"5 Exp", flat, std::vector<Link>(5, Link{"Exp", {}}),
       "in0 exponential exponential exponential exponential exponential", ">= 1"},
      {"5 Erf", flat, std::vector<Link>(5, Link{"Erf", {}}),
       "in0 error_function error_function error_function error_function error_function", ">= 1"},
      {"Sigmoid, Tanh, Sigmoid",
       flat,
       {{"Sigmoid", {}}, {"Tanh", {}}, {"Sigmoid", {}}},
       "in0 sigmoid hyperbolic_tangent sigmoid",
       ">= 1"},
      {"Add and Relu, rows of 7",
       {kCount / 7 / 16, 16, 7},
       {{"Add", {{7}}}, {"Relu", {}}},
       "in0 in1 add positive_part",
       ">= 1"},
      {"Add and Relu, rows of 49",
       {kCount / 49 / 16, 16, 49},
       {{"Add", {{16, 1}}}, {"Relu", {}}},
       "in0 in1 add positive_part",
       ">= 1"},
      {"Add and Relu, 4096",
       {4096},
       {{"Add", {{4096}}}, {"Relu", {}}},
       "in0 in1 add positive_part",
       ">= 1"},
  };
  print_head("Chains of elementwise operators, 16 Mi floats", "1e9 elements/s");
  for (const Chain& chain : chains) compare(device, chain);
}

}  // namespace backplane::opencl::benchmark
