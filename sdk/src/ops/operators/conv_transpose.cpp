// ConvTranspose: the window's places are the input's elements, and what it spans is the output.
#include <fmt/format.h>

#include <algorithm>

#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

Status check_operands(const Inference& node) {
  if (node.rank(0) <= kSpatial || node.rank(1) != node.rank(0))
    return invalid_argument(fmt::format("X {} and W {} need a spatial axis and one rank",
                                        to_text(node.input(0)), to_text(node.input(1))));
  if (node.integer("group") < 1)
    return invalid_argument(fmt::format("group {}, at least 1 is possible", node.integer("group")));
  const Result<int64_t> channels = same_size(node.input(0).shape[1], node.input(1).shape[0]);
  if (!channels.ok()) return channels.status().in("channels of X and W");
  if (is_unknown(*channels) || *channels % node.integer("group") == 0) return {};
  return invalid_argument(
      fmt::format("{} channels do not divide into {} groups", *channels, node.integer("group")));
}

Result<int64_t> output_channels(const Inference& node) {
  const Result<int64_t> channels = product_of({node.input(1).shape[1], node.integer("group")});
  if (!channels.ok() || !node.has_input(2)) return channels;
  const Result<int64_t> bias = node.length(2);
  if (!bias.ok()) return bias;
  const Result<int64_t> same = same_size(*channels, *bias);
  return same.ok() ? same : same.status().in("output channels and bias");
}

Result<std::vector<int64_t>> output_padding(const Inference& node, const Window& window) {
  const size_t rank = window.kernel.size();
  if (!node.has_attribute("output_padding")) return std::vector<int64_t>(rank, 0);
  const std::vector<int64_t> more = node.integers("output_padding");
  bool fits = more.size() == rank;
  for (size_t axis = 0; fits && axis < rank; ++axis)
    fits = more[axis] >= 0 && more[axis] < std::max(window.strides[axis], window.dilations[axis]);
  if (fits) return more;
  return invalid_argument(
      fmt::format("output_padding {} is not below stride or dilation", list_text(more)));
}

// What the window covers from all places along one axis, less what is cut off.
Result<int64_t> covered(const Window& window, size_t axis, int64_t places, int64_t more) {
  if (is_unknown(places)) return kUnknown;
  if (window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER")
    return product_of({places, window.strides[axis]});
  if (is_unknown(window.kernel[axis])) return kUnknown;
  const Checked reach = (Checked(window.kernel[axis]) - 1) * window.dilations[axis] + 1;
  const Checked cut = Checked(window.pads[axis]) + window.pads[axis + window.kernel.size()];
  const Result<int64_t> size =
      size_from((Checked(places) - 1) * window.strides[axis] + reach + more - cut);
  if (!size.ok() || *size >= 0) return size;
  return invalid_argument(
      fmt::format("spatial axis {}: padding cuts more off than there is", axis));
}

Result<Shape> covered_sizes(const Inference& node, const Window& window) {
  const Shape image = node.shape(0);
  const size_t rank = window.kernel.size();
  if (node.has_attribute("output_shape")) {
    const Shape said = node.integers("output_shape");
    const bool fits = said.size() == rank &&
                      std::all_of(said.begin(), said.end(), [](int64_t size) { return size >= 1; });
    return fits ? Result<Shape>(said)
                : invalid_argument(
                      fmt::format("output_shape {} for {} spatial axes", list_text(said), rank));
  }
  const Result<std::vector<int64_t>> more = output_padding(node, window);
  if (!more.ok()) return more.status();
  Shape sizes;
  for (size_t axis = 0; axis < rank; ++axis) {
    const Result<int64_t> size = covered(window, axis, image[axis + kSpatial], (*more)[axis]);
    if (!size.ok()) return size.status();
    sizes.push_back(*size);
  }
  return sizes;
}

Status complete(Draft& draft, const Values& values) { return complete_filters(draft, values, 1); }

Status infer_conv_transpose(Inference& node) {
  Status status = check_operands(node);
  if (!status.ok()) return status;
  Result<std::vector<int64_t>> kernel = kernel_of_filters(node, 1);
  if (!kernel.ok()) return kernel.status();
  const Result<Window> window = read_window(node, kernel.take());
  if (!window.ok()) return window.status();
  const Result<int64_t> channels = output_channels(node);
  if (!channels.ok()) return channels.status();
  const Result<Shape> spatial = covered_sizes(node, *window);
  if (!spatial.ok()) return spatial.status();
  Shape shape = {node.input(0).shape[0], *channels};
  shape.insert(shape.end(), spatial->begin(), spatial->end());
  return node.set_shape(0, shape);
}

}  // namespace

void define_conv_transpose(Definitions& definitions) {
  definitions.add("ConvTranspose", {1, 11})
      .input("X", 'T', kIeee)
      .input("W", 'T', kIeee)
      .input("B", 'T', kIeee, Presence::kOptional)
      .output("Y", 'T')
      .attribute(string_attribute("auto_pad", "NOTSET"))
      .attribute("dilations", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute(int_attribute("group", 1))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("output_padding", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("output_shape", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .widened_in(22)
      .completes(complete)
      .infers(infer_conv_transpose);
}

}  // namespace backplane::ops
