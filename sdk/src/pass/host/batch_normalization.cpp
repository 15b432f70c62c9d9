// BatchNormalization behind a Conv or ConvTranspose goes into its weights and bias:
//   s = scale / sqrt(variance + epsilon),  w' = w * s,  b' = (b - mean) * s + shift
#include <cmath>

#include "pass/host/layer.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;

double at(const ops::Constant& constant, size_t index) {
  return static_cast<const float*>(constant.bytes())[index];
}

bool is_inference(const Node& node) {
  const ops::Attribute* training = node.op.attribute("training_mode");
  for (size_t i = 1; i < node.outputs.size(); ++i)
    if (node.outputs[i] != BP_NONE) return false;
  return training == nullptr || training->ints.empty() || training->ints[0] == 0;
}

// Nothing where a number of it is not known, or is none.
std::optional<ChannelMap> map_of(const Graph& graph, const Node& normalization, int64_t channels) {
  const ops::Constant* constants[4];
  for (size_t i = 0; i < 4; ++i) {
    constants[i] = float_constant(graph, normalization, i + 1);
    if (constants[i] == nullptr || constants[i]->type.rank != 1 ||
        constants[i]->type.shape[0] != channels)
      return std::nullopt;
  }
  const auto& [scale, shift, mean, variance] = constants;
  const ops::Attribute* attribute = normalization.op.attribute("epsilon");
  const double epsilon =
      attribute == nullptr || attribute->floats.empty() ? 1e-5F : attribute->floats[0];
  ChannelMap map;
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    const double factor = at(*scale, c) / std::sqrt(at(*variance, c) + epsilon);
    if (!std::isfinite(factor)) return std::nullopt;
    map.scale.push_back(factor);
    map.shift.push_back(at(*shift, c) - at(*mean, c) * factor);
  }
  return map;
}

Status fold(EditedGraph* edited, NodeId conv) {
  const Graph& graph = edited->graph;
  const NodeId next = only_consumer(graph, graph.node(conv).outputs[0]);
  if (next == BP_NONE || !is_operator(graph.node(next), "BatchNormalization") ||
      graph.node(next).inputs[0] != graph.node(conv).outputs[0] || !is_inference(graph.node(next)))
    return {};
  const std::optional<Layer> layer = layer_of(graph, graph.node(conv));
  if (!layer) return {};
  const std::optional<ChannelMap> map = map_of(graph, graph.node(next), layer->channels);
  return map ? fold_into_layer(edited, *layer, *map, {conv, next}) : Status();
}

}  // namespace

Status fold_batch_normalizations(EditedGraph* edited) {
  const Graph& graph = edited->graph;
  const auto count = static_cast<NodeId>(graph.nodes().size());
  for (NodeId id = 0; id < count; ++id) {
    const Node& node = graph.node(id);
    if (node.is_removed() || !(is_operator(node, "Conv") || is_operator(node, "ConvTranspose")))
      continue;
    if (Status done = fold(edited, id); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
