// Layers with constant weights, and what may be worked into these: a scale and a shift of each
// channel behind them.
#pragma once

#include <optional>

#include "pass/host/passes.hpp"

namespace backplane::pass {

// y = x * scale + shift, with a number of each for every channel.
struct ChannelMap {
  std::vector<double> scale;
  std::vector<double> shift;
};

// A Conv, ConvTranspose, Gemm or BatchNormalization whose weights and bias are constants of
// float32. Axis 1 of its result is the channels'.
struct Layer {
  // The channel of a weight is a matter of its place alone: groups of rows of channels of numbers.
  struct Order {
    int64_t inner = 1;     // weights that follow one another in a channel
    int64_t channels = 1;  // of one group
    int64_t rows = 1;      // of one group

    int64_t channel_of(int64_t place) const {
      return place / inner % channels + place / (inner * channels * rows) * channels;
    }
  };

  const ops::Constant* weights = nullptr;
  const ops::Constant* bias = nullptr;  // nullptr: none
  double bias_factor = 1;               // Gemm's beta
  Order order;
  int64_t channels = 0;
};

std::optional<Layer> layer_of(const graph::Graph& graph, const graph::Node& node);

// The constant in an input, if it is one of float32; else nullptr.
const ops::Constant* float_constant(const graph::Graph& graph, const graph::Node& node,
                                    size_t input);

// Puts a layer with w * scale and b * scale + shift, in double, rounded once, in the place of
// `nodes`: the layer and what the map stands for, as in replace_nodes. Changes nothing where a
// number would be infinite or the owner does not take such a node.
Status fold_into_layer(EditedGraph* edited, const Layer& layer, const ChannelMap& map,
                       const std::vector<graph::NodeId>& nodes);

}  // namespace backplane::pass
