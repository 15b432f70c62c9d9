// Each heavy operator against oneDNN's own primitive, called directly: memory prepared, in the
// layouts that oneDNN is fastest with, from and to the same row-major tensors. Both run in turns.
// `ratio` is our median over oneDNN's; `ratio_of_best`, of the shortest times, is the one to look
// at on a busy machine.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <dnnl.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "test_fill.hpp"

namespace {

using namespace backplane::cpu;           // the plugin
using namespace backplane::cpu::testing;  // nodes and hosts
using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kFloat = memory::data_type::f32;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

void check(bp_status_t status) {
  if (status != BP_OK) throw std::runtime_error(TestHost::take_text());
}

// A kernel of the plugin with its tensors.
class Ours {
 public:
  explicit Ours(TestNode& node) {
    check(kKernelApi.kernel_create(device_.get(), &node.get(), &kernel_));
    for (const Tensor& value : node.inputs) {
      inputs_.push_back(place(value.type));
      std::memcpy(bytes_of(buffers_.back()), value.bytes.data(), value.bytes.size());
    }
    for (const Tensor& value : node.outputs) outputs_.push_back(place(value.type));
    const auto size = static_cast<int64_t>(kKernelApi.kernel_info(kernel_)->scratch_size);
    scratch_ = place(type_of(BP_DTYPE_UINT8, {size}));
  }
  Ours(const Ours&) = delete;
  Ours& operator=(const Ours&) = delete;
  ~Ours() {
    kKernelApi.kernel_destroy(kernel_);
    for (bp_buffer_t* buffer : buffers_) kMemoryApi.buffer_destroy(buffer);
  }

  void run() {
    check(kKernelApi.launch(kernel_, nullptr, inputs_.data(), outputs_.data(), &scratch_));
  }

 private:
  bp_tensor_t place(const bp_tensor_type_t& type) {
    buffers_.push_back(device_.buffer(std::max<uint64_t>(byte_size(type), 1)));
    return {type, buffers_.back(), 0, nullptr, nullptr};
  }

  OpenDevice device_{kSynchronousDevice};
  bp_kernel_t* kernel_ = nullptr;
  std::vector<bp_buffer_t*> buffers_;
  std::vector<bp_tensor_t> inputs_, outputs_;
  bp_tensor_t scratch_ = {};
};

// Primitives run one after the other.
class Direct {
 public:
  using Arguments = std::unordered_map<int, memory>;

