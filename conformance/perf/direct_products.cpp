// MatMul, Gemm, LSTM and GRU by oneDNN.
#include "perf/direct_steps.hpp"

namespace backplane::conformance::direct {
namespace {

Ways product(const memory::desc& a, const memory::desc& b, const memory::desc& target,
             bool has_bias) {
  auto steps = std::make_shared<Steps>();
  memory::dims bias_sizes(static_cast<size_t>(target.dims().size()), 1);
  bias_sizes.back() = target.dims().back();
  const memory::desc bias = plain(bias_sizes);
  const dnnl::matmul::primitive_desc made(
      has_bias ? dnnl::matmul::desc(a, b, bias, target) : dnnl::matmul::desc(a, b, target),
      steps->engine);
  Steps::Arguments arguments = {{DNNL_ARG_SRC, steps->make(a)},
                                {DNNL_ARG_WEIGHTS, steps->make(made.weights_desc())},
                                {DNNL_ARG_DST, steps->make(target)}};
  if (has_bias) arguments[DNNL_ARG_BIAS] = steps->make(bias);
  steps->add(dnnl::matmul(made), arguments);
  return {steps};
}

// A constant may lie as oneDNN likes best.
Ways matmul(const Row& row) {
  const memory::dims b = row.input(1);
  return product(plain(row.input(0)),
                 row.problem.inputs[1].is_constant ? memory::desc(b, kFloat, Tag::any) : plain(b),
                 plain(row.output()), false);
}

Ways gemm(const Row& row) {
  const memory::dims a = row.input(0), target = row.output();
  return product(plain(a), {{a[1], target[1]}, kFloat, Tag::any}, plain(target), row.has_input(2));
}

// Sizes of one layer in one direction, in oneDNN's order; `gates` for each hidden unit.
struct Recurrence {
  Recurrence(const Row& row, memory::dim gates)
      : x(plain(row.input(0))),
        hidden(row.input(2)[2]),
        steps(row.input(0)[0]),
        batch(row.input(0)[1]),
        weights({1, 1, row.input(0)[2], gates, hidden}, kFloat, Tag::any),
        recurrent({1, 1, hidden, gates, hidden}, kFloat, Tag::any),
        bias(plain({1, 1, gates, hidden})),
        target(plain({steps, batch, hidden})) {}
  memory::desc x;
  memory::dim hidden, steps, batch;
  memory::desc weights, recurrent, bias, target;
};

template <class Primitive, class Made>
Ways recurrence(const std::shared_ptr<Steps>& steps, const Recurrence& r, const Made& made) {
  steps->add(Primitive(made), {{DNNL_ARG_SRC_LAYER, steps->make(r.x)},
                               {DNNL_ARG_WEIGHTS_LAYER, steps->make(made.weights_layer_desc())},
                               {DNNL_ARG_WEIGHTS_ITER, steps->make(made.weights_iter_desc())},
                               {DNNL_ARG_BIAS, steps->make(r.bias)},
                               {DNNL_ARG_DST_LAYER, steps->make(r.target)}});
  return {steps};
}

constexpr auto kForward = dnnl::rnn_direction::unidirectional_left2right;

Ways lstm(const Row& row) {
  const Recurrence r(row, 4);
  const auto steps = std::make_shared<Steps>();
  const memory::desc none;
  const dnnl::lstm_forward::primitive_desc made(
      {kInference, kForward, r.x, none, none, r.weights, r.recurrent, r.bias, r.target, none, none},
      steps->engine);
  return recurrence<dnnl::lstm_forward>(steps, r, made);
}

Ways gru(const Row& row) {
  const Recurrence r(row, 3);
  const auto steps = std::make_shared<Steps>();
  const memory::desc none;
  const dnnl::gru_forward::primitive_desc made(
      {kInference, kForward, r.x, none, r.weights, r.recurrent, r.bias, r.target, none},
      steps->engine);
  return recurrence<dnnl::gru_forward>(steps, r, made);
}

}  // namespace

const std::vector<Maker> kProducts = {
    {"MatMul", matmul}, {"Gemm", gemm}, {"LSTM", lstm}, {"GRU", gru}};

}  // namespace backplane::conformance::direct
