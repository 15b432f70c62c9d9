// Element by element, and movement, by oneDNN.
#include "perf/direct_steps.hpp"

namespace backplane::conformance::direct {
namespace {

Ways unary(const Row& row, dnnl::algorithm algorithm, float alpha = 0, float beta = 0) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0));
  const dnnl::eltwise_forward::primitive_desc made({kInference, algorithm, x, alpha, beta},
                                                   steps->engine);
  steps->add(dnnl::eltwise_forward(made),
             {{DNNL_ARG_SRC, steps->make(x)}, {DNNL_ARG_DST, steps->make(x)}});
  return {steps};
}

template <dnnl::algorithm kAlgorithm>
Ways function(const Row& row) {
  return unary(row, kAlgorithm);
}

Ways leaky_relu(const Row& row) {
  const auto alpha = static_cast<float>(number_of(row.problem, "alpha", 0.01));
  return unary(row, dnnl::algorithm::eltwise_relu, alpha);
}
Ways clip(const Row& row) {
  return unary(row, dnnl::algorithm::eltwise_clip,
               static_cast<float>(row.problem.inputs[1].values[0]),
               static_cast<float>(row.problem.inputs[2].values[0]));
}
Ways power(const Row& row) {
  return unary(row, dnnl::algorithm::eltwise_pow, 1,
               static_cast<float>(row.problem.inputs[1].values[0]));
}

template <dnnl::algorithm kAlgorithm>
Ways binary(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc a = plain(row.input(0)), target = plain(row.output());
  const memory::desc b = plain(widened(row.input(1), row.output().size()));
  const dnnl::binary::primitive_desc made({kAlgorithm, a, b, target}, steps->engine);
  steps->add(dnnl::binary(made), {{DNNL_ARG_SRC_0, steps->make(a)},
                                  {DNNL_ARG_SRC_1, steps->make(b)},
                                  {DNNL_ARG_DST, steps->make(target)}});
  return {steps};
}

Ways parametric_relu(const Row& row) {
  auto steps = std::make_shared<Steps>();
  const memory::desc x = plain(row.input(0));
  const memory::desc slope = plain(widened(row.input(1), row.input(0).size()));
  const dnnl::prelu_forward::primitive_desc made({kInference, x, slope}, steps->engine);
  steps->add(dnnl::prelu_forward(made), {{DNNL_ARG_SRC, steps->make(x)},
                                         {DNNL_ARG_WEIGHTS, steps->make(slope)},
                                         {DNNL_ARG_DST, steps->make(x)}});
  return {steps};
}

Ways reordered(const memory::desc& source, const memory::desc& target,
               const dnnl::primitive_attr& attributes = {}) {
  auto steps = std::make_shared<Steps>();
  const memory from = steps->make(source), to = steps->make(target);
  const dnnl::reorder::primitive_desc made(steps->engine, source, steps->engine, target,
                                           attributes);
  steps->add(dnnl::reorder(made), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return {steps};
}

Ways cast(const Row& row) {
  return reordered(plain(row.input(0)), plain(row.output(), memory::data_type::f16));
}

// The target's sizes, with the steps that the source has there.
Ways transpose(const Row& row) {
  const memory::dims from = steps_of(row.input(0));
  memory::dims steps;
  for (const int64_t axis : integers_of(row.problem, "perm", {}))
    steps.push_back(from[static_cast<size_t>(axis)]);
  return reordered({row.output(), kFloat, steps}, plain(row.output()));
}

Ways quantize(const Row& row) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(0, {static_cast<float>(1 / row.problem.inputs[1].values[0])});
  attributes.set_zero_points(DNNL_ARG_DST, 0,
                             {static_cast<int32_t>(row.problem.inputs[2].values[0])});
  return reordered(plain(row.input(0)), plain(row.output(), memory::data_type::u8), attributes);
}

Ways concat(const Row& row) {
  auto steps = std::make_shared<Steps>();
  std::vector<memory::desc> sources;
  for (size_t i = 0; i < row.problem.inputs.size(); ++i) sources.push_back(plain(row.input(i)));
  const int axis = static_cast<int>(integers_of(row.problem, "axis", {0})[0]);
  const dnnl::concat::primitive_desc made(plain(row.output()), axis, sources, steps->engine);
  Steps::Arguments arguments = {{DNNL_ARG_DST, steps->make(made.dst_desc())}};
  for (size_t i = 0; i < sources.size(); ++i)
    arguments[DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i)] = steps->make(sources[i]);
  steps->add(dnnl::concat(made), arguments);
  return {steps};
}

}  // namespace

const std::vector<Maker> kElementwise = {
    {"Relu", function<dnnl::algorithm::eltwise_relu>},
    {"Sigmoid", function<dnnl::algorithm::eltwise_logistic>},
    {"Tanh", function<dnnl::algorithm::eltwise_tanh>},
    {"Sqrt", function<dnnl::algorithm::eltwise_sqrt>},
    {"Exp", function<dnnl::algorithm::eltwise_exp>},
    {"HardSwish", function<dnnl::algorithm::eltwise_hardswish>},
    {"LeakyRelu", leaky_relu},
    {"Clip", clip},
    {"Pow", power},
    {"Add", binary<dnnl::algorithm::binary_add>},
    {"Sub", binary<dnnl::algorithm::binary_sub>},
    {"Mul", binary<dnnl::algorithm::binary_mul>},
    {"Div", binary<dnnl::algorithm::binary_div>},
    {"PRelu", parametric_relu},
    {"Cast", cast},
    {"Transpose", transpose},
    {"QuantizeLinear", quantize},
    {"Concat", concat}};

}  // namespace backplane::conformance::direct
