// BatchNormalization behind a Conv goes into the Conv's weights and bias:
//   s = scale / sqrt(variance + epsilon),  w' = w * s,  b' = (b - mean) * s + shift
// in double, rounded once.
#include <cmath>

#include "pass/host/passes.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

// float32 constants of a Conv and of the normalization behind it; nullptr where one is not known.
struct Weights {
  const ops::Constant* weights = nullptr;
  const ops::Constant* bias = nullptr;  // of the Conv: nullptr, too, where it has none
  const ops::Constant* scale = nullptr;
  const ops::Constant* shift = nullptr;
  const ops::Constant* mean = nullptr;
  const ops::Constant* variance = nullptr;
  double epsilon = 0;

  int64_t channels() const { return weights->type.shape[0]; }
};

const ops::Constant* float_constant(const Graph& graph, const Node& node, size_t input) {
  if (node.inputs.size() <= input || node.inputs[input] == BP_NONE) return nullptr;
  const ops::ConstantPtr& constant = graph.value(node.inputs[input]).constant;
  return constant != nullptr && constant->type.dtype == BP_DTYPE_FLOAT32 ? constant.get() : nullptr;
}

double at(const ops::Constant& constant, int64_t index) {
  return static_cast<const float*>(constant.bytes())[index];
}

bool is_inference(const Node& node) {
  const ops::Attribute* training = node.op.attribute("training_mode");
  for (size_t i = 1; i < node.outputs.size(); ++i)
    if (node.outputs[i] != BP_NONE) return false;
  return training == nullptr || training->ints.empty() || training->ints[0] == 0;
}

bool read(const Graph& graph, const Node& conv, const Node& normalization, Weights* out) {
  out->weights = float_constant(graph, conv, 1);
  out->bias = float_constant(graph, conv, 2);
  out->scale = float_constant(graph, normalization, 1);
  out->shift = float_constant(graph, normalization, 2);
  out->mean = float_constant(graph, normalization, 3);
  out->variance = float_constant(graph, normalization, 4);
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] != BP_NONE;
  if (out->weights == nullptr || (has_bias && out->bias == nullptr)) return false;
  for (const ops::Constant* constant : {out->scale, out->shift, out->mean, out->variance})
    if (constant == nullptr || constant->type.rank != 1 ||
        constant->type.shape[0] != out->channels())
      return false;
  const ops::Attribute* epsilon = normalization.op.attribute("epsilon");
  out->epsilon = epsilon == nullptr || epsilon->floats.empty() ? 1e-5F : epsilon->floats[0];
  return true;
}

// Weights and bias with the normalization in them; false where a number of them would be infinite.
bool fold(const Weights& from, ops::ConstantPtr* out_weights, ops::ConstantPtr* out_bias) {
  const int64_t channels = from.channels();
  const auto count = static_cast<int64_t>(*byte_size(from.weights->type) / sizeof(float));
  const int64_t each = channels == 0 ? 0 : count / channels;
  std::vector<float> weights(static_cast<size_t>(count));
  std::vector<float> bias(static_cast<size_t>(channels));
  bool is_finite = true;
  for (int64_t c = 0; c < channels; ++c) {
    const double factor = at(*from.scale, c) / std::sqrt(at(*from.variance, c) + from.epsilon);
    const double old_bias = from.bias == nullptr ? 0 : at(*from.bias, c);
    bias[c] = static_cast<float>((old_bias - at(*from.mean, c)) * factor + at(*from.shift, c));
    is_finite = is_finite && std::isfinite(bias[c]) && std::isfinite(factor);
    for (int64_t i = c * each; i < (c + 1) * each; ++i) {
      weights[i] = static_cast<float>(at(*from.weights, i) * factor);
      is_finite = is_finite && std::isfinite(weights[i]);
    }
  }
  *out_weights = ops::make_constant(from.weights->type, weights.data());
  *out_bias = ops::make_constant(tensor_type(BP_DTYPE_FLOAT32, {channels}), bias.data());
  return is_finite && *out_weights != nullptr && *out_bias != nullptr;
}

Status merge(EditedGraph* edited, NodeId conv, NodeId normalization, const Weights& from) {
  const Graph& graph = edited->graph;
  ops::ConstantPtr weights;
  ops::ConstantPtr bias;
  if (!fold(from, &weights, &bias)) return {};
  const ops::Operator op = graph.node(conv).op;
  const std::vector<ValueId> inputs = {graph.node(conv).inputs[0], edited->add_constant(weights),
                                       edited->add_constant(bias)};
  return replace_nodes(edited, op, inputs, {conv, normalization});
}

}  // namespace

Status fold_batch_normalizations(EditedGraph* edited) {
  const Graph& graph = edited->graph;
  const auto count = static_cast<NodeId>(graph.nodes().size());
  for (NodeId id = 0; id < count; ++id) {
    const Node& conv = graph.node(id);
    if (conv.is_removed() || !is_operator(conv, "Conv")) continue;
    const NodeId next = only_consumer(graph, conv.outputs[0]);
    Weights weights;
    if (next == BP_NONE || !is_operator(graph.node(next), "BatchNormalization") ||
        graph.node(next).inputs[0] != conv.outputs[0] || !is_inference(graph.node(next)) ||
        !read(graph, conv, graph.node(next), &weights))
      continue;
    if (Status done = merge(edited, id, next, weights); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
