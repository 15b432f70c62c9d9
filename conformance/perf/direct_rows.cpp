// Reductions, Softmax and the normalisations by oneDNN.
#include "perf/direct_steps.hpp"

namespace backplane::conformance::direct {
namespace {

template <dnnl::algorithm kAlgorithm>
Ways reduction(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc source = plain(row.input(0)), target = plain(row.output());
  const dnnl::reduction::primitive_desc made({kAlgorithm, source, target, 0, 0}, steps->engine);
  steps->add(dnnl::reduction(made),
             {{DNNL_ARG_SRC, steps->make(source)}, {DNNL_ARG_DST, steps->make(target)}});
  return {steps};
}

// Over the last axis.
template <dnnl::algorithm kAlgorithm>
Ways softmax(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0));
  const int axis = static_cast<int>(row.input(0).size()) - 1;
  const dnnl::softmax_v2_forward::primitive_desc made({kInference, kAlgorithm, x, x, axis},
                                                      steps->engine);
  steps->add(dnnl::softmax_v2_forward(made),
             {{DNNL_ARG_SRC, steps->make(x)}, {DNNL_ARG_DST, steps->make(x)}});
  return {steps};
}

using Flags = dnnl::normalization_flags;

Ways batch_normalization(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0));
  const dnnl::batch_normalization_forward::primitive_desc made(
      {kInference, x, 1e-5F, Flags::use_global_stats | Flags::use_scale | Flags::use_shift},
      steps->engine);
  steps->add(dnnl::batch_normalization_forward(made),
             {{DNNL_ARG_SRC, steps->make(x)},
              {DNNL_ARG_DST, steps->make(x)},
              {DNNL_ARG_MEAN, steps->make(made.mean_desc())},
              {DNNL_ARG_VARIANCE, steps->make(made.variance_desc())},
              {DNNL_ARG_SCALE, steps->make(made.weights_desc())},
              {DNNL_ARG_SHIFT, steps->make(made.weights_desc())}});
  return {steps};
}

Ways layer_normalization(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0)), scale = plain(row.input(1));
  const dnnl::layer_normalization_forward::primitive_desc made(
      {kInference, x, 1e-5F, Flags::use_scale | Flags::use_shift}, steps->engine);
  steps->add(dnnl::layer_normalization_forward(made), {{DNNL_ARG_SRC, steps->make(x)},
                                                       {DNNL_ARG_DST, steps->make(x)},
                                                       {DNNL_ARG_SCALE, steps->make(scale)},
                                                       {DNNL_ARG_SHIFT, steps->make(scale)}});
  return {steps};
}

}  // namespace

const std::vector<Maker> kRows = {{"ReduceMean", reduction<dnnl::algorithm::reduction_mean>},
                                  {"ReduceSum", reduction<dnnl::algorithm::reduction_sum>},
                                  {"ReduceMax", reduction<dnnl::algorithm::reduction_max>},
                                  {"Softmax", softmax<dnnl::algorithm::softmax_accurate>},
                                  {"LogSoftmax", softmax<dnnl::algorithm::softmax_log>},
                                  {"BatchNormalization", batch_normalization},
                                  {"LayerNormalization", layer_normalization}};

}  // namespace backplane::conformance::direct
