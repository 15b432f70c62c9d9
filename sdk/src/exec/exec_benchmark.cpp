// What the host adds to a kernel. Each figure has its peer beside it, in the same run:
//   ninja exec_benchmark && build/dev/benchmarks/exec_benchmark --benchmark_repetitions=9
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "exec/launch.hpp"
#include "exec/op_cache.hpp"
#include "exec/run.hpp"

namespace backplane::exec {
namespace {

constexpr int64_t kElements = 16;
constexpr int kNodes = 1000;

template <class T>
T must(Result<T> result) {
  if (result.ok()) return result.take();
  std::fprintf(stderr, "%s\n", result.status().text().c_str());
  std::exit(1);
}

bp_tensor_type_t vector_type() { return tensor_type(BP_DTYPE_FLOAT32, {kElements}); }

// ---- The ABI alone: a kernel of our own, called directly and through a table ------------------

struct OwnKernel {
  char* memory;
};

__attribute__((noinline)) bp_status_t add(const float* a, const float* b, float* c, int64_t count) {
  for (int64_t i = 0; i < count; ++i) c[i] = a[i] + b[i];
  return BP_OK;
}

// As a plugin's launch does it: handle and offsets to addresses, then the compute function.
bp_status_t own_launch(bp_kernel_t* kernel, bp_stream_t*, const bp_tensor_t* inputs,
                       const bp_tensor_t* outputs, const bp_tensor_t*) {
  const auto address = [](const bp_tensor_t& tensor) {
    return reinterpret_cast<float*>(reinterpret_cast<OwnKernel*>(tensor.buffer)->memory +
                                    tensor.offset);
  };
  benchmark::DoNotOptimize(kernel);
  return add(address(inputs[0]), address(inputs[1]), address(outputs[0]), outputs[0].type.shape[0]);
}

struct OwnLaunch {
  alignas(64) float values[3 * kElements] = {};
  OwnKernel kernel{reinterpret_cast<char*>(values)};
  bp_tensor_t tensors[3];
  bp_kernel_api_t table = {};

