// Chains of elementwise operators: one fused kernel against a kernel each, in place from the second
// on as the host runs them. Beside the first the same by hand, as fast as this device does it.
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
  bool has_row_by_hand = false;  // kByHand
  bp_dtype_t dtype = BP_DTYPE_FLOAT32;
};

// The chain tens({}, {}) and nothing else: neither offsets, nor rows, nor an end that is not whole.
const char* const kByHand = R"(
#pragma OPENCL FP_CONTRACT OFF
#ifndef __has_builtin
#define __has_builtin(name) 0
#endif
#if __has_builtin(__builtin_nontemporal_store)
#define STORE(pointer, value) __builtin_nontemporal_store(value, pointer)
#else
#define STORE(pointer, value) *(pointer) = (value)
#endif
float16 relu(float16 a) { return a <= (float16)0 ? (float16)0 : a; }
kernel void f(global const float16* x, global float16* y, global const float* scalar) {
  const float s = *scalar;
  for (size_t i = 4 * get_global_id(0); i < 4 * get_global_id(0) + 4; ++i)
    STORE(y + i, relu((relu((relu((x[i] + s) * s) + s) * s) + s) * s) + s);
}
)";

Contender by_hand(BenchDevice& device, const bp_tensor_t& x, const bp_tensor_t& output) {
  const bp_tensor_t scalar = filled(device, {}, BP_DTYPE_FLOAT32);
  const auto queue = std::make_shared<Queue>(device.make_queue());
  const auto kernel = std::make_shared<KernelHandle>(device.make_kernel(kByHand, ""));
  cl_uint next = 0;
  for (const bp_tensor_t* tensor : {&x, &output, &scalar}) {
    const cl_mem memory = BenchDevice::memory(tensor->buffer);
    check(cl().clSetKernelArg(kernel->get(), next++, sizeof memory, &memory), "clSetKernelArg");
  }
  return {"by hand", [queue, kernel](int times) {
            constexpr size_t kGlobal = kCount / 64;
            constexpr size_t kLocal = 64;
            for (int i = 0; i < times; ++i)
              check(cl().clEnqueueNDRangeKernel(queue->get(), kernel->get(), 1, nullptr, &kGlobal,
                                                &kLocal, 0, nullptr, nullptr),
                    "clEnqueueNDRangeKernel");
            check(cl().clFinish(queue->get()), "clFinish");
          }};
}

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
  std::vector<Contender> contenders = {{"fused", [&](int n) { run(device, fused, n); }},
                                       {"separate", [&](int n) { run(device, separate, n); }}};
  const bp_tensor_t bare = filled(device, chain.shape, chain.dtype);
  if (chain.has_row_by_hand) contenders.push_back(by_hand(device, x, bare));
  const std::vector<Times> times = measure(contenders, kRounds);
  if (!is_same(device, one, other) || (chain.has_row_by_hand && !is_same(device, one, bare)))
    plugin::fail(BP_STATUS_INTERNAL, std::string(chain.what) + ": other results when fused");
  const double work = 1e-9 * static_cast<double>(element_count(chain.shape));
  print({chain.what, "separate kernels", times[0], times[1], work, false, chain.goal});
  if (chain.has_row_by_hand)
    print({"  the same by hand", "separate kernels", times[2], times[1], work, false, ""});
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
      {"10 nodes, scalars", flat, tens({}, {}), ten, ">= 8", true},
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
