// oneDNN 2.6. What 3.x does otherwise (operation descriptors, memory::desc::data) is all in here.
#include "dnnl_bridge.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <dnnl.hpp>
#include <numeric>
#include <utility>

#include "host_memory.hpp"
#include "threads.hpp"

namespace backplane::cpu {

namespace {

using dnnl::memory;
using Dims = memory::dims;
constexpr auto kFloat = memory::data_type::f32;

enum Place : uint32_t {
  kSource,
  kWeights,
  kBias,
  kTarget,
  kScratch,
  kFirstResidual,
  kPlaceCount = kFirstResidual + kMaxResiduals
};

// One argument of one primitive: what lies there, and where.
struct Argument {
  int name;  // DNNL_ARG_...
  memory::desc desc;
  Place place;
  uint64_t offset;
};

struct Step {
  dnnl::primitive primitive;
  std::vector<Argument> arguments;
};

uint32_t threads_allowed() {
#if defined(_OPENMP)
  return static_cast<uint32_t>(omp_get_max_threads());
#else
  return 0;
#endif
}

uint64_t rounded_up(uint64_t size) {
  return (size + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

[[noreturn]] void fail_as(const char* op, const dnnl::error& error) {
  const bool is_memory = error.status == dnnl_out_of_memory;
  fail(is_memory ? BP_STATUS_OUT_OF_MEMORY : BP_STATUS_INTERNAL,
       std::string(op) + ": oneDNN: " + error.what());
}

void require(const char* op, dnnl_status_t status, const char* what) {
  if (status != dnnl_success) fail_as(op, dnnl::error(status, what));
}

// Row-major; with `is_transposed` the last two dimensions lie in memory the other way round.
memory::desc plain(const Dims& dims, bool is_transposed = false) {
  Dims strides(dims.size());
  int64_t next = 1;
  std::vector<size_t> order(dims.size());
  std::iota(order.rbegin(), order.rend(), size_t{0});  // innermost first
  if (is_transposed) std::swap(order[0], order[1]);
  for (const size_t axis : order) {
    strides[axis] = next;
    next *= dims[axis];
  }
  return {dims, kFloat, strides};
}

// `dims` say [N, C, ...]; in memory, C is the innermost.
memory::desc channels_last(const Dims& dims) {
  Dims strides(dims.size());
  strides[1] = 1;
  int64_t next = dims[1];
  for (size_t axis = dims.size(); axis-- > 2; next *= dims[axis]) strides[axis] = next;
  strides[0] = next;
  return {dims, kFloat, strides};
}

memory::desc any_layout(const Dims& dims) { return {dims, kFloat, memory::format_tag::any}; }

// Products stay float32 whatever the environment says, and memory comes from the caller.
// `target` is the layout of everything that the epilogue adds.
dnnl::primitive_attr attributes(const Epilogue& epilogue = {}, const memory::desc& target = {}) {
  dnnl::primitive_attr made;
  dnnl::post_ops steps;
  for (const EpilogueStep& step : epilogue) switch (step.kind) {
      case EpilogueKind::kAdd:
        steps.append_binary(dnnl::algorithm::binary_add, target);
        break;
      case EpilogueKind::kRelu:
        steps.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
        break;
      case EpilogueKind::kClip:
        steps.append_eltwise(1, dnnl::algorithm::eltwise_clip, step.first, step.second);
        break;
      case EpilogueKind::kLeakyRelu:
        steps.append_eltwise(1, dnnl::algorithm::eltwise_relu, step.first, 0);
        break;
    }
  made.set_post_ops(steps);
  made.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  made.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return made;
}

// The tensors that the epilogue adds, as arguments of the primitive that does so.
void add_residuals(const Epilogue& epilogue, const memory::desc& target,
                   std::vector<Argument>& arguments) {
  uint32_t place = kFirstResidual;
  for (size_t i = 0; i < epilogue.size(); ++i)
    if (epilogue[i].kind == EpilogueKind::kAdd)
      arguments.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(static_cast<int>(i)) | DNNL_ARG_SRC_1,
                           target, static_cast<Place>(place++), 0});
}

// Sizes and strides in words: equal texts mean the same place for every element.
std::string layout_text(const memory::desc& desc) {
  const auto& data = desc.data;
  const auto& blocking = data.format_desc.blocking;
  std::string text =
      std::to_string(static_cast<int>(data.format_kind)) + ":" + std::to_string(data.extra.flags);
  for (int i = 0; i < data.ndims; ++i)
    text += "," + std::to_string(data.dims[i]) + "/" + std::to_string(data.padded_dims[i]) + "*" +
            std::to_string(blocking.strides[i]);
  for (int i = 0; i < blocking.inner_nblks; ++i)
    text +=
        ";" + std::to_string(blocking.inner_idxs[i]) + "x" + std::to_string(blocking.inner_blks[i]);
  return text;
}

// What oneDNN needs for one run at a time; kept for the next one, because making it costs more than
// a small product.
struct ArgumentSet {
  struct Slot {
    dnnl_memory_t memory;
    Place place;
    uint64_t offset;
  };
  explicit ArgumentSet(const dnnl::engine& engine) : stream(engine) {}

