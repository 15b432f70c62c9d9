// Reductions over axes known when the plan is made: sums as products with ones, maxima as pools.
#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

// One flag an axis of input 0, set for those that are reduced.
Result<std::vector<bool>> folded_axes(const Decomposition& parts) {
  const Inference& node = parts.node();
  std::vector<int64_t> axes = node.integers("axes");
  const bool are_given = node.has_input(1) && node.input(1).shape[0] != 0;
  if (are_given) {
    Result<std::vector<int64_t>> values = node.values(1);
    if (!values.ok()) return parts.refuse("not with axes known only at launch");
    axes = values.take();
  }
  if (!axes.empty()) return node.axes(axes, node.rank(0));
  return std::vector<bool>(node.rank(0), node.integer("noop_with_empty_axes") == 0);
}

// A vector of ones as long as a row is a constant.
constexpr int64_t kMostInRow = int64_t{1} << 24;

Result<Rows> rows_to_reduce(Decomposition& parts, const std::string& value) {
  Status status = not_empty(parts);
  if (!status.ok()) return status;
  const Result<std::vector<bool>> folded = folded_axes(parts);
  if (!folded.ok()) return folded.status();
  Rows rows = rows_of(parts, value, parts.node().shape(0), *folded);
  if (rows.length > kMostInRow) return parts.refuse("not of so many elements in a row");
  return rows;
}

Status reduce_sum_of(Decomposition& parts, const std::string& value) {
  const Result<Rows> rows = rows_to_reduce(parts, value);
  if (rows.ok()) give_reshaped(parts, sum_of(parts, *rows));
  return rows.status();
}

Status reduce_sum(Decomposition& parts) { return reduce_sum_of(parts, parts.input(0)); }

Status reduce_l1(Decomposition& parts) {
  const std::string size = magnitude(parts, parts.input(0));
  const bool has_nan = contains(kFloat, dtype_of(parts));
  return reduce_sum_of(parts, has_nan ? keep_nan(parts, size, parts.input(0)) : size);
}

std::string squares(Decomposition& parts) {
  return parts.add("Mul", {parts.input(0), parts.input(0)});
}

Status reduce_sum_square(Decomposition& parts) {
  Status status = only(parts, kReal | kWide);
  return status.ok() ? reduce_sum_of(parts, squares(parts)) : status;
}

Status reduce_l2(Decomposition& parts) {
  Status status = only(parts, kReal);
  if (!status.ok()) return status;
  const Result<Rows> rows = rows_to_reduce(parts, squares(parts));
  if (rows.ok()) give_reshaped(parts, parts.add("Sqrt", {sum_of(parts, *rows)}));
  return rows.status();
}

// The largest of each row, whose elements lie side by side in an image of one row of pixels.
std::string largest(Decomposition& parts, const Rows& rows) {
  const std::string image = parts.reshape(rows.value, {1, rows.rows, 1, rows.length});
  return parts.add("MaxPool", {image}, {ints_attribute("kernel_shape", {1, rows.length})});
}

Status reduce_max(Decomposition& parts) {
  Status status = only(parts, kPooled);
  if (!status.ok()) return status;
  const Result<Rows> rows = rows_to_reduce(parts, parts.input(0));
  if (rows.ok()) give_reshaped(parts, largest(parts, *rows));
  return rows.status();
}

Status reduce_min(Decomposition& parts) {
  Status status = only(parts, kPooled);
  if (!status.ok()) return status;
  const Result<Rows> rows = rows_to_reduce(parts, mirrored(parts, parts.input(0)));
  if (rows.ok()) give_reshaped(parts, mirrored(parts, largest(parts, *rows)));
  return rows.status();
}

Status global_max_pool(Decomposition& parts) {
  Status status = not_empty(parts);
  if (!status.ok()) return status;
  const Shape shape = parts.node().shape(0);
  const std::vector<int64_t> kernel(shape.begin() + 2, shape.end());
  parts.give(0, parts.add("MaxPool", {parts.input(0)}, {ints_attribute("kernel_shape", kernel)}));
  return {};
}

}  // namespace

void decompose_reduction(Definitions& definitions) {
  definitions.at("ReduceSum").decomposes(reduce_sum);
  definitions.at("ReduceL1").decomposes(reduce_l1);
  definitions.at("ReduceL2").decomposes(reduce_l2);
  definitions.at("ReduceSumSquare").decomposes(reduce_sum_square);
  definitions.at("ReduceMax").decomposes(reduce_max);
  definitions.at("ReduceMin").decomposes(reduce_min);
  definitions.at("GlobalMaxPool").decomposes(global_max_pool);
}

}  // namespace backplane::ops
