// Conv and ConvInteger.
#include <fmt/format.h>

#include <algorithm>

#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

Status check_ranks(const Inference& node) {
  if (node.rank(0) <= kSpatial)
    return invalid_argument(
        fmt::format("input 0 (X) needs a batch, channels and a spatial axis, "
                    "found {}",
                    to_text(node.input(0))));
  if (node.rank(1) != node.rank(0))
    return invalid_argument(
        fmt::format("ranks {} of X and {} of W differ", node.rank(0), node.rank(1)));
  return {};
}

Status check_channels(const Inference& node) {
  const int64_t group = node.integer("group");
  if (group < 1) return invalid_argument(fmt::format("group {}, at least 1 is possible", group));
  const int64_t channels = node.input(0).shape[1];
  const int64_t filters = node.input(1).shape[0];
  const int64_t depth = node.input(1).shape[1];
  if (!is_unknown(channels) && !is_unknown(depth) &&
      (channels % group != 0 || channels / group != depth))
    return invalid_argument(fmt::format("{} channels in {} groups do not meet filters of depth {}",
                                        channels, group, depth));
  if (!is_unknown(filters) && filters % group != 0)
    return invalid_argument(fmt::format("{} filters do not divide into {} groups", filters, group));
  return {};
}

Status check_bias(const Inference& node) {
  if (!node.has_input(2)) return {};
  const Result<int64_t> length = node.length(2);
  if (!length.ok()) return length.status();
  return same_size(*length, node.input(1).shape[0]).status().in("bias and filters");
}

Status infer_products(Inference& node) {
  for (const auto check : {check_ranks, check_channels}) {
    Status status = check(node);
    if (!status.ok()) return status;
  }
  Result<std::vector<int64_t>> kernel = kernel_of_filters(node);
  if (!kernel.ok()) return kernel.status();
  const Result<Window> window = read_window(node, kernel.take());
  if (!window.ok()) return window.status();
  const Shape image = node.shape(0);
  const Result<Shape> spatial = places(*window, Shape(image.begin() + kSpatial, image.end()));
  if (!spatial.ok()) return spatial.status();
  Shape shape = {image[0], node.input(1).shape[0]};
  shape.insert(shape.end(), spatial->begin(), spatial->end());
  return node.set_shape(0, shape);
}

Status infer_conv(Inference& node) {
  Status status = infer_products(node);
  return status.ok() ? check_bias(node) : status;
}

void add_attributes(Definition& definition) {
  definition.attribute(string_attribute("auto_pad", "NOTSET"))
      .attribute("dilations", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute(int_attribute("group", 1))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .completes(complete_filters);
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
                     .infers(infer_products));
}

}  // namespace backplane::ops