  dnnl::stream stream;
  std::vector<memory> memories;                         // owns what `slots` and `steps` point to
  std::vector<Slot> slots;                              // those that move from run to run
  std::vector<std::vector<dnnl_exec_arg_t>> arguments;  // per step
};

constexpr size_t kIdleSets = 4;

}  // namespace

struct DnnlProgram::Parts {
  explicit Parts(const char* op_name) : op(op_name) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    for (auto& set : idle) delete set.load();
  }

  std::string op;
  std::string implementation;
  // oneDNN plans for the number of threads that OpenMP allows when a primitive is made, and takes
  // no other when it runs.
  uint32_t threads = threads_allowed();
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  std::vector<Step> steps;
  uint64_t scratch_size = 0;
  memory::desc plain_weights, packed_weights;
  std::shared_ptr<const void> packed;
  memory packed_memory;  // over `packed`; one for all runs, since making it writes its padding
  mutable std::array<std::atomic<ArgumentSet*>, kIdleSets> idle = {};

  uint64_t take_scratch(uint64_t size) {
    return std::exchange(scratch_size, scratch_size + rounded_up(size));
  }
  // Every step has a scratchpad of its own: they are small.
  void add_step(dnnl::primitive primitive, const memory::desc& scratchpad,
                std::vector<Argument> arguments) {
    if (scratchpad.get_size() != 0)
      arguments.push_back(
          {DNNL_ARG_SCRATCHPAD, scratchpad, kScratch, take_scratch(scratchpad.get_size())});
    steps.push_back({std::move(primitive), std::move(arguments)});
  }
  Argument reordered_in(int name, const memory::desc& from, Place place, const memory::desc& to) {
    if (from == to) return {name, to, place, 0};
    const uint64_t offset = take_scratch(to.get_size());
    add_reorder({DNNL_ARG_FROM, from, place, 0}, {DNNL_ARG_TO, to, kScratch, offset});
    return {name, to, kScratch, offset};
  }
  void add_reorder(const Argument& from, const Argument& to) {
    const dnnl::reorder::primitive_desc made(engine, from.desc, engine, to.desc, attributes());
    add_step(dnnl::reorder(made), made.scratchpad_desc(), {from, to});
  }

  std::unique_ptr<ArgumentSet> make_set() const;
  std::unique_ptr<ArgumentSet> take_set() const;
  void give_back(std::unique_ptr<ArgumentSet> set) const;
  void execute(ArgumentSet& set, const std::array<char*, kPlaceCount>& bases) const;
};

