// MaxPool, AveragePool, and the two that pool over all there is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/rewrite.hpp"
#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

Status check_is_image(const Inference& node) {
  if (node.rank(0) > kSpatial) return {};
  return invalid_argument(fmt::format(
      "input 0 (X) needs a batch, channels and a spatial axis, found {}", to_text(node.input(0))));
}

Status check_kernel(const std::vector<int64_t>& kernel, size_t spatial_rank) {
  if (kernel.size() != spatial_rank)
    return invalid_argument(fmt::format("kernel_shape has {} values, the input {} spatial axes",
                                        kernel.size(), spatial_rank));
  for (const int64_t size : kernel)
    if (size < 1)
      return invalid_argument(fmt::format("kernel_shape has {}, at least 1 is possible", size));
  return {};
}

Status infer_pool(Inference& node) {
  Status status = check_is_image(node);
  if (!status.ok()) return status;
  const std::vector<int64_t> kernel = node.integers("kernel_shape");
  status = check_kernel(kernel, node.rank(0) - kSpatial);
  if (!status.ok()) return status;
  const Result<Window> window = read_window(node, kernel);
  if (!window.ok()) return window.status();
  const Shape image = node.shape(0);
  const Result<Shape> spatial = places(*window, Shape(image.begin() + kSpatial, image.end()));
  if (!spatial.ok()) return spatial.status();
  Shape shape = {image[0], image[1]};
  shape.insert(shape.end(), spatial->begin(), spatial->end());
  for (uint32_t i = 0; status.ok() && i < node.output_count(); ++i)
    status = node.set_shape(i, shape);  // MaxPool's indices have the shape of its maxima
  return status;
}

Status infer_global_pool(Inference& node) {
  Status status = check_is_image(node);
  if (!status.ok()) return status;
  Shape shape = node.shape(0);
  std::fill(shape.begin() + kSpatial, shape.end(), 1);
  return node.set_shape(0, shape);
}

// In version 1 the power was a number with a fraction, and nothing said what a missing kernel is.
Status upgrade_power(Rewrite& rewrite) {
  const float power = rewrite.take("p")->floats.front();
  if (power != std::floor(power) || std::abs(power) > 1e6f)
    return rewrite.refuse(fmt::format("p = {} is no integer", power));
  rewrite.node().op.attributes.push_back(int_attribute("p", static_cast<int64_t>(power)));
  return {};
}

Status complete_max_pool(Draft& draft, const Values& /*values*/) {
  complete_window(draft.op, draft.op.attribute("kernel_shape")->ints.size(), true);
  return {};
}

Status complete_average_pool(Draft& draft, const Values& /*values*/) {
  const Attribute* const kernel = draft.op.attribute("kernel_shape");
  if (kernel != nullptr) complete_window(draft.op, kernel->ints.size(), false);
  return {};
}

}  // namespace

void define_pool(Definitions& definitions) {
  definitions.add("MaxPool", {1, 8, 10, 11, 12})
      .input("X", 'T', kIeee | set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8}))
      .output("Y", 'T')
      .output("Indices", 0, kInt64, Presence::kOptional, from(8))
      .attribute(string_attribute("auto_pad", "NOTSET"))
      .flag("ceil_mode", false, from(10))
      .attribute("dilations", BP_ATTRIBUTE_INTS, Presence::kOptional, from(10))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kRequired)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .flag("storage_order", false, from(8))
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .changed_in(22)
      .completes(complete_max_pool)
      .infers(infer_pool);
  definitions.add("AveragePool", {1, 7, 10, 11})
      .input("X", 'T', kIeee)
      .output("Y", 'T')
      .attribute(string_attribute("auto_pad", "NOTSET"))
      .flag("ceil_mode", false, from(10))
      .flag("count_include_pad", false, from(7))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kRequired)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .changed_in(19)
      .completes(complete_average_pool)
      .infers(infer_pool);
  definitions.add("LpPool", {1, 2, 11})
      .input("X", 'T', kIeee)
      .output("Y", 'T')
      .attribute(string_attribute("auto_pad", "NOTSET"))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kOptional, before(2))
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kRequired, from(2))
      .attribute(float_attribute("p", 2.0f), before(2))
      .attribute(int_attribute("p", 2), from(2))
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .changed_in(18)
      .form_since(2, upgrade_power)
      .completes(complete_average_pool)
      .infers(infer_pool);
  definitions.add("GlobalLpPool", {1, 2})
      .input("X", 'T', kIeee)
      .output("Y", 'T')
      .attribute(float_attribute("p", 2.0f), before(2))
      .attribute(int_attribute("p", 2), from(2))
      .widened_in(22)
      .form_since(2, upgrade_power)
      .infers(infer_global_pool);
  for (const char* op : {"GlobalAveragePool", "GlobalMaxPool"})
    definitions.add(op, {1})
        .input("X", 'T', kIeee)
        .output("Y", 'T')
        .widened_in(22)
        .infers(infer_global_pool);
}

}  // namespace backplane::ops
