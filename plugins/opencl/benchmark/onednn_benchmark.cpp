#include <cstring>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "onednn.hpp"
#ifdef _OPENMP
#include <omp.h>
#endif

namespace backplane::opencl::benchmark {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kFloat = memory::data_type::f32;

// Primitives that run one after the other, and the memory that they end in.
class Steps {
 public:
  memory make(const memory::desc& desc) const {
    memory made(desc, engine);
    std::memset(made.get_data_handle(), 0, desc.get_size());
    return made;
  }
  // Plain values in the layout of `desc`.
  memory constant(const std::vector<float>& values, const memory::desc& plain,
                  const memory::desc& desc) {
    memory from = make(plain), to = make(desc);
    std::memcpy(from.get_data_handle(), values.data(), values.size() * sizeof(float));
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
    return to;
  }
  void add(dnnl::primitive primitive, std::unordered_map<int, memory> arguments) {
    steps_.emplace_back(std::move(primitive), std::move(arguments));
  }
  void add_reorder(const memory& from, const memory& to) {
    add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }
  void run(int times) {
    for (int i = 0; i < times; ++i)
      for (const auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }
  std::vector<float> result() const {
    const auto* values = static_cast<const float*>(target.get_data_handle());
    return {values, values + target.get_desc().get_size() / sizeof(float)};
  }

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  memory target;

 private:
  dnnl::stream stream_{engine};
  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, memory>>> steps_;
};

Way as_way(std::string name, const std::shared_ptr<Steps>& steps) {
  return {std::move(name), [steps](int times) { steps->run(times); },
          [steps] { return steps->result(); }};
}

Way product_way(std::string name, Tag weights_tag, int64_t n, const std::vector<float>& a,
                const std::vector<float>& b) {
  auto steps = std::make_shared<Steps>();
  const memory::desc plain({n, n}, kFloat, Tag::ab);
  const dnnl::matmul::primitive_desc made(
      dnnl::matmul::desc(plain, {{n, n}, kFloat, weights_tag}, plain), steps->engine);
  steps->target = steps->make(plain);
  steps->add(dnnl::matmul(made),
             {{DNNL_ARG_SRC, steps->constant(a, plain, plain)},
              {DNNL_ARG_WEIGHTS, steps->constant(b, plain, made.weights_desc())},
              {DNNL_ARG_DST, steps->target}});
  return as_way(std::move(name), steps);
}

Way convolution_way(std::string name, Tag from_tag, Tag to_tag, const Convolution& c,
                    const std::vector<float>& x, const std::vector<float>& weights) {
  auto steps = std::make_shared<Steps>();
  const memory::dims images = {1, c.channels, c.size, c.size};
  const memory::dims filters = {c.channels, c.channels, 3, 3};
  const memory::desc plain(images, kFloat, Tag::nchw);
  const dnnl::convolution_forward::primitive_desc made({dnnl::prop_kind::forward_inference,
                                                        dnnl::algorithm::convolution_direct,
                                                        {images, kFloat, from_tag},
                                                        {filters, kFloat, Tag::any},
                                                        {images, kFloat, to_tag},
                                                        {1, 1},
                                                        {1, 1},
                                                        {1, 1}},
                                                       steps->engine);
  const memory given = steps->constant(x, plain, plain);
  const bool is_plain_from = made.src_desc() == plain, is_plain_to = made.dst_desc() == plain;
  const memory from = is_plain_from ? given : steps->make(made.src_desc());
  const memory to = steps->make(made.dst_desc());
  steps->target = is_plain_to ? to : steps->make(plain);
  if (!is_plain_from) steps->add_reorder(given, from);
  steps->add(dnnl::convolution_forward(made),
             {{DNNL_ARG_SRC, from},
              {DNNL_ARG_WEIGHTS,
               steps->constant(weights, {filters, kFloat, Tag::oihw}, made.weights_desc())},
              {DNNL_ARG_DST, to}});
  if (!is_plain_to) steps->add_reorder(to, steps->target);
  return as_way(std::move(name), steps);
}

}  // namespace

std::vector<Way> product_ways(int64_t n, const std::vector<float>& a, const std::vector<float>& b) {
  return {product_way("plain", Tag::ab, n, a, b), product_way("packed", Tag::any, n, a, b)};
}

std::vector<Way> convolution_ways(const Convolution& convolution, const std::vector<float>& x,
                                  const std::vector<float>& weights) {
  return {convolution_way("reordered", Tag::any, Tag::any, convolution, x, weights),
          convolution_way("plain", Tag::nchw, Tag::nchw, convolution, x, weights),
          convolution_way("plain input", Tag::nchw, Tag::any, convolution, x, weights)};
}

bool set_onednn_threads(unsigned count) {
#ifdef _OPENMP
  omp_set_num_threads(static_cast<int>(count));
  return true;
#else
  return count == 0;
#endif
}

}  // namespace backplane::opencl::benchmark
