// Squeeze and Unsqueeze: axes of size 1 go and come.
#include <fmt/format.h>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

// Without axes, every axis of size 1 goes.
Result<std::vector<bool>> all_ones(const Shape& shape) {
  std::vector<bool> chosen;
  for (const int64_t size : shape) {
    if (is_unknown(size))
      return Status(BP_STATUS_NOT_READY,
                    "without axes the rank hangs on a size not yet known in " + to_text(shape));
    chosen.push_back(size == 1);
  }
  return chosen;
}

Result<std::vector<bool>> squeezed_axes(const Inference& node) {
  if (!node.has_input(1)) return all_ones(node.shape(0));
  const Result<std::vector<int64_t>> said = node.values(1);
  if (!said.ok()) return said.status();
  return node.axes(*said, node.rank(0));
}

// When only the number of axes is known, the rank is known and no size.
Status set_rank_alone(Inference& node, int64_t rank) {
  if (rank < 0) return invalid_argument("more axes than the input has");
  return node.set_shape(0, Shape(static_cast<size_t>(rank), kUnknown));
}

bool knows_only_count(const Inference& node, int64_t count) {
  return node.has_input(1) && !node.is_constant(1) && count >= 0 && count <= BP_MAX_RANK;
}

Status infer_squeeze(Inference& node) {
  const Result<int64_t> count = node.has_input(1) ? node.length(1) : int64_t{0};
  if (!count.ok()) return count.status();
  const Shape shape = node.shape(0);
  if (knows_only_count(node, *count))
    return set_rank_alone(node, static_cast<int64_t>(shape.size()) - *count);
  const Result<std::vector<bool>> goes = squeezed_axes(node);
  if (!goes.ok()) return goes.status();
  Shape result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!(*goes)[axis]) result.push_back(shape[axis]);
    if ((*goes)[axis] && shape[axis] != 1 && !is_unknown(shape[axis]))
      return invalid_argument(
          fmt::format("axis {} of {} is not of size 1", axis, to_text(node.input(0))));
  }
  return node.set_shape(0, result);
}

Status infer_unsqueeze(Inference& node) {
  const Result<int64_t> count = node.length(1);
  if (!count.ok()) return count.status();
  const Shape shape = node.shape(0);
  if (knows_only_count(node, *count))
    return set_rank_alone(node, static_cast<int64_t>(shape.size()) + *count);
  const Result<std::vector<int64_t>> said = node.values(1);
  if (!said.ok()) return said.status();
  const size_t rank = shape.size() + said->size();
  if (rank > BP_MAX_RANK) return node.set_shape(0, Shape(rank, 1));  // refused there, in words
  const Result<std::vector<bool>> comes = node.axes(*said, rank);
  if (!comes.ok()) return comes.status();
  Shape result;
  auto next = shape.begin();
  for (size_t axis = 0; axis < rank; ++axis) result.push_back((*comes)[axis] ? 1 : *next++);
  return node.set_shape(0, result);
}

Status upgrade_axes(Rewrite& rewrite) {
  rewrite.to_input("axes", 1);
  return {};
}

}  // namespace

void define_squeeze(Definitions& definitions) {
  definitions.add("Squeeze", {1, 11, 13})
      .input("data", 'T', kAny)
      .input("axes", 0, kInt64, Presence::kOptional, from(13))
      .output("squeezed", 'T')
      .attribute("axes", BP_ATTRIBUTE_INTS, Presence::kOptional, before(13))
      .widened_in(21)
      .form_since(13, upgrade_axes)
      .infers(infer_squeeze);
  definitions.add("Unsqueeze", {1, 11, 13})
      .input("data", 'T', kAny)
      .input("axes", 0, kInt64, Presence::kRequired, from(13))
      .output("expanded", 'T')
      .attribute("axes", BP_ATTRIBUTE_INTS, Presence::kRequired, before(13))
      .widened_in(21)
      .form_since(13, upgrade_axes)
      .infers(infer_unsqueeze);
}

}  // namespace backplane::ops
