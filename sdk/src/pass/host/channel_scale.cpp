// Products and sums with one constant number a channel go into the weights and the bias of the
// layer before them. Models that were made from Caffe's have a Mul and an Add behind each
// BatchNormalization.
#include <cmath>

#include "pass/host/layer.hpp"

namespace backplane::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

// What one step makes, with its number c, of x * scale + shift.
struct Step {
  const char* op;
  bool is_known_second;  // c - y and c / y are something else
  void (*take)(double c, double* scale, double* shift);
};

void multiply(double c, double* scale, double* shift) {
  *scale *= c;
  *shift *= c;
}

void divide(double c, double* scale, double* shift) {
  *scale /= c;
  *shift /= c;
}

constexpr Step kSteps[] = {
    {"Mul", false, multiply},
    {"Div", true, divide},
    {"Add", false, [](double c, double*, double* shift) { *shift += c; }},
    {"Sub", true, [](double c, double*, double* shift) { *shift -= c; }},
};

const Step* step_of(const Node& node) {
  for (const Step& step : kSteps)
    if (is_operator(node, step.op) && node.inputs.size() == 2) return &step;
  return nullptr;
}

// Has the constant, as an operand of such a result, at most one number for each place of axis 1?
bool is_of_channels(const bp_tensor_type_t& constant, const bp_tensor_type_t& result) {
  if (constant.rank > result.rank) return false;
  for (uint16_t axis = 0; axis < constant.rank; ++axis)
    if (constant.shape[axis] != 1 && axis + result.rank - constant.rank != 1) return false;
  return true;
}

// False: the reader of `value` is no step with a constant.
bool take(const Graph& graph, const Node& node, ValueId value, ChannelMap* map) {
  const Step* step = step_of(node);
  const bp_tensor_type_t& type = graph.value(value).type;
  if (step == nullptr || !same_type(graph.value(node.outputs[0]).type, type)) return false;
  const size_t other = node.inputs[0] == value ? 1 : 0;
  const ops::Constant* constant = float_constant(graph, node, other);
  if (constant == nullptr || !is_of_channels(constant->type, type) ||
      (step->is_known_second && other == 0))
    return false;
  const auto* numbers = static_cast<const float*>(constant->bytes());
  const bool is_alone = *byte_size(constant->type) == sizeof(float);
  for (size_t c = 0; c < map->scale.size(); ++c)
    step->take(numbers[is_alone ? 0 : c], &map->scale[c], &map->shift[c]);
  return true;
}

// A scale that is infinite, or no number, would not show in weights that are 0.
bool is_finite(const ChannelMap& map) {
  for (const double scale : map.scale)
    if (!std::isfinite(scale)) return false;
  return true;
}

Status fold(EditedGraph* edited, NodeId id) {
  const Graph& graph = edited->graph;
  const std::optional<Layer> layer = layer_of(graph, graph.node(id));
  if (!layer) return {};
  ChannelMap map;
  map.scale.assign(static_cast<size_t>(layer->channels), 1);
  map.shift.assign(static_cast<size_t>(layer->channels), 0);
  std::vector<NodeId> nodes = {id};
  for (;;) {
    const ValueId value = graph.node(nodes.back()).outputs[0];
    const NodeId next = only_consumer(graph, value);
    if (next == BP_NONE || !take(graph, graph.node(next), value, &map)) break;
    nodes.push_back(next);
  }
  if (nodes.size() == 1 || !is_finite(map)) return {};
  return fold_into_layer(edited, *layer, map, nodes);
}

}  // namespace

Status fold_channel_scales(EditedGraph* edited) {
  const auto count = static_cast<NodeId>(edited->graph.nodes().size());
  for (NodeId id = 0; id < count; ++id) {
    if (edited->graph.node(id).is_removed()) continue;
    if (Status done = fold(edited, id); !done.ok()) return done;
  }
  return {};
}

}  // namespace backplane::pass
