// What a node that convolves says of its convolution; declared in convolution_rows.hpp.
#include <string>

#include "convolution_rows.hpp"

namespace backplane::cpu {

namespace {

void check_known(const Node& node, uint32_t weights, uint32_t bias) {
  for (const uint32_t i : {0u, weights, bias})
    if (has_unknown_size(node.input(i)))
      refuse(node, "unknown sizes are not served: " + to_text(node.input(i)));
  if (has_unknown_size(node.output(0))) refuse(node, "unknown sizes are not served");
}

void check_kernel_shape(const Node& node, const bp_tensor_type_t& weights) {
  uint32_t count = 0;
  const int64_t* sizes = node.ints_attribute("kernel_shape", &count);
  for (uint32_t i = 0; i < count; ++i)
    if (count != weights.rank - 2U || sizes[i] != weights.shape[2 + i])
      refuse(node, "kernel_shape differs from the weights' " + to_text(weights));
}

void check_channels(const Node& node, const bp_tensor_type_t& weights,
                    const bp_tensor_type_t& bias) {
  const bp_tensor_type_t& x = node.input(0);
  const int64_t groups = node.int_attribute("group", 1);
  if (x.rank < 3 || weights.rank != x.rank)
    refuse(node, "input " + to_text(x) + " and weights " + to_text(weights) +
                     " are [N, C, ...] and [O, C/group, ...]");
  if (groups < 1 || weights.shape[0] % groups != 0 || x.shape[1] % groups != 0 ||
      x.shape[1] / groups != weights.shape[1])
    refuse(node, "input " + to_text(x) + " and weights " + to_text(weights) + " do not fit group " +
                     std::to_string(groups));
  if (bias.dtype != 0 && (bias.rank != 1 || bias.shape[0] != weights.shape[0]))
    refuse(node, "bias " + to_text(bias) + " is not one number for each of " +
                     std::to_string(weights.shape[0]) + " channels");
}

void check_spread_channels(const Node& node, const bp_tensor_type_t& weights,
                           const bp_tensor_type_t& bias) {
  const bp_tensor_type_t& x = node.input(0);
  const int64_t groups = node.int_attribute("group", 1);
  if (x.rank < 3 || weights.rank != x.rank)
    refuse(node, "input " + to_text(x) + " and weights " + to_text(weights) +
                     " are [N, C, ...] and [C, O/group, ...]");
  if (groups < 1 || weights.shape[0] % groups != 0 || x.shape[1] != weights.shape[0])
    refuse(node, "input " + to_text(x) + " and weights " + to_text(weights) + " do not fit group " +
                     std::to_string(groups));
  if (bias.dtype != 0 &&
      (bias.rank != 1 || bias.shape[0] / groups != weights.shape[1] || bias.shape[0] % groups != 0))
    refuse(node, "bias " + to_text(bias) + " is not one number for each channel of the output");
}

}  // namespace

ConvolutionShape read_spread_convolution(const Node& node) {
  const bp_tensor_type_t& weights = node.input(1);
  const bp_tensor_type_t& output = node.output(0);
  check_known(node, 1, 2);
  check_spread_channels(node, weights, node.input(2));
  check_kernel_shape(node, weights);
  ConvolutionShape shape;
  shape.groups = node.int_attribute("group", 1);
  shape.windows = read_spread_windows(node, weights.shape + 2, weights.rank - 2U);
  shape.batches = node.input(0).shape[0];
  shape.inputs = weights.shape[1];
  shape.outputs = weights.shape[0] / shape.groups;
  if (output.shape[0] != shape.batches || output.shape[1] % shape.groups != 0 ||
      output.shape[1] / shape.groups != shape.inputs)
    refuse(node, to_text(node.input(0)) + " does not give " + to_text(output));
  return shape;
}

ConvolutionShape read_convolution(const Node& node, uint32_t weights_index, uint32_t bias_index) {
  const bp_tensor_type_t& weights = node.input(weights_index);
  const bp_tensor_type_t& output = node.output(0);
  check_known(node, weights_index, bias_index);
  check_channels(node, weights, node.input(bias_index));
  check_kernel_shape(node, weights);
  ConvolutionShape shape;
  shape.groups = node.int_attribute("group", 1);
  shape.windows = read_windows(node, weights.shape + 2, weights.rank - 2U);
  shape.batches = node.input(0).shape[0];
  shape.inputs = weights.shape[1];
  shape.outputs = weights.shape[0] / shape.groups;
  if (output.shape[0] != shape.batches || output.shape[1] != weights.shape[0])
    refuse(node, to_text(node.input(0)) + " does not give " + to_text(output));
  return shape;
}

}  // namespace backplane::cpu
