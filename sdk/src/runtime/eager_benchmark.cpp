// Eager mode through the C API: ninja eager_benchmark && build/dev/benchmarks/eager_benchmark
#include <benchmark/benchmark.h>

#include <backplane/runtime.hpp>

namespace {

struct Bench {
  bp_option_t option = {"plugin-path", BACKPLANE_CPU_PLUGIN};
  bp_rt_config_t config = {sizeof config, 0, nullptr, nullptr, &option, 1, 0};
  bp::rt::Runtime runtime{&config};
  bp::rt::Device device = runtime.open("cpu");
  bp_tensor_type_t types[2] = {bp::rt::tensor_type(BP_DTYPE_FLOAT32, {16}),
                               bp::rt::tensor_type(BP_DTYPE_FLOAT32, {16})};
  bp_node_t node = {sizeof node, 14, "",    "Add",   "",      2,       1,
                    0,           0,  types, nullptr, nullptr, nullptr, nullptr};
};

void create(benchmark::State& state) {
  const Bench bench;
  const bp::rt::Op kept = bench.device.op(bench.node);
  for (auto _ : state) benchmark::DoNotOptimize(bench.device.op(bench.node));
}
BENCHMARK(create)->Name("Eager/CreateAndDestroyAdd16ThatIsInTheCache");

void launch(benchmark::State& state) {
  const Bench bench;
  const bp::rt::Op op = bench.device.op(bench.node);
  const bp::rt::Memory memory = bench.device.memory(192);
  bp_rt_tensor_t tensors[3];
  for (uint64_t i = 0; i < 3; ++i) tensors[i] = bp::rt::in_memory(bench.types[0], memory, 64 * i);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bp_rt_op_launch(op.get(), nullptr, tensors, tensors + 2));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(launch)->Name("Eager/LaunchAdd16");

}  // namespace
