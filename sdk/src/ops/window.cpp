#include "ops/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/table.hpp"

namespace backplane::ops {
namespace {

Result<std::vector<int64_t>> list_of(const Inference& node, const char* name, size_t length,
                                     int64_t standard, int64_t least) {
  if (!node.has_attribute(name)) return std::vector<int64_t>(length, standard);
  std::vector<int64_t> values = node.integers(name);
  if (values.size() != length)
    return invalid_argument(
        fmt::format("{} has {} values, wanted {}", name, values.size(), length));
  for (const int64_t value : values)
    if (value < least)
      return invalid_argument(
          fmt::format("{} has {}, at least {} is possible", name, value, least));
  return values;
}

Status check_auto_pad(const Window& window) {
  if (!is_auto_pad(window.auto_pad))
    return invalid_argument(fmt::format(
        "auto_pad \"{}\" is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID", window.auto_pad));
  const bool has_pads =
      std::any_of(window.pads.begin(), window.pads.end(), [](int64_t pad) { return pad != 0; });
  if (has_pads && window.auto_pad != "NOTSET")
    return invalid_argument(
        fmt::format("pads and auto_pad {} exclude each other", window.auto_pad));
  return {};
}

int64_t divide_up(int64_t dividend, int64_t divisor) {
  return dividend / divisor + (dividend % divisor != 0 ? 1 : 0);
}

// How many elements the window spans along `axis`.
Checked reach(const Window& window, size_t axis) {
  return Checked(window.dilations[axis]) * (Checked(window.kernel[axis]) - 1) + 1;
}

}  // namespace

bool is_auto_pad(const std::string& auto_pad) {
  return auto_pad == "NOTSET" || auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER" ||
         auto_pad == "VALID";
}

Result<Window> read_window(const Inference& node, std::vector<int64_t> kernel) {
  const size_t rank = kernel.size();
  Result<std::vector<int64_t>> strides = list_of(node, "strides", rank, 1, 1);
  if (!strides.ok()) return strides.status();
  Result<std::vector<int64_t>> dilations = list_of(node, "dilations", rank, 1, 1);
  if (!dilations.ok()) return dilations.status();
  Result<std::vector<int64_t>> pads = list_of(node, "pads", 2 * rank, 0, 0);
  if (!pads.ok()) return pads.status();
  if (std::find(kernel.begin(), kernel.end(), 0) != kernel.end())
    return invalid_argument("a window of size 0");
  Window window = {std::move(kernel), strides.take(),        dilations.take(),
                   pads.take(),       node.text("auto_pad"), node.integer("ceil_mode") != 0};
  Status status = check_auto_pad(window);
  return status.ok() ? Result<Window>(std::move(window)) : status;
}

Result<int64_t> places(const Window& window, size_t axis, int64_t size) {
  const int64_t stride = window.strides[axis];
  const bool is_same = window.auto_pad == "SAME_UPPER" || window.auto_pad == "SAME_LOWER";
  if (is_same) {
    if (is_unknown(size)) return stride == 1 ? size : kUnknown;
    return divide_up(size, stride);
  }
  if (is_unknown(window.kernel[axis])) return kUnknown;

  const Checked reached = reach(window, axis);
  const Checked padding = Checked(window.pads[axis]) + window.pads[axis + window.kernel.size()];
  const Result<int64_t> around = size_from(padding - reached);
  if (!around.ok()) return around.status();
  if (is_unknown(size)) return stride == 1 && *around == -1 ? size : kUnknown;

  const Result<int64_t> steps = size_from(Checked(size) + *around);
  if (!steps.ok()) return steps.status();
  if (*steps < 0)
    return invalid_argument(
        fmt::format("a window that spans {} does not fit into size {} with padding {} (spatial "
                    "axis {})",
                    reached.value, size, padding.value, axis));
  const bool rounds_up = window.rounds_up && window.auto_pad != "VALID";
  return size_from(Checked(rounds_up ? divide_up(*steps, stride) : *steps / stride) + 1);
}

Result<Shape> places(const Window& window, const Shape& sizes) {
  Shape result;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    const Result<int64_t> count = places(window, axis, sizes[axis]);
    if (!count.ok()) return count.status();
    result.push_back(*count);
  }
  return result;
}

Result<std::vector<int64_t>> kernel_of_filters(const Inference& node, uint32_t filters) {
  const Shape weight = node.shape(filters);
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

void complete_window(Operator& op, size_t spatial_rank, bool has_dilations) {
  const auto add = [&](const char* name, size_t length, int64_t value) {
    if (op.attribute(name) == nullptr)
      op.attributes.push_back(ints_attribute(name, std::vector<int64_t>(length, value)));
  };
  if (has_dilations) add("dilations", spatial_rank, 1);
  add("pads", 2 * spatial_rank, 0);
  add("strides", spatial_rank, 1);
}

Status complete_filters(Draft& draft, const Values& values, uint32_t filters) {
  const bp_tensor_type_t* const weight = values.type ? values.type(draft.inputs[filters]) : nullptr;
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

}  // namespace backplane::ops
