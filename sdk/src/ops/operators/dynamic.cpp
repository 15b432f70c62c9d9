// Operators whose sizes hang on what their inputs hold: Range, NonZero, Compress.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/inference.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

// Exact: a double holds every int16, and the others are read as they are.
int64_t integer_in(const bp_constant_t& constant) {
  if (constant.type.dtype == BP_DTYPE_INT16) return static_cast<int64_t>(first_number(constant));
  return integers_of(constant)->front();
}

// The formula of the definition: ceil((limit - start) / delta), at least 0.
Result<int64_t> real_count(double start, double limit, double delta) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: every integer below is a double
  const double count = std::ceil((limit - start) / delta);
  if (count < kMost) return static_cast<int64_t>(std::max(count, 0.0));
  return invalid_argument(
      fmt::format("no number of elements from {} to {} by {}", start, limit, delta));
}

Result<int64_t> integer_count(int64_t start, int64_t limit, int64_t delta) {
  if (delta == 0) return invalid_argument("a step of 0");
  const Checked span = Checked(limit) - start;
  if (span.overflowed) return size_from(span);
  if (span.value == 0 || (span.value > 0) != (delta > 0)) return int64_t{0};
  if (delta == -1) return size_from(Checked(0) - span);
  return span.value / delta + (span.value % delta != 0 ? 1 : 0);
}

Result<int64_t> range_count(const bp_constant_t& start, const bp_constant_t& limit,
                            const bp_constant_t& delta) {
  if (contains(kInteger, start.type.dtype))
    return integer_count(integer_in(start), integer_in(limit), integer_in(delta));
  return real_count(first_number(start), first_number(limit), first_number(delta));
}

Status infer_range(Inference& node) {
  for (uint32_t i = 0; i < 3; ++i) {
    Status status = node.check_scalar(i);
    if (!status.ok()) return status;
  }
  if (!node.is_constant(0) || !node.is_constant(1) || !node.is_constant(2))
    return node.set_shape(0, {kUnknown});
  const Result<int64_t> count =
      range_count(*node.constant(0), *node.constant(1), *node.constant(2));
  return count.ok() ? node.set_shape(0, {*count}) : count.status();
}

Status infer_non_zero(Inference& node) {
  return node.set_shape(0, {static_cast<int64_t>(node.rank(0)), kUnknown});
}

Status bound_non_zero(Inference& node) {
  const Result<uint64_t> count = element_count(node.input(0));
  if (!count.ok()) return count.status();
  return node.set_shape(0, {static_cast<int64_t>(node.rank(0)), static_cast<int64_t>(*count)});
}

Status infer_compress(Inference& node) {
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  if (node.rank(0) == 0) return invalid_argument("a scalar has no axes");
  if (!node.has_attribute("axis")) return node.set_shape(0, {kUnknown});
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  Shape shape = node.shape(0);
  shape[*axis] = kUnknown;
  return node.set_shape(0, shape);
}

// As many as there are to choose from, and as conditions say something of.
Status bound_compress(Inference& node) {
  const Result<int64_t> conditions = node.length(1);
  if (!conditions.ok()) return conditions.status();
  if (!node.has_attribute("axis")) {
    const Result<uint64_t> count = element_count(node.input(0));
    if (!count.ok()) return count.status();
    return node.set_shape(0, {std::min(static_cast<int64_t>(*count), *conditions)});
  }
  const Result<size_t> axis = node.axis(node.integer("axis"), node.rank(0));
  if (!axis.ok()) return axis.status();
  Shape shape = node.shape(0);
  shape[*axis] = std::min(shape[*axis], *conditions);
  return node.set_shape(0, shape);
}

}  // namespace

void define_dynamic(Definitions& definitions) {
  constexpr Dtypes kSteps =
      set_of({BP_DTYPE_FLOAT32, BP_DTYPE_FLOAT64, BP_DTYPE_INT16, BP_DTYPE_INT32, BP_DTYPE_INT64});
  definitions.add("Range", {11})
      .input("start", 'T', kSteps)
      .input("limit", 'T', kSteps)
      .input("delta", 'T', kSteps)
      .output("output", 'T')
      .infers(infer_range);
  definitions.add("NonZero", {9, 13})
      .input("X", 0, kAny)
      .output("Y", 0, kInt64)
      .infers(infer_non_zero)
      .bounds(bound_non_zero);
  definitions.add("Compress", {9, 11})
      .input("input", 'T', kIeee | kInteger | kBool)
      .input("condition", 0, kBool)
      .output("output", 'T')
      .attribute("axis", BP_ATTRIBUTE_INT, Presence::kOptional)
      .infers(infer_compress)
      .bounds(bound_compress);
}

}  // namespace backplane::ops
