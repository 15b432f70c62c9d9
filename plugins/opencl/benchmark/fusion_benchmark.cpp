// Chains of elementwise operators: one fused kernel against a kernel each, in place from the second
// on as the host runs them.
#include <algorithm>
#include <cstring>
#include <memory>

#include "benchmarks.hpp"
#include "kernels/fused.hpp"
#include "operation.hpp"
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

bp_tensor_type_t type_of(const Shape& shape, bp_dtype_t dtype) {
  bp_tensor_type_t type = {dtype, static_cast<uint16_t>(shape.size()), 0, {}};
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

class Launch {
 public:
  Launch(BenchDevice& device, const char* domain, const char* op, uint32_t since,
         const char* program, std::vector<bp_tensor_t> inputs, const bp_tensor_t& output)
      : device_(device), inputs_(std::move(inputs)), output_(output) {
    std::vector<bp_tensor_type_t> types;
    for (const bp_tensor_t& input : inputs_) types.push_back(input.type);
    const bp_string_t text = {program, std::char_traits<char>::length(program)};
    const bp_attribute_t attribute = {kProgramAttribute, BP_ATTRIBUTE_STRING, 1, &text};
    bp_node_t node = {};
    node.struct_size = sizeof node;
    node.since = since;
    node.domain = domain;
    node.op = op;
    node.name = "";
    node.input_count = static_cast<uint32_t>(types.size());
    node.output_count = 1;
    node.attribute_count = *program != '\0' ? 1 : 0;
    node.inputs = types.data();
    node.outputs = &output_.type;
    node.attributes = &attribute;
    device.require(device.plugin().kernel->kernel_create(device.get(), &node, &kernel_));
  }
  ~Launch() { device_.plugin().kernel->kernel_destroy(kernel_); }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  void give() const {
    device_.require(device_.plugin().kernel->launch(kernel_, device_.stream(), inputs_.data(),
                                                    &output_, nullptr));
  }

 private:
  BenchDevice& device_;
  std::vector<bp_tensor_t> inputs_;
  bp_tensor_t output_;
  bp_kernel_t* kernel_ = nullptr;
};

using Launches = std::vector<std::unique_ptr<Launch>>;

uint64_t byte_size(const bp_tensor_type_t& type) {
  return plugin::element_count(type) * element_size(type.dtype);
}

// Of float16 every second one is any number.
bp_tensor_t filled(BenchDevice& device, const Shape& shape, bp_dtype_t dtype) {
  bp_tensor_t made = {};
  made.type = type_of(shape, dtype);
  const auto words = static_cast<int64_t>((byte_size(made.type) + 3) / sizeof(float));
  made.buffer = device.buffer(numbers({words}, 1));
  return made;
}

bool is_same(const BenchDevice& device, const bp_tensor_t& a, const bp_tensor_t& b) {
  const uint64_t words = byte_size(a.type) / sizeof(float);
  const std::vector<float> first = device.read(a.buffer, words);
  const std::vector<float> second = device.read(b.buffer, words);
  return std::memcmp(first.data(), second.data(), words * sizeof(float)) == 0;
}

void run(BenchDevice& device, const Launches& launches, int times) {
  for (int i = 0; i < times; ++i)
    for (const auto& launch : launches) launch->give();
  device.synchronize();
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
        std::make_unique<Launch>(device, "", link.op, 13, "", std::move(operands), one));
  }
  fused.push_back(std::make_unique<Launch>(device, kPluginId, kFusedOperator, 1, chain.program,
                                           std::move(inputs), other));
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
