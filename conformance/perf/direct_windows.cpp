// Conv, pools and Resize by oneDNN: in plain layouts, and in those that it likes best with the
// reorders that they take.
#include "perf/direct_steps.hpp"

namespace backplane::conformance::direct {
namespace {

// As "strides", "pads" and "group" say; ONNX has the pads of all beginnings first.
struct Window {
  explicit Window(const Row& row)
      : strides(integers_of(row.problem, "strides", {1, 1})),
        pads(integers_of(row.problem, "pads", {0, 0, 0, 0})),
        group(integers_of(row.problem, "group", {1})[0]) {}
  memory::dims begin() const { return {pads[0], pads[1]}; }
  memory::dims end() const { return {pads[2], pads[3]}; }
  memory::dims strides, pads;
  memory::dim group;
};

std::shared_ptr<Steps> convolution_way(const Row& row, Tag source_tag, Tag target_tag) {
  const Window window(row);
  const memory::dims source = row.input(0), target = row.output();
  memory::dims weights = row.input(1);
  if (window.group > 1) {
    weights[0] /= window.group;
    weights.insert(weights.begin(), window.group);
  }
  auto steps = std::make_shared<Steps>();
  const dnnl::convolution_forward::primitive_desc made(
      {kInference, dnnl::algorithm::convolution_direct, memory::desc(source, kFloat, source_tag),
       memory::desc(weights, kFloat, Tag::any), memory::desc({target[1]}, kFloat, Tag::a),
       memory::desc(target, kFloat, target_tag), window.strides, window.begin(), window.end()},
      steps->engine);
  const memory from = steps->read(plain(source), made.src_desc());
  const memory to = steps->make(made.dst_desc());
  steps->add(dnnl::convolution_forward(made), {{DNNL_ARG_SRC, from},
                                               {DNNL_ARG_WEIGHTS, steps->make(made.weights_desc())},
                                               {DNNL_ARG_BIAS, steps->make(made.bias_desc())},
                                               {DNNL_ARG_DST, to}});
  steps->write(to, plain(target));
  return steps;
}

Ways convolution(const Row& row) {
  return {convolution_way(row, Tag::any, Tag::any), convolution_way(row, Tag::nchw, Tag::nchw),
          convolution_way(row, Tag::nchw, Tag::any)};
}

std::shared_ptr<Steps> pool_way(const Row& row, dnnl::algorithm algorithm, Tag tag) {
  const Window window(row);
  const memory::dims source = row.input(0), target = row.output();
  const memory::dims kernel =
      integers_of(row.problem, "kernel_shape", {source[2], source[3]});  // none: all of it
  auto steps = std::make_shared<Steps>();
  const dnnl::pooling_forward::primitive_desc made(
      {kInference, algorithm, memory::desc(source, kFloat, tag), memory::desc(target, kFloat, tag),
       window.strides, kernel, window.begin(), window.end()},
      steps->engine);
  const memory from = steps->read(plain(source), made.src_desc());
  const memory to = steps->make(made.dst_desc());
  steps->add(dnnl::pooling_forward(made), {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
  steps->write(to, plain(target));
  return steps;
}

template <dnnl::algorithm kAlgorithm>
Ways pool(const Row& row) {
  return {pool_way(row, kAlgorithm, Tag::nchw), pool_way(row, kAlgorithm, Tag::nChw16c)};
}

Ways resize(const Row& row) {
  const bool is_linear = row.problem.text.find("mode=linear") != std::string::npos;
  auto steps = std::make_shared<Steps>();
  const dnnl::resampling_forward::primitive_desc made(
      {kInference,
       is_linear ? dnnl::algorithm::resampling_linear : dnnl::algorithm::resampling_nearest,
       plain(row.input(0)), plain(row.output())},
      steps->engine);
  steps->add(dnnl::resampling_forward(made), {{DNNL_ARG_SRC, steps->make(made.src_desc())},
                                              {DNNL_ARG_DST, steps->make(made.dst_desc())}});
  return {steps};
}

Ways local_response(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0));
  const dnnl::lrn_forward::primitive_desc made(
      {kInference, dnnl::algorithm::lrn_across_channels, x,
       integers_of(row.problem, "size", {1})[0], 1e-4F, 0.75F, 1.0F},
      steps->engine);
  steps->add(dnnl::lrn_forward(made),
             {{DNNL_ARG_SRC, steps->make(x)}, {DNNL_ARG_DST, steps->make(x)}});
  return {steps};
}

}  // namespace

const std::vector<Maker> kWindows = {
    {"Conv", convolution},
    {"MaxPool", pool<dnnl::algorithm::pooling_max>},
    {"AveragePool", pool<dnnl::algorithm::pooling_avg_exclude_padding>},
    {"GlobalAveragePool", pool<dnnl::algorithm::pooling_avg_exclude_padding>},
    {"Resize", resize},
    {"LRN", local_response}};

}  // namespace backplane::conformance::direct
