// Conv, ConvInteger and QLinearConv. `filters` is the number of the input that holds them.
#include <fmt/format.h>

#include <algorithm>

#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

constexpr uint32_t kFilters = 1;
constexpr uint32_t kScaledFilters = 3;  // QLinearConv's
constexpr uint32_t kBias = 2;
constexpr uint32_t kScaledBias = 8;

Status check_ranks(const Inference& node, uint32_t filters) {
  if (node.rank(0) <= kSpatial)
    return invalid_argument(
        fmt::format("input 0 (X) needs a batch, channels and a spatial axis, "
                    "found {}",
                    to_text(node.input(0))));
  if (node.rank(filters) != node.rank(0))
    return invalid_argument(
        fmt::format("ranks {} of X and {} of W differ", node.rank(0), node.rank(filters)));
  return {};
}

Status check_channels(const Inference& node, uint32_t input) {
  const int64_t group = node.integer("group");
  if (group < 1) return invalid_argument(fmt::format("group {}, at least 1 is possible", group));
  const int64_t channels = node.input(0).shape[1];
  const int64_t filters = node.input(input).shape[0];
  const int64_t depth = node.input(input).shape[1];
  if (!is_unknown(channels) && !is_unknown(depth) &&
      (channels % group != 0 || channels / group != depth))
    return invalid_argument(fmt::format("{} channels in {} groups do not meet filters of depth {}",
                                        channels, group, depth));
  if (!is_unknown(filters) && filters % group != 0)
    return invalid_argument(fmt::format("{} filters do not divide into {} groups", filters, group));
  return {};
}

Status check_bias(const Inference& node, uint32_t bias, uint32_t filters) {
  if (!node.has_input(bias)) return {};
  const Result<int64_t> length = node.length(bias);
  if (!length.ok()) return length.status();
  return same_size(*length, node.input(filters).shape[0]).status().in("bias and filters");
}

Status infer_products(Inference& node, uint32_t filters) {
  for (const auto check : {check_ranks, check_channels}) {
    Status status = check(node, filters);
    if (!status.ok()) return status;
  }
  Result<std::vector<int64_t>> kernel = kernel_of_filters(node, filters);
  if (!kernel.ok()) return kernel.status();
  const Result<Window> window = read_window(node, kernel.take());
  if (!window.ok()) return window.status();
  const Shape image = node.shape(0);
  const Result<Shape> spatial = places(*window, Shape(image.begin() + kSpatial, image.end()));
  if (!spatial.ok()) return spatial.status();
  Shape shape = {image[0], node.input(filters).shape[0]};
  shape.insert(shape.end(), spatial->begin(), spatial->end());
  return node.set_shape(0, shape);
}

Status infer_conv(Inference& node) {
  Status status = infer_products(node, kFilters);
  return status.ok() ? check_bias(node, kBias, kFilters) : status;
}

Status infer_integer_conv(Inference& node) { return infer_products(node, kFilters); }

Status infer_scaled_conv(Inference& node) {
  Status status = infer_products(node, kScaledFilters);
  return status.ok() ? check_bias(node, kScaledBias, kScaledFilters) : status;
}

Status complete(Draft& draft, const Values& values) {
  return complete_filters(draft, values, kFilters);
}

Status complete_scaled(Draft& draft, const Values& values) {
  return complete_filters(draft, values, kScaledFilters);
}

Definition& add_attributes(Definition& definition) {
  return definition.attribute(string_attribute("auto_pad", "NOTSET"))
      .attribute("dilations", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute(int_attribute("group", 1))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .completes(complete);
}

}  // namespace

void define_conv(Definitions& definitions) {
  add_attributes(definitions.add("Conv", {1, 11})
                     .input("X", 'T', kIeee)
                     .input("W", 'T', kIeee)
                     .input("B", 'T', kIeee, Presence::kOptional)
                     .output("Y", 'T')
                     .widened_in(22)
                     .infers(infer_conv));
  constexpr Dtypes kByte = set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8});
  add_attributes(definitions.add("ConvInteger", {10})
                     .input("x", 'X', kByte)
                     .input("w", 'W', kByte)
                     .input("x_zero_point", 'X', kByte, Presence::kOptional)
                     .input("w_zero_point", 'W', kByte, Presence::kOptional)
                     .output("y", 0, set_of({BP_DTYPE_INT32}))
                     .infers(infer_integer_conv));
  constexpr Dtypes kScale = set_of({BP_DTYPE_FLOAT32});
  add_attributes(definitions.add("QLinearConv", {10})
                     .input("x", 'X', kByte)
                     .input("x_scale", 0, kScale)
                     .input("x_zero_point", 'X', kByte)
                     .input("w", 'W', kByte)
                     .input("w_scale", 0, kScale)
                     .input("w_zero_point", 'W', kByte)
                     .input("y_scale", 0, kScale)
                     .input("y_zero_point", 'Y', kByte)
                     .input("B", 0, set_of({BP_DTYPE_INT32}), Presence::kOptional)
                     .output("y", 'Y')
                     .infers(infer_scaled_conv))
      .completes(complete_scaled);
}

}  // namespace backplane::ops
