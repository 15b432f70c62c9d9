// Conv.
#include <fmt/format.h>

#include <algorithm>

#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

constexpr size_t kSpatial = 2;  // the axes before are batch and channels

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

// The filters' own sizes, which kernel_shape only repeats.
Result<std::vector<int64_t>> kernel_of(const Inference& node) {
  const Shape weight = node.shape(1);
  std::vector<int64_t> kernel(weight.begin() + kSpatial, weight.end());
  if (!node.has_attribute("kernel_shape")) return kernel;
  const std::vector<int64_t> said = node.integers("kernel_shape");
  bool agrees = said.size() == kernel.size();
  for (size_t axis = 0; agrees && axis < said.size(); ++axis)
    agrees = said[axis] > 0 && same_size(said[axis], kernel[axis]).ok();
  if (agrees) return said;
  return invalid_argument(fmt::format("kernel_shape {} differs from the filters' {}",
                                      list_text(said), to_text(Shape(kernel))));
}

Status infer_conv(Inference& node) {
  for (const auto check : {check_ranks, check_channels, check_bias}) {
    const Status status = check(node);
    if (!status.ok()) return status;
  }
  Result<std::vector<int64_t>> kernel = kernel_of(node);
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

// kernel_shape from the filters when all their sizes are known; the rest from the rank.
Status complete_conv(Draft& draft, const Values& values) {
  const bp_tensor_type_t* const weight = values.type ? values.type(draft.inputs[1]) : nullptr;
  if (weight != nullptr && weight->rank > kSpatial && !has_unknown_size(*weight) &&
      draft.op.attribute("kernel_shape") == nullptr) {
    const Shape shape = shape_of(*weight);
    draft.op.attributes.push_back(
        ints_attribute("kernel_shape", {shape.begin() + kSpatial, shape.end()}));
  }
  const Attribute* const kernel = draft.op.attribute("kernel_shape");
  if (kernel != nullptr) {
    complete_window(draft.op, kernel->ints.size(), true);
  } else if (weight != nullptr && weight->rank > kSpatial) {
    complete_window(draft.op, weight->rank - kSpatial, true);
  }
  return {};
}

}  // namespace

void define_conv(Definitions& definitions) {
  definitions.add("Conv", {1, 11})
      .input("X", 'T', kIeee)
      .input("W", 'T', kIeee)
      .input("B", 'T', kIeee, Presence::kOptional)
      .output("Y", 'T')
      .attribute(string_attribute("auto_pad", "NOTSET"))
      .attribute("dilations", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute(int_attribute("group", 1))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .widened_in(22)
      .completes(complete_conv)
      .infers(infer_conv);
}

}  // namespace backplane::ops