std::unique_ptr<ArgumentSet> DnnlProgram::Parts::make_set() const {
  auto made = std::make_unique<ArgumentSet>(engine);
  for (const Step& step : steps) {
    auto& arguments = made->arguments.emplace_back();
    for (const Argument& argument : step.arguments) {
      const bool is_bound = argument.place == kWeights && packed != nullptr;
      made->memories.push_back(is_bound ? packed_memory
                                        : memory(argument.desc, engine, DNNL_MEMORY_NONE));
      const dnnl_memory_t handle = made->memories.back().get();
      arguments.push_back({argument.name, handle});
      if (!is_bound) made->slots.push_back({handle, argument.place, argument.offset});
    }
  }
  return made;
}

std::unique_ptr<ArgumentSet> DnnlProgram::Parts::take_set() const {
  for (auto& place : idle)
    if (ArgumentSet* set = place.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<ArgumentSet>(set);
  return make_set();
}

void DnnlProgram::Parts::give_back(std::unique_ptr<ArgumentSet> set) const {
  for (auto& place : idle) {
    ArgumentSet* expected = nullptr;
    if (place.compare_exchange_strong(expected, set.get(), std::memory_order_release,
                                      std::memory_order_relaxed)) {
      static_cast<void>(set.release());
      return;
    }
  }
}

void DnnlProgram::Parts::execute(ArgumentSet& set,
                                 const std::array<char*, kPlaceCount>& bases) const {
  for (const auto& slot : set.slots)
    require(op.c_str(),
            dnnl_memory_set_data_handle_v2(slot.memory, bases[slot.place] + slot.offset,
                                           set.stream.get()),
            "a tensor's address was refused");
  for (size_t i = 0; i < steps.size(); ++i)
    require(
        op.c_str(),
        dnnl_primitive_execute(steps[i].primitive.get(), set.stream.get(),
                               static_cast<int>(set.arguments[i].size()), set.arguments[i].data()),
        "a primitive failed");
}

DnnlProgram::DnnlProgram(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DnnlProgram::~DnnlProgram() = default;

uint64_t DnnlProgram::scratch_size() const { return parts_->scratch_size; }
const char* DnnlProgram::implementation() const { return parts_->implementation.c_str(); }
uint32_t DnnlProgram::threads() const { return parts_->threads; }

uint64_t DnnlProgram::bind_weights(const bp_constant_t& weights, Device& device) try {
  const memory::desc& to = parts_->packed_weights;
  const memory::desc& from = parts_->plain_weights;
  const dnnl::engine& engine = parts_->engine;
  uint64_t added = 0;
  auto pack = [&]() -> std::shared_ptr<const void> {
    auto bytes = std::make_shared<HostBytes>(device.host, to.get_size(), kBufferAlignment);
    memory plain_memory(from, engine, const_cast<void*>(weights.data));
    memory packed_memory(to, engine, bytes->data());
    const dnnl::stream stream(engine);
    dnnl::reorder(plain_memory, packed_memory).execute(stream, plain_memory, packed_memory);
    added = to.get_size();
    return {bytes, bytes->data()};
  };
  const std::string key = layout_text(from) + " -> " + layout_text(to);
  parts_->packed = device.packed.get(weights.id, key, pack);
  parts_->packed_memory = memory(to, engine, const_cast<void*>(parts_->packed.get()));
  return added;
} catch (const dnnl::error& error) {
  fail_as(parts_->op.c_str(), error);
}

void DnnlProgram::run(const DnnlArguments& arguments) const try {
  const auto address = [](const void* pointer) {
    return static_cast<char*>(const_cast<void*>(pointer));
  };
  const ThreadScope threads(threads_allowed() == parts_->threads ? 0 : parts_->threads);
  std::unique_ptr<ArgumentSet> set = parts_->take_set();
  parts_->execute(
      *set, {address(arguments.source), address(arguments.weights), address(arguments.bias),
             address(arguments.target), address(arguments.scratch), address(arguments.residuals[0]),
             address(arguments.residuals[1])});
  parts_->give_back(std::move(set));
} catch (const dnnl::error& error) {
  fail_as(parts_->op.c_str(), error);
}

namespace {

bool is_reference(const std::string& implementation) {
  return implementation.find("ref") != std::string::npos;
}

// Runs `make`; nullptr also where oneDNN says that it has nothing for the problem.
template <class Make>
std::unique_ptr<DnnlProgram> guarded_make(const char* op, Make&& make) {
  try {
    auto parts = std::make_unique<DnnlProgram::Parts>(op);
    if (!make(*parts) || is_reference(parts->implementation)) return nullptr;
    return std::make_unique<DnnlProgram>(std::move(parts));
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_unimplemented || error.status == dnnl_invalid_arguments)
      return nullptr;
    fail_as(op, error);
  }
}

dnnl::matmul::primitive_desc matmul_desc(const MatMulProblem& problem, const memory::desc& weights,
                                         const memory::desc& bias, const dnnl::engine& engine) {
  const memory::desc a = plain(problem.a, problem.is_a_transposed);
  const memory::desc target = plain(problem.target);
  const auto desc = problem.has_bias ? dnnl::matmul::desc(a, weights, bias, target)
                                     : dnnl::matmul::desc(a, weights, target);
  return {desc, attributes(problem.epilogue, target), engine, true};
}

bool build_matmul(const MatMulProblem& problem, DnnlProgram::Parts& parts) {
  Dims bias_dims(problem.target.size(), 1);
  bias_dims.back() = problem.target.back();
  const memory::desc bias = plain(bias_dims);
  parts.plain_weights = plain(problem.b, problem.is_b_transposed);
  const auto made =
      matmul_desc(problem, problem.packs_weights ? any_layout(problem.b) : parts.plain_weights,
                  bias, parts.engine);
  if (!made) return false;
  parts.implementation = made.impl_info_str();
  parts.packed_weights = made.weights_desc();
  std::vector<Argument> arguments = {{DNNL_ARG_SRC, made.src_desc(), kSource, 0},
                                     {DNNL_ARG_WEIGHTS, made.weights_desc(), kWeights, 0},
                                     {DNNL_ARG_DST, made.dst_desc(), kTarget, 0}};
  if (problem.has_bias) arguments.push_back({DNNL_ARG_BIAS, bias, kBias, 0});
  add_residuals(problem.epilogue, made.dst_desc(), arguments);
  parts.add_step(dnnl::matmul(made), made.scratchpad_desc(), std::move(arguments));
  return true;
}

using ConvolutionDesc = dnnl::convolution_forward::primitive_desc;

Dims minus_one(Dims dims) {
  for (auto& size : dims) --size;
  return dims;
}

// Weights of a grouped convolution have one dimension more; the bytes are the same.
Dims weight_dims(const ConvolutionProblem& problem) {
  Dims dims = problem.weights;
  if (problem.groups == 1) return dims;
  dims[0] /= problem.groups;
  dims.insert(dims.begin(), problem.groups);
  return dims;
}

// The direct algorithm only: its sums are those of the definition.
ConvolutionDesc convolution_desc(const ConvolutionProblem& problem, const memory::desc& source,
                                 const memory::desc& target, const memory::desc& weights,
                                 const dnnl::engine& engine) {
  const auto kind = dnnl::prop_kind::forward_inference;
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const Dims dilations = minus_one(problem.dilations);
  const auto desc = problem.has_bias
                        ? dnnl::convolution_forward::desc(
                              kind, algorithm, source, weights, plain({problem.weights[0]}), target,
                              problem.strides, dilations, problem.pads_begin, problem.pads_end)
                        : dnnl::convolution_forward::desc(kind, algorithm, source, weights, target,
                                                          problem.strides, dilations,
                                                          problem.pads_begin, problem.pads_end);
  return {desc, attributes(problem.epilogue, target), engine, true};
}

bool is_pointwise(const ConvolutionProblem& problem) {
  const auto is_one = [](int64_t size) { return size == 1; };
  const auto is_zero = [](int64_t size) { return size == 0; };
  return problem.groups == 1 &&
         std::all_of(problem.weights.begin() + 2, problem.weights.end(), is_one) &&
         std::all_of(problem.pads_begin.begin(), problem.pads_begin.end(), is_zero) &&
         std::all_of(problem.pads_end.begin(), problem.pads_end.end(), is_zero);
}

bool is_matrix_product(const ConvolutionDesc& made) {
  return std::strstr(made.impl_info_str(), "gemm:jit") != nullptr;
}

// Which layouts to take the source and give the target in, by measurement (conformance/perf): a
// 1x1 convolution is a matrix product on row-major data as it lies; few channels are best read as
// they lie; elsewhere the blocked kernels win by more than the reorders cost.
ConvolutionDesc best_convolution(const ConvolutionProblem& problem, const dnnl::engine& engine) {
  constexpr int64_t kFewChannels = 3;
  const memory::desc source = plain(problem.source);
  const memory::desc target = plain(problem.target);
  const memory::desc weights = any_layout(weight_dims(problem));
  if (is_pointwise(problem)) {
    auto made = convolution_desc(problem, source, target, weights, engine);
    if (made && is_matrix_product(made)) return made;
  }
  if (problem.source[1] <= kFewChannels && problem.groups == 1) {
    auto made = convolution_desc(problem, source, any_layout(problem.target), weights, engine);
    if (made && !is_matrix_product(made) && !is_reference(made.impl_info_str())) return made;
  }
  return convolution_desc(problem, any_layout(problem.source), any_layout(problem.target), weights,
                          engine);
}

bool build_convolution(const ConvolutionProblem& problem, DnnlProgram::Parts& parts) {
  const ConvolutionDesc made = best_convolution(problem, parts.engine);
  if (!made) return false;
  parts.implementation = made.impl_info_str();
  parts.plain_weights = plain(weight_dims(problem));
  parts.packed_weights = made.weights_desc();
  std::vector<Argument> arguments;
  arguments.push_back(
      parts.reordered_in(DNNL_ARG_SRC, plain(problem.source), kSource, made.src_desc()));
  if (problem.packs_weights)
    arguments.push_back({DNNL_ARG_WEIGHTS, made.weights_desc(), kWeights, 0});
  else
    arguments.push_back(
        parts.reordered_in(DNNL_ARG_WEIGHTS, parts.plain_weights, kWeights, parts.packed_weights));
  if (problem.has_bias) arguments.push_back({DNNL_ARG_BIAS, made.bias_desc(), kBias, 0});
  Argument target = {DNNL_ARG_DST, made.dst_desc(), kTarget, 0};
  const memory::desc plain_target = plain(problem.target);
  const bool is_reordered = made.dst_desc() != plain_target;
  if (is_reordered)
    target = {DNNL_ARG_DST, made.dst_desc(), kScratch,
              parts.take_scratch(made.dst_desc().get_size())};
  arguments.push_back(target);
  parts.add_step(dnnl::convolution_forward(made), made.scratchpad_desc(), std::move(arguments));
  if (is_reordered)
    parts.add_reorder({DNNL_ARG_FROM, target.desc, target.place, target.offset},
                      {DNNL_ARG_TO, plain_target, kTarget, 0});
  return true;
}

ConvolutionDesc channels_last_desc(const ConvolutionProblem& problem, const memory::desc& weights,
                                   const dnnl::engine& engine) {
  return convolution_desc(problem, channels_last(problem.source), channels_last(problem.target),
                          weights, engine);
}

bool is_worth_having(const ConvolutionDesc& made) {
  return made && !is_matrix_product(made) && !is_reference(made.impl_info_str());
}

// Nothing is reordered.
bool build_channels_last(const ConvolutionProblem& problem, const memory::desc& weights,
                         DnnlProgram::Parts& parts) {
  const ConvolutionDesc made = channels_last_desc(problem, weights, parts.engine);
  if (!is_worth_having(made)) return false;
  parts.implementation = made.impl_info_str();
  parts.plain_weights = plain(weight_dims(problem));
  parts.packed_weights = made.weights_desc();
  std::vector<Argument> arguments = {{DNNL_ARG_SRC, made.src_desc(), kSource, 0},
                                     {DNNL_ARG_WEIGHTS, made.weights_desc(), kWeights, 0},
                                     {DNNL_ARG_DST, made.dst_desc(), kTarget, 0}};
  if (problem.has_bias) arguments.push_back({DNNL_ARG_BIAS, made.bias_desc(), kBias, 0});
  add_residuals(problem.epilogue, made.dst_desc(), arguments);
  parts.add_step(dnnl::convolution_forward(made), made.scratchpad_desc(), std::move(arguments));
  return true;
}

bool build_average_pool(const AveragePoolProblem& problem, DnnlProgram::Parts& parts) {
  const auto algorithm = problem.counts_padding ? dnnl::algorithm::pooling_avg_include_padding
                                                : dnnl::algorithm::pooling_avg_exclude_padding;
  const dnnl::pooling_forward::desc desc(
      dnnl::prop_kind::forward_inference, algorithm, plain(problem.source), plain(problem.target),
      problem.strides, problem.sizes, problem.pads_begin, problem.pads_end);
  const dnnl::pooling_forward::primitive_desc made(desc, attributes(), parts.engine, true);
  if (!made) return false;
  parts.implementation = made.impl_info_str();
  parts.add_step(
      dnnl::pooling_forward(made), made.scratchpad_desc(),
      {{DNNL_ARG_SRC, made.src_desc(), kSource, 0}, {DNNL_ARG_DST, made.dst_desc(), kTarget, 0}});
  return true;
}

}  // namespace

std::unique_ptr<DnnlProgram> make_matmul(const char* op, const MatMulProblem& problem) {
  return guarded_make(op, [&](DnnlProgram::Parts& parts) { return build_matmul(problem, parts); });
}

bool has_channels_last_convolution(const ConvolutionProblem& problem) {
  try {
    const dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    return is_worth_having(channels_last_desc(problem, any_layout(weight_dims(problem)), engine));
  } catch (const dnnl::error&) {
    return false;
  }
}

std::unique_ptr<DnnlProgram> make_channels_last_convolution(const char* op,
                                                            const ConvolutionProblem& problem,
                                                            const DnnlProgram* packs_like) {
  const auto make = [&](const memory::desc& weights) {
    return guarded_make(op, [&](DnnlProgram::Parts& parts) {
      return build_channels_last(problem, weights, parts);
    });
  };
  if (packs_like != nullptr)
    if (auto made = make(packs_like->parts_->packed_weights)) return made;
  return make(any_layout(weight_dims(problem)));
}

std::unique_ptr<DnnlProgram> make_convolution(const char* op, const ConvolutionProblem& problem) {
  return guarded_make(op,
                      [&](DnnlProgram::Parts& parts) { return build_convolution(problem, parts); });
}

std::unique_ptr<DnnlProgram> make_average_pool(const char* op, const AveragePoolProblem& problem) {
  return guarded_make(
      op, [&](DnnlProgram::Parts& parts) { return build_average_pool(problem, parts); });
}

void run_sgemm(const char* op, const Sgemm& shape, const float* a, const float* b, float* target) {
  const int64_t a_stride = shape.is_a_transposed ? shape.m : shape.k;
  const int64_t b_stride = shape.is_b_transposed ? shape.k : shape.n;
  require(op,
          dnnl_sgemm(shape.is_a_transposed ? 'T' : 'N', shape.is_b_transposed ? 'T' : 'N', shape.m,
                     shape.n, shape.k, 1.0F, a, a_stride, b, b_stride, 0.0F, target, shape.n),
          "a matrix product failed");
}

}  // namespace backplane::cpu