  memory make(const memory::desc& desc) {
    memory made(desc, engine);
    std::memset(made.get_data_handle(), 0, desc.get_size());
    return made;
  }
  void add(dnnl::primitive primitive, Arguments arguments) {
    steps_.emplace_back(std::move(primitive), std::move(arguments));
  }
  // A row-major source as `desc` wants it.
  memory read(const memory::desc& plain, const memory::desc& desc) {
    memory from = make(plain);
    if (plain == desc) return from;
    memory to = make(desc);
    add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    return to;
  }
  void write(const memory& from, const memory::desc& plain) {
    if (from.get_desc() == plain) return;
    memory to = make(plain);
    add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }
  void run() {
    for (const auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};

 private:
  dnnl::stream stream_{engine};
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
};

using Candidates = std::vector<std::unique_ptr<Direct>>;

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

double best(const std::vector<double>& times) {
  return *std::min_element(times.begin(), times.end());
}

// In turns with the fastest of oneDNN's ways.
void compare(benchmark::State& state, TestNode& node, const Candidates& candidates) {
  Ours ours(node);
  std::vector<double> our_times;
  std::vector<std::vector<double>> direct_times(candidates.size());
  for (auto _ : state) {
    our_times.push_back(seconds([&] { ours.run(); }));
    state.SetIterationTime(our_times.back());
    for (size_t i = 0; i < candidates.size(); ++i)
      direct_times[i].push_back(seconds([&] { candidates[i]->run(); }));
  }
  double direct = median(direct_times[0]), direct_best = best(direct_times[0]);
  for (const auto& times : direct_times) {
    direct = std::min(direct, median(times));
    direct_best = std::min(direct_best, best(times));
  }
  state.counters["direct_us"] = direct * 1e6;
  state.counters["ours_us"] = median(our_times) * 1e6;
  state.counters["ratio"] = median(our_times) / direct;
  state.counters["ratio_of_best"] = best(our_times) / direct_best;
}

Tensor numbers(const Shape& shape, uint64_t seed) { return noisy<float>(shape, seed); }
Tensor result(const Shape& shape) { return wanted(BP_DTYPE_FLOAT32, shape); }

void product(benchmark::State& state, const char* op, int64_t m, int64_t k, int64_t n,
             bool has_bias) {
  std::vector<Tensor> inputs = {numbers({m, k}, 1), numbers({k, n}, 2)};
  if (has_bias) inputs.push_back(numbers({n}, 3));
  TestNode node(op, 13, inputs, {result({m, n})});
  node.constant[1] = true;
  auto direct = std::make_unique<Direct>();
  const memory::desc a({m, k}, kFloat, Tag::ab), b({k, n}, kFloat, Tag::any);
  const memory::desc bias({1, n}, kFloat, Tag::ab), target({m, n}, kFloat, Tag::ab);
  const dnnl::matmul::primitive_desc made(
      has_bias ? dnnl::matmul::desc(a, b, bias, target) : dnnl::matmul::desc(a, b, target),
      direct->engine);
  Direct::Arguments arguments = {{DNNL_ARG_SRC, direct->make(a)},
                                 {DNNL_ARG_WEIGHTS, direct->make(made.weights_desc())},
                                 {DNNL_ARG_DST, direct->make(target)}};
  if (has_bias) arguments[DNNL_ARG_BIAS] = direct->make(bias);
  direct->add(dnnl::matmul(made), arguments);
  Candidates candidates;
  candidates.push_back(std::move(direct));
  compare(state, node, candidates);
}

struct Convolution {
  int64_t channels, size, outputs, kernel, stride, pad, groups;
};

std::unique_ptr<Direct> direct_convolution(const Convolution& c, Tag source_tag, Tag target_tag) {
  const int64_t out = (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
  const memory::dims source = {1, c.channels, c.size, c.size}, target = {1, c.outputs, out, out};
  const memory::dims weights =
      c.groups == 1
          ? memory::dims{c.outputs, c.channels, c.kernel, c.kernel}
          : memory::dims{c.groups, c.outputs / c.groups, c.channels / c.groups, c.kernel, c.kernel};
  auto direct = std::make_unique<Direct>();
  const dnnl::convolution_forward::desc desc(
      kInference, dnnl::algorithm::convolution_direct, {source, kFloat, source_tag},
      {weights, kFloat, Tag::any}, {{c.outputs}, kFloat, Tag::a}, {target, kFloat, target_tag},
      {c.stride, c.stride}, {c.pad, c.pad}, {c.pad, c.pad});
  const dnnl::convolution_forward::primitive_desc made(desc, direct->engine);
  const memory from = direct->read({source, kFloat, Tag::nchw}, made.src_desc());
  const memory to = direct->make(made.dst_desc());
  direct->add(dnnl::convolution_forward(made),
              {{DNNL_ARG_SRC, from},
               {DNNL_ARG_WEIGHTS, direct->make(made.weights_desc())},
               {DNNL_ARG_BIAS, direct->make(made.bias_desc())},
               {DNNL_ARG_DST, to}});
  direct->write(to, {target, kFloat, Tag::nchw});
  return direct;
}

void convolution(benchmark::State& state, const Convolution& c) {
  const int64_t out = (c.size + 2 * c.pad - c.kernel) / c.stride + 1;
  TestNode node(
      "Conv", 11,
      {numbers({1, c.channels, c.size, c.size}, 1),
       numbers({c.outputs, c.channels / c.groups, c.kernel, c.kernel}, 2), numbers({c.outputs}, 3)},
      {result({1, c.outputs, out, out})});
  node.constant[1] = true;
  node.add("group", c.groups);
  node.add("strides", Shape{c.stride, c.stride});
  node.add("pads", Shape{c.pad, c.pad, c.pad, c.pad});
  Candidates candidates;
  candidates.push_back(direct_convolution(c, Tag::any, Tag::any));
  candidates.push_back(direct_convolution(c, Tag::nchw, Tag::nchw));
  candidates.push_back(direct_convolution(c, Tag::nchw, Tag::any));
  compare(state, node, candidates);
}

struct Pool {
  const char* op;
  int64_t channels, size, kernel, stride, pad;
};

std::unique_ptr<Direct> direct_pool(const Pool& p, Tag tag) {
  const int64_t out = (p.size + 2 * p.pad - p.kernel) / p.stride + 1;
  const memory::dims source = {1, p.channels, p.size, p.size}, target = {1, p.channels, out, out};
  auto direct = std::make_unique<Direct>();
  const auto algorithm = std::string(p.op) == "MaxPool"
                             ? dnnl::algorithm::pooling_max
                             : dnnl::algorithm::pooling_avg_exclude_padding;
  const dnnl::pooling_v2_forward::primitive_desc made({kInference,
                                                       algorithm,
                                                       {source, kFloat, tag},
                                                       {target, kFloat, tag},
                                                       {p.stride, p.stride},
                                                       {p.kernel, p.kernel},
                                                       {0, 0},
                                                       {p.pad, p.pad},
                                                       {p.pad, p.pad}},
                                                      direct->engine);
  const memory from = direct->read({source, kFloat, Tag::nchw}, made.src_desc());
  const memory to = direct->make(made.dst_desc());
  direct->add(dnnl::pooling_v2_forward(made), {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
  direct->write(to, {target, kFloat, Tag::nchw});
  return direct;
}

void pool(benchmark::State& state, const Pool& p) {
  const int64_t out = (p.size + 2 * p.pad - p.kernel) / p.stride + 1;
  const bool is_global = std::string(p.op) == "GlobalAveragePool";
  TestNode node(p.op, is_global ? 1 : 11, {numbers({1, p.channels, p.size, p.size}, 1)},
                {result({1, p.channels, out, out})});
  if (!is_global) {
    node.add("kernel_shape", Shape{p.kernel, p.kernel});
    node.add("strides", Shape{p.stride, p.stride});
    node.add("pads", Shape{p.pad, p.pad, p.pad, p.pad});
  }
  Candidates candidates;
  candidates.push_back(direct_pool(p, Tag::nchw));
  candidates.push_back(direct_pool(p, Tag::nChw16c));
  compare(state, node, candidates);
}

void batch_normalization(benchmark::State& state, int64_t channels, int64_t size) {
  const Tensor ones = filled<float>({channels}, [](int64_t) { return 1.0F; });
  TestNode node("BatchNormalization", 15,
                {numbers({1, channels, size, size}, 1), ones, ones, ones, ones},
                {result({1, channels, size, size})});
  node.constant = {false, true, true, true, true};
  auto direct = std::make_unique<Direct>();
  using Flags = dnnl::normalization_flags;
  const memory::desc x({1, channels, size, size}, kFloat, Tag::nchw);
  const dnnl::batch_normalization_forward::primitive_desc made(
      {kInference, x, 1e-5F, Flags::use_global_stats | Flags::use_scale | Flags::use_shift},
      direct->engine);
  direct->add(dnnl::batch_normalization_forward(made),
              {{DNNL_ARG_SRC, direct->make(x)},
               {DNNL_ARG_DST, direct->make(x)},
               {DNNL_ARG_MEAN, direct->make(made.mean_desc())},
               {DNNL_ARG_VARIANCE, direct->make(made.variance_desc())},
               {DNNL_ARG_SCALE, direct->make(made.weights_desc())},
               {DNNL_ARG_SHIFT, direct->make(made.weights_desc())}});
  Candidates candidates;
  candidates.push_back(std::move(direct));
  compare(state, node, candidates);
}

void softmax(benchmark::State& state, int64_t rows, int64_t length) {
  TestNode node("Softmax", 13, {numbers({rows, length}, 1)}, {result({rows, length})});
  node.add("axis", int64_t{-1});
  auto direct = std::make_unique<Direct>();
  const memory::desc x({rows, length}, kFloat, Tag::ab);
  const dnnl::softmax_v2_forward::primitive_desc made(
      {kInference, dnnl::algorithm::softmax_accurate, x, x, 1}, direct->engine);
  direct->add(dnnl::softmax_v2_forward(made),
              {{DNNL_ARG_SRC, direct->make(x)}, {DNNL_ARG_DST, direct->make(x)}});
  Candidates candidates;
  candidates.push_back(std::move(direct));
  compare(state, node, candidates);
}

void add(const char* name, int64_t turns, const std::function<void(benchmark::State&)>& body) {
  benchmark::RegisterBenchmark(name, body)
      ->UseManualTime()
      ->Iterations(turns)
      ->Unit(benchmark::kMicrosecond);
}

void add_product(const char* name, int64_t turns, const char* op, const Shape& mkn, bool has_bias) {
  add(name, turns,
      [=](benchmark::State& state) { product(state, op, mkn[0], mkn[1], mkn[2], has_bias); });
}

void add_convolution(const char* name, int64_t turns, const Convolution& c) {
  add(name, turns, [=](benchmark::State& state) { convolution(state, c); });
}

void add_pool(const char* name, int64_t turns, const Pool& p) {
  add(name, turns, [=](benchmark::State& state) { pool(state, p); });
}

bool add_all() {
  add_product("MatMul 512x512x512", 201, "MatMul", {512, 512, 512}, false);
  add_product("MatMul 128x768x768", 301, "MatMul", {128, 768, 768}, false);
  add_product("MatMul 16x16x16", 2001, "MatMul", {16, 16, 16}, false);
  add_product("Gemm 1x1024x1000", 1001, "Gemm", {1, 1024, 1000}, true);
  add_convolution("Conv 3x3 56x56x64", 201, {64, 56, 64, 3, 1, 1, 1});
  add_convolution("Conv 1x1 56x56x64x256", 201, {64, 56, 256, 1, 1, 0, 1});
  add_convolution("Conv 7x7/2 224x224x3", 101, {3, 224, 64, 7, 2, 3, 1});
  add_convolution("Conv depthwise 3x3 56x56x96", 201, {96, 56, 96, 3, 1, 1, 96});
  add_convolution("Conv depthwise 3x3/2 112x112x96", 101, {96, 112, 96, 3, 2, 1, 96});
  add_convolution("Conv depthwise 5x5 14x14x240", 301, {240, 14, 240, 5, 1, 2, 240});
  add_convolution("Conv groups 3x3 28x28x128", 301, {128, 28, 128, 3, 1, 1, 32});
  add_pool("MaxPool 3x3/2 112x112x64", 301, {"MaxPool", 64, 112, 3, 2, 1});
  add_pool("MaxPool 2x2/2 56x56x64", 501, {"MaxPool", 64, 56, 2, 2, 0});
  add_pool("AveragePool 3x3 28x28x256", 501, {"AveragePool", 256, 28, 3, 1, 1});
  add_pool("GlobalAveragePool 7x7x2048", 1001, {"GlobalAveragePool", 2048, 7, 7, 1, 0});
  add("BatchNormalization 56x56x64", 501,
      [](benchmark::State& state) { batch_normalization(state, 64, 56); });
  add("Softmax 128x1000", 501, [](benchmark::State& state) { softmax(state, 128, 1000); });
  add("Softmax 1536x128", 501, [](benchmark::State& state) { softmax(state, 1536, 128); });
  return true;
}

const bool kIsAdded = add_all();

}  // namespace
