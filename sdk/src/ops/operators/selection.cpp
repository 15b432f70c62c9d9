// Operators that keep some of many, how many nobody knows before: NonMaxSuppression, Unique.
#include <fmt/format.h>

#include <algorithm>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

enum SuppressionInput : uint32_t { kBoxes, kScores, kMostBoxes, kOverlap, kLeastScore };
enum UniqueOutput : uint32_t { kUnique, kFirst, kInverse, kCounts };

Status check_boxes(const Inference& node) {
  const Shape boxes = node.shape(kBoxes);
  const Shape scores = node.shape(kScores);
  if (boxes.size() != 3 || (!is_unknown(boxes[2]) && boxes[2] != 4))
    return invalid_argument("no batches of boxes: " + to_text(node.input(kBoxes)));
  if (scores.size() != 3)
    return invalid_argument("no batches of classes of scores: " + to_text(node.input(kScores)));
  if (const Result<int64_t> batches = same_size(boxes[0], scores[0]); !batches.ok())
    return batches.status().in("batches of boxes and scores");
  const Result<int64_t> count = same_size(boxes[1], scores[2]);
  return count.ok() ? Status() : count.status().in("boxes and scores");
}

// Rows of batch, class and box.
Status infer_non_max_suppression(Inference& node) {
  Status status = check_boxes(node);
  for (const uint32_t scalar : {kMostBoxes, kOverlap, kLeastScore})
    if (status.ok()) status = node.check_scalar(scalar);
  return status.ok() ? node.set_shape(0, {kUnknown, 3}) : status;
}

// As many boxes of each class as are asked for, which is none where nobody asks, and as there are.
Status bound_non_max_suppression(Inference& node) {
  const Shape scores = node.shape(kScores);
  int64_t most = scores[2];
  if (!node.has_input(kMostBoxes)) most = 0;
  if (const Result<std::vector<int64_t>> asked = node.values(kMostBoxes); asked.ok())
    most = std::min(most, std::max<int64_t>(asked->front(), 0));
  const Result<int64_t> rows = product_of({scores[0], scores[1], most});
  return rows.ok() ? node.set_shape(0, {*rows, 3}) : rows.status();
}

Status infer_unique(Inference& node) {
  Shape kept = {kUnknown};
  Result<int64_t> places = product_of(node.shape(0));
  if (node.has_attribute("axis")) {
    const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
    if (!axis.ok()) return axis.status();
    kept = node.shape(0);
    places = kept[*axis];
    kept[*axis] = kUnknown;
  }
  if (!places.ok()) return places.status();
  Status status = node.set_shape(kUnique, kept);
  if (status.ok()) status = node.set_shape(kFirst, {kUnknown});
  if (status.ok()) status = node.set_shape(kInverse, {*places});
  if (status.ok()) status = node.set_shape(kCounts, {kUnknown});
  return status;
}

// Nothing comes twice.
Status bound_unique(Inference& node) {
  Shape kept = node.shape(0);
  if (!node.has_attribute("axis")) {
    const Result<int64_t> places = product_of(kept);
    if (!places.ok()) return places.status();
    kept = {*places};
  }
  const Result<size_t> axis =
      node.has_attribute("axis") ? node.axis(node.integer("axis"), node.rank(0)) : size_t{0};
  if (!axis.ok()) return axis.status();
  Status status = node.set_shape(kUnique, kept);
  if (status.ok()) status = node.set_shape(kFirst, {kept[*axis]});
  if (status.ok()) status = node.set_shape(kCounts, {kept[*axis]});
  return status;
}

}  // namespace

void define_selection(Definitions& definitions) {
  constexpr Dtypes kFloat32 = set_of({BP_DTYPE_FLOAT32});
  definitions.add("NonMaxSuppression", {10, 11})
      .input("boxes", 0, kFloat32)
      .input("scores", 0, kFloat32)
      .input("max_output_boxes_per_class", 0, kInt64, Presence::kOptional)
      .input("iou_threshold", 0, kFloat32, Presence::kOptional)
      .input("score_threshold", 0, kFloat32, Presence::kOptional)
      .output("selected_indices", 0, kInt64)
      .flag("center_point_box", false)
      .infers(infer_non_max_suppression)
      .bounds(bound_non_max_suppression);
  definitions.add("Unique", {11})
      .input("X", 'T', kIeee | kInteger | kBool)
      .output("Y", 'T')
      .output("indices", 0, kInt64, Presence::kOptional)
      .output("inverse_indices", 0, kInt64, Presence::kOptional)
      .output("counts", 0, kInt64, Presence::kOptional)
      .attribute("axis", BP_ATTRIBUTE_INT, Presence::kOptional)
      .flag("sorted", true)
      .infers(infer_unique)
      .bounds(bound_unique);
}

}  // namespace backplane::ops
