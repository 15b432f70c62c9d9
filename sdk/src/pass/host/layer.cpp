#include "pass/host/layer.hpp"

#include <cmath>

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

double at(const ops::Constant& constant, int64_t index) {
  return static_cast<const float*>(constant.bytes())[index];
}

int64_t count_of(const ops::Constant& constant) {
  return static_cast<int64_t>(*byte_size(constant.type) / sizeof(float));
}

int64_t int_of(const Node& node, const char* name, int64_t otherwise) {
  const ops::Attribute* attribute = node.op.attribute(name);
  return attribute == nullptr || attribute->ints.empty() ? otherwise : attribute->ints[0];
}

double float_of(const Node& node, const char* name, double otherwise) {
  const ops::Attribute* attribute = node.op.attribute(name);
  return attribute == nullptr || attribute->floats.empty() ? otherwise : attribute->floats[0];
}

// Each says where the channels of its weights are; of a shape with sizes that are not 0.
struct Kind {
  const char* op;
  void (*find)(const Node& node, const Shape& weights, Layer* layer);
};

void find_first_axis(const Node&, const Shape& weights, Layer* layer) {
  layer->channels = weights[0];
  layer->order = {count_of(*layer->weights) / weights[0], weights[0]};
}

// [C, M / group, ...]: an input's channels are the rows.
void find_second_axis(const Node& node, const Shape& weights, Layer* layer) {
  const int64_t groups = int_of(node, "group", 1);
  layer->channels = weights[1] * groups;
  layer->order = {count_of(*layer->weights) / (weights[0] * weights[1]), weights[1],
                  weights[0] / groups};
}

void find_columns(const Node& node, const Shape& weights, Layer* layer) {
  const bool is_transposed = int_of(node, "transB", 0) != 0;
  layer->channels = weights[is_transposed ? 0 : 1];
  layer->order = is_transposed ? Layer::Order{weights[1], weights[0]}
                               : Layer::Order{1, weights[1], weights[0]};
  layer->bias_factor = float_of(node, "beta", 1);
}

constexpr Kind kKinds[] = {{"Conv", find_first_axis},
                           {"ConvTranspose", find_second_axis},
                           {"Gemm", find_columns},
                           {"BatchNormalization", find_first_axis}};

bool has_one_output(const Node& node) {
  for (size_t i = 1; i < node.outputs.size(); ++i)
    if (node.outputs[i] != BP_NONE) return false;
  return true;
}

// One number, or one for each channel in a row.
bool is_bias(const ops::Constant& bias, int64_t channels) {
  const Shape shape = shape_of(bias.type);
  const int64_t count = count_of(bias);
  return count == 1 || (count == channels && shape.back() == channels);
}

// False where a number is infinite.
bool is_finite(const std::vector<float>& numbers) {
  for (const float number : numbers)
    if (!std::isfinite(number)) return false;
  return true;
}

std::vector<float> folded_weights(const Layer& layer, const ChannelMap& map) {
  const auto* from = static_cast<const float*>(layer.weights->bytes());
  std::vector<float> weights(static_cast<size_t>(count_of(*layer.weights)));
  const auto run = static_cast<size_t>(layer.order.inner);
  for (size_t first = 0; first < weights.size(); first += run) {
    const int64_t channel = layer.order.channel_of(static_cast<int64_t>(first));
    const double scale = map.scale[static_cast<size_t>(channel)];
    for (size_t i = first; i < first + run; ++i)
      weights[i] = static_cast<float>(static_cast<double>(from[i]) * scale);
  }
  return weights;
}

std::vector<float> folded_bias(const Layer& layer, const ChannelMap& map) {
  std::vector<float> bias(map.shift.size());
  const bool is_alone = layer.bias != nullptr && count_of(*layer.bias) == 1;
  for (size_t c = 0; c < bias.size(); ++c) {
    const double old =
        layer.bias == nullptr
            ? 0
            : at(*layer.bias, is_alone ? 0 : static_cast<int64_t>(c)) * layer.bias_factor;
    bias[c] = static_cast<float>(old * map.scale[c] + map.shift[c]);
  }
  return bias;
}

// The same with a bias that counts as it is.
ops::Operator operator_of(const Node& layer) {
  ops::Operator op = layer.op;
  for (ops::Attribute& attribute : op.attributes)
    if (is_operator(layer, "Gemm") && attribute.name == "beta") attribute.floats = {1};
  return op;
}

}  // namespace

const ops::Constant* float_constant(const Graph& graph, const Node& node, size_t input) {
  if (node.inputs.size() <= input || node.inputs[input] == BP_NONE) return nullptr;
  const ops::ConstantPtr& constant = graph.value(node.inputs[input]).constant;
  return constant != nullptr && constant->type.dtype == BP_DTYPE_FLOAT32 ? constant.get() : nullptr;
}

std::optional<Layer> layer_of(const Graph& graph, const Node& node) {
  for (const Kind& kind : kKinds) {
    if (!is_operator(node, kind.op) || !has_one_output(node)) continue;
    Layer layer;
    layer.weights = float_constant(graph, node, 1);
    layer.bias = float_constant(graph, node, 2);
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != BP_NONE;
    if (layer.weights == nullptr || (has_bias && layer.bias == nullptr) ||
        count_of(*layer.weights) == 0)
      return std::nullopt;
    kind.find(node, shape_of(layer.weights->type), &layer);
    if (has_bias && !is_bias(*layer.bias, layer.channels)) return std::nullopt;
    return layer;
  }
  return std::nullopt;
}

Status fold_into_layer(EditedGraph* edited, const Layer& layer, const ChannelMap& map,
                       const std::vector<NodeId>& nodes) {
  const std::vector<float> weights = folded_weights(layer, map);
  const std::vector<float> bias = folded_bias(layer, map);
  if (!is_finite(weights) || !is_finite(bias)) return {};
  const ops::ConstantPtr new_weights = ops::make_constant(layer.weights->type, weights.data());
  const ops::ConstantPtr new_bias =
      ops::make_constant(tensor_type(BP_DTYPE_FLOAT32, {layer.channels}), bias.data());
  if (new_weights == nullptr || new_bias == nullptr) return {};
  const ops::Operator op = operator_of(edited->graph.node(nodes[0]));
  std::vector<ValueId> inputs = edited->graph.node(nodes[0]).inputs;
  inputs.resize(std::max<size_t>(inputs.size(), 3));
  inputs[1] = edited->add_constant(new_weights);
  inputs[2] = edited->add_constant(new_bias);
  return replace_nodes(edited, op, inputs, nodes);
}

}  // namespace backplane::pass
