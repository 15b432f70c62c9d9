// Concat and Split.
#include <fmt/format.h>

#include <numeric>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

// The common size of an axis that is not joined.
Result<int64_t> common_size(const Inference& node, size_t axis) {
  int64_t size = node.input(0).shape[axis];
  for (uint32_t i = 1; i < node.input_count(); ++i) {
    const Result<int64_t> merged = same_size(size, node.input(i).shape[axis]);
    if (!merged.ok())
      return invalid_argument(fmt::format("axis {} of {} and {} differs (inputs 0 and {})", axis,
                                          to_text(node.input(0)), to_text(node.input(i)), i));
    size = *merged;
  }
  return size;
}

Result<int64_t> joined_size(const Inference& node, size_t axis) {
  Shape sizes;
  for (uint32_t i = 0; i < node.input_count(); ++i) sizes.push_back(node.input(i).shape[axis]);
  return sum_of(sizes);
}

Status infer_concat(Inference& node) {
  const Result<size_t> joined = node.axis(node.integer("axis"), node.rank(0));
  if (!joined.ok()) return joined.status();
  for (uint32_t i = 1; i < node.input_count(); ++i)
    if (node.rank(i) != node.rank(0))
      return invalid_argument(
          fmt::format("ranks {} and {} of inputs 0 and {} differ", node.rank(0), node.rank(i), i));
  Shape shape;
  for (size_t axis = 0; axis < node.rank(0); ++axis) {
    const Result<int64_t> size =
        axis == *joined ? joined_size(node, axis) : common_size(node, axis);
    if (!size.ok()) return size.status();
    shape.push_back(*size);
  }
  return node.set_shape(0, shape);
}

Result<Shape> equal_parts(int64_t size, size_t count) {
  if (count == 1 || is_unknown(size)) return Shape(count, count == 1 ? size : kUnknown);
  const auto parts = static_cast<int64_t>(count);
  if (size % parts != 0)
    return invalid_argument(
        fmt::format("size {} does not divide into {} equal parts", size, parts));
  return Shape(count, size / parts);
}

Status check_lengths(const Shape& lengths, int64_t size, size_t count) {
  if (lengths.size() != count)
    return invalid_argument(fmt::format("{} lengths for {} outputs", lengths.size(), count));
  for (const int64_t length : lengths)
    if (length < 0) return invalid_argument(fmt::format("a length of {}", length));
  const Result<int64_t> sum = sum_of(lengths);
  if (!sum.ok()) return sum.status();
  if (same_size(*sum, size).ok()) return {};
  return invalid_argument(
      fmt::format("lengths {} are {} in all, the axis has {}", list_text(lengths), *sum, size));
}

Result<Shape> parts_of(const Inference& node, int64_t size) {
  const size_t count = node.output_count();
  if (!node.has_input(1)) return equal_parts(size, count);
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  if (!node.is_constant(1)) return Shape(count, kUnknown);
  const Result<std::vector<int64_t>> lengths = node.values(1);
  if (!lengths.ok()) return lengths.status();
  Status status = check_lengths(*lengths, size, count);
  return status.ok() ? Result<Shape>(*lengths) : status;
}

Status infer_split(Inference& node) {
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  Shape shape = node.shape(0);
  const Result<Shape> parts = parts_of(node, shape[*axis]);
  if (!parts.ok()) return parts.status().in(fmt::format("axis {}", *axis));
  for (uint32_t i = 0; i < node.output_count(); ++i) {
    shape[*axis] = (*parts)[i];
    Status status = node.set_shape(i, shape);
    if (!status.ok()) return status;
  }
  return {};
}

// In version 1 lengths could also come as an input of the data's type, and nothing said which axis
// is meant when none is given.
Status upgrade_split(Rewrite& rewrite) {
  if (rewrite.node().op.attribute("axis") == nullptr)
    return rewrite.refuse("without the attribute axis nothing says the axis");
  if (rewrite.node().inputs.size() > 1 && !rewrite.node().inputs[1].empty())
    return rewrite.refuse("the lengths are an input of the data's type");
  rewrite.to_input("split", 1);
  return {};
}

}  // namespace

void define_concat(Definitions& definitions) {
  definitions.add("Concat", {1, 4, 11, 13})
      .input("inputs", 'T', kAny, Presence::kVariadic)
      .output("concat_result", 'T')
      .attribute(int_attribute("axis", 1), before(4))
      .attribute("axis", BP_ATTRIBUTE_INT, Presence::kRequired, from(4))
      .infers(infer_concat);
  definitions.add("Split", {1, 2, 11, 13})
      .input("input", 'T', kAny)
      .input("split", 0, kFloat, Presence::kOptional, before(2))
      .input("split", 0, kInt64, Presence::kOptional, from(13))
      .output("outputs", 'T', 0, Presence::kVariadic)
      .attribute("axis", BP_ATTRIBUTE_INT, Presence::kOptional, before(2))
      .attribute(int_attribute("axis", 0), from(2))
      .attribute("split", BP_ATTRIBUTE_INTS, Presence::kOptional, before(13))
      .changed_in(18)
      .form_since(13, upgrade_split)
      .infers(infer_split);
}

}  // namespace backplane::ops
