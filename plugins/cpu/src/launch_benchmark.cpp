// What a launch on the synchronous device costs, and how fast the plugin's own loops are.
//   build/dev/benchmarks/cpu_launch_benchmark
#include <benchmark/benchmark.h>

#include <memory>

#include "test_run.hpp"

namespace backplane::cpu::testing {
namespace {

// Launches the node over and over; bytes are those of inputs and outputs together.
void measure(benchmark::State& state, TestNode node) {
  const OpenDevice device(kSynchronousDevice);
  int64_t bytes = 0;
  for (Tensor& input : node.inputs) {
    input.bytes.assign(byte_size(input.type), 0x3c);
    bytes += static_cast<int64_t>(input.bytes.size());
  }
  for (const Tensor& output : node.outputs) bytes += static_cast<int64_t>(byte_size(output.type));
  Launch launch(device, node, 0x3c);
  for (auto _ : state) launch.run();
  state.SetBytesProcessed(state.iterations() * bytes);
}

TestNode elementwise(const char* op, bp_dtype_t dtype, const Shape& first, const Shape& second) {
  TestNode node(op, 13, {wanted(dtype, first)}, {wanted(dtype, first)});
  if (!second.empty()) node.add_input(wanted(dtype, second), false);
  return node;
}

void add_16_floats(benchmark::State& state) {
  measure(state, elementwise("Add", BP_DTYPE_FLOAT32, {16}, {16}));
}
BENCHMARK(add_16_floats);

void add_16_floats_of_unknown_sizes(benchmark::State& state) {
  TestNode node = elementwise("Add", BP_DTYPE_FLOAT32, {16}, {16});
  node.has_unknown_sizes = true;
  measure(state, std::move(node));
}
BENCHMARK(add_16_floats_of_unknown_sizes);

void add_a_row(benchmark::State& state) {
  measure(state, elementwise("Add", BP_DTYPE_FLOAT32, {128, 768}, {768}));
}
BENCHMARK(add_a_row);

void add_halves(benchmark::State& state) {
  measure(state, elementwise("Add", BP_DTYPE_FLOAT16, {32, 1024}, {32, 1024}));
}
BENCHMARK(add_halves);

void sigmoid(benchmark::State& state) {
  measure(state, elementwise("Sigmoid", BP_DTYPE_FLOAT32, {32, 1024}, {}));
}
BENCHMARK(sigmoid);

void tanh(benchmark::State& state) {
  measure(state, elementwise("Tanh", BP_DTYPE_FLOAT32, {32, 1024}, {}));
}
BENCHMARK(tanh);

void relu_of_a_large_tensor(benchmark::State& state) {
  measure(state, elementwise("Relu", BP_DTYPE_FLOAT32, {1, 64, 112, 112}, {}));
}
BENCHMARK(relu_of_a_large_tensor);

void transpose_a_matrix(benchmark::State& state) {
  TestNode node("Transpose", 13, {wanted(BP_DTYPE_FLOAT32, {1024, 768})},
                {wanted(BP_DTYPE_FLOAT32, {768, 1024})});
  node.add("perm", Shape{1, 0});
  measure(state, std::move(node));
}
BENCHMARK(transpose_a_matrix);

void transpose_heads(benchmark::State& state) {
  TestNode node("Transpose", 13, {wanted(BP_DTYPE_FLOAT32, {1, 128, 12, 64})},
                {wanted(BP_DTYPE_FLOAT32, {1, 12, 128, 64})});
  node.add("perm", Shape{0, 2, 1, 3});
  measure(state, std::move(node));
}
BENCHMARK(transpose_heads);

void cast_floats_to_halves(benchmark::State& state) {
  TestNode node("Cast", 13, {wanted(BP_DTYPE_FLOAT32, {32, 1024})},
                {wanted(BP_DTYPE_FLOAT16, {32, 1024})});
  node.add("to", BP_DTYPE_FLOAT16);
  measure(state, std::move(node));
}
BENCHMARK(cast_floats_to_halves);

}  // namespace
}  // namespace backplane::cpu::testing