  OwnLaunch() {
    for (uint64_t i = 0; i < 3; ++i)
      tensors[i] = device_tensor(vector_type(), reinterpret_cast<bp_buffer_t*>(&kernel), 64 * i);
    table.launch = own_launch;
    benchmark::DoNotOptimize(table);
  }
};

void direct_call(benchmark::State& state) {
  OwnLaunch own;
  int64_t count = kElements;
  for (auto _ : state) {
    benchmark::DoNotOptimize(count);
    benchmark::DoNotOptimize(
        add(own.values, own.values + kElements, own.values + 2 * kElements, count));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(direct_call)->Name("Abi/DirectCallOfTheComputeFunction");

void launch_through_table(benchmark::State& state) {
  OwnLaunch own;
  auto* handle = reinterpret_cast<bp_kernel_t*>(&own.kernel);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        own.table.launch(handle, nullptr, own.tensors, own.tensors + 2, nullptr));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(launch_through_table)->Name("Abi/LaunchThroughTheTable");

// ---- The cpu plugin ---------------------------------------------------------------------------

std::shared_ptr<OpenDevice> cpu_device() {
  static const Log log;
  static const std::shared_ptr<Plugin> plugin =
      must(Plugin::load(BACKPLANE_CPU_PLUGIN, LoadOptions(), log));
  return std::make_shared<OpenDevice>(std::shared_ptr<Device>(must(Device::open(plugin, 0, {}))),
                                      0);
}

struct AddNode {
  bp_tensor_type_t types[3] = {vector_type(), vector_type(), vector_type()};
  bp_node_t node = {sizeof(bp_node_t), 14,      "",      "Add",  "", 2, 1, 0, 0, types,
                    types + 2,         nullptr, nullptr, nullptr};
};

void cpu_launch(benchmark::State& state) {
  const auto device = cpu_device();
  const AddNode add_node;
  const auto kernel = must(Kernel::create(device->shared_device(), add_node.node));
  const Pool::Memory memory = must(device->pool().allocate(192, nullptr));
  bp_tensor_t tensors[3];
  for (uint64_t i = 0; i < 3; ++i)
    tensors[i] = device_tensor(vector_type(), memory.buffer(), memory.offset() + 64 * i);
  const auto launch = device->device().kernel().launch;
  for (auto _ : state) {
    benchmark::DoNotOptimize(launch(kernel->handle(), nullptr, tensors, tensors + 2, nullptr));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(cpu_launch)->Name("Cpu/LaunchOfAdd16");

void find_op(benchmark::State& state) {
  const auto device = cpu_device();
  AddNode add_node;
  add_node.node.outputs = nullptr;
  OpCache cache;
  must(cache.get(device, add_node.node));
  for (auto _ : state) benchmark::DoNotOptimize(cache.get(device, add_node.node));
}
BENCHMARK(find_op)->Name("Eager/FindAdd16InTheCache");

// ---- A chain of small nodes
// ----------------------------------------------------------------------

graph::Graph chain() {
  graph::Graph graph;
  const std::vector<float> values(kElements, 1);
  graph::ValueId last = graph.add_input("x", vector_type());
  const graph::ValueId one =
      graph.add_constant("", ops::make_constant(vector_type(), values.data()));
  for (int k = 0; k < kNodes; ++k) {
    ops::Operator op;
    op.op = k % 2 == 0 ? "Add" : "Mul";
    op.since = 14;
    const graph::NodeId id = must(graph.add_node(op, {last, one}, {"v" + std::to_string(k)}));
    last = graph.node(id).outputs[0];
    graph.set_type(last, vector_type());
  }
  (void)graph.add_output(last, "y");
  return graph;
}

struct ChainRun {
  std::shared_ptr<Session> session;
  std::vector<float> in = std::vector<float>(kElements, 1);
  std::vector<float> out = std::vector<float>(kElements);
  std::vector<TensorView> inputs;
  std::vector<TensorView> outputs;
  Where where;

  ChainRun() {
    session = must(Session::create(chain(), cpu_device(), {}, &where));
    TensorView view;
    view.type = vector_type();
    view.host = in.data();
    inputs = {view};
    view.host = out.data();
    outputs = {view};
  }
};

void run_chain(benchmark::State& state) {
  ChainRun bench;
  Run run(bench.session);
  for (auto _ : state) {
    if (!run.prepare(bench.inputs, nullptr, &bench.where).ok() ||
        !run.execute(bench.inputs, bench.outputs, nullptr, &bench.where).ok())
      state.SkipWithError("the run failed");
  }
  state.counters["per node"] = benchmark::Counter(
      kNodes, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(run_chain)->Name("Executor/ChainOf1000AddAndMulOf16")->Unit(benchmark::kMicrosecond);

// The same thousand kernels, launched from a plain array: the executor's peer.
void launch_chain(benchmark::State& state) {
  const auto device = cpu_device();
  const AddNode add_node;
  std::vector<std::shared_ptr<Kernel>> kernels(kNodes);
  std::vector<bp_tensor_t> tensors(size_t{3} * kNodes);
  const Pool::Memory memory = must(device->pool().allocate(256, nullptr));
  for (size_t k = 0; k < kNodes; ++k) {
    bp_node_t node = add_node.node;
    node.op = k % 2 == 0 ? "Add" : "Mul";
    kernels[k] = must(Kernel::create(device->shared_device(), node));
    const uint64_t from = memory.offset() + 64 * (k % 2);
    const uint64_t to = memory.offset() + 64 * ((k + 1) % 2);
    tensors[3 * k] = device_tensor(vector_type(), memory.buffer(), from);
    tensors[3 * k + 1] = device_tensor(vector_type(), memory.buffer(), memory.offset() + 128);
    tensors[3 * k + 2] = device_tensor(vector_type(), memory.buffer(), to);
  }
  const auto launch = device->device().kernel().launch;
  for (auto _ : state)
    for (size_t k = 0; k < kNodes; ++k)
      benchmark::DoNotOptimize(
          launch(kernels[k]->handle(), nullptr, &tensors[3 * k], &tensors[3 * k + 2], nullptr));
  state.counters["per node"] = benchmark::Counter(
      kNodes, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(launch_chain)->Name("Executor/TheSameLaunchesAlone")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace backplane::exec
