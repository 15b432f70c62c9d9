// Transpose, Expand, Tile, Gather: elements are copied to other places.
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.hpp"
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Status infer_transpose(Inference& node) {
  const Shape shape = node.shape(0);
  if (!node.has_attribute("perm")) return node.set_shape(0, {shape.rbegin(), shape.rend()});
  const std::vector<int64_t> order = node.integers("perm");
  std::vector<bool> seen(shape.size());
  Shape result;
  bool is_order = order.size() == shape.size();
  for (size_t i = 0; is_order && i < order.size(); ++i) {
    const auto axis = static_cast<size_t>(order[i]);
    is_order = axis < shape.size() && !seen[axis];
    if (!is_order) break;
    seen[axis] = true;
    result.push_back(shape[axis]);
  }
  if (is_order) return node.set_shape(0, result);
  return invalid_argument(
      fmt::format("perm {} is no order of {} axes", list_text(order), shape.size()));
}

// By its definition the order is reversed when nothing is said.
Status complete_transpose(Draft& draft, const Values& values) {
  const bp_tensor_type_t* const type = values.type ? values.type(draft.inputs[0]) : nullptr;
  if (type == nullptr || draft.op.attribute("perm") != nullptr) return {};
  std::vector<int64_t> order;
  for (int64_t axis = type->rank; axis > 0; --axis) order.push_back(axis - 1);
  draft.op.attributes.push_back(ints_attribute("perm", order));
  return {};
}

Status check_sizes(const Shape& sizes) {
  const auto negative = std::find_if(sizes.begin(), sizes.end(), is_unknown);
  if (negative == sizes.end()) return {};
  return invalid_argument(fmt::format("a size of {}", *negative));
}

// The sizes in input 1: its value, or as many unknown ones as it has elements.
Result<Shape> sizes_in(const Inference& node) {
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  if (!node.is_constant(1) && *length >= 0 && *length <= BP_MAX_RANK)
    return Shape(static_cast<size_t>(*length), kUnknown);
  const Result<std::vector<int64_t>> sizes = node.values(1);
  if (!sizes.ok()) return sizes.status();
  Status status = check_sizes(*sizes);
  return status.ok() ? Result<Shape>(*sizes) : status;
}

Status infer_expand(Inference& node) {
  const Result<Shape> sizes = sizes_in(node);
  if (!sizes.ok()) return sizes.status();
  const Result<Shape> shape = broadcast({node.shape(0), *sizes});
  return shape.ok() ? node.set_shape(0, *shape) : shape.status();
}

Status infer_tile(Inference& node) {
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  Shape shape = node.shape(0);
  if (!same_size(*length, static_cast<int64_t>(shape.size())).ok())
    return invalid_argument(fmt::format("{} repeats for rank {}", *length, shape.size()));
  if (!node.is_constant(1)) return node.set_shape(0, Shape(shape.size(), kUnknown));
  const Result<std::vector<int64_t>> repeats = node.values(1);
  if (!repeats.ok()) return repeats.status();
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const int64_t repeat = (*repeats)[axis];
    if (repeat < 0) return invalid_argument(fmt::format("{} repeats of axis {}", repeat, axis));
    const Result<int64_t> size = product_of({shape[axis], repeat});
    if (!size.ok()) return size.status();
    shape[axis] = *size;
  }
  return node.set_shape(0, shape);
}

Status upgrade_tile(Rewrite& rewrite) {
  return rewrite.refuse("axis and repeats are inputs of the data's type");
}

// The axis is replaced by the axes of the indices.
Status infer_gather(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  Shape shape = node.shape(0);
  const Shape indices = node.shape(1);
  const auto place = shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  shape.insert(place, indices.begin(), indices.end());
  return node.set_shape(0, shape);
}

}  // namespace

void define_movement(Definitions& definitions) {
  definitions.add("Transpose", {1, 13})
      .input("data", 'T', kAny)
      .output("transposed", 'T')
      .attribute("perm", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .widened_in(21)
      .completes(complete_transpose)
      .infers(infer_transpose);
  definitions.add("Expand", {8, 13})
      .input("input", 'T', kAny)
      .input("shape", 0, kInt64)
      .output("output", 'T')
      .infers(infer_expand);
  definitions.add("Tile", {1, 6, 13})
      .input("input", 'T', kAny)
      .input("tiles", 0, kIeee, Presence::kRequired, before(6))
      .input("axis", 0, kIeee, Presence::kRequired, before(6))
      .input("repeats", 0, kInt64, Presence::kRequired, from(6))
      .output("output", 'T')
      .form_since(6, upgrade_tile)
      .infers(infer_tile);
  definitions.add("Gather", {1, 11, 13})
      .input("data", 'T', kAny)
      .input("indices", 0, kIndex)
      .output("output", 'T')
      .attribute(int_attribute("axis", 0))
      .infers(infer_gather);
}

}  // namespace backplane::ops
