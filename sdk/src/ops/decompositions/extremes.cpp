// Max and Min of several tensors as MaxPool, which compares without rounding; Clip as Max and Min.
#include "ops/decompositions/shared.hpp"

namespace backplane::ops {
namespace {

std::string largest(Decomposition& parts, bool is_mirrored) {
  const Shape shape = shape_of(parts.output_type(0));
  const int64_t count = static_cast<int64_t>(*element_count(parts.output_type(0)));
  std::vector<std::string> rows;
  for (uint32_t i = 0; i < parts.node().input_count(); ++i) {
    const std::string own = is_mirrored ? mirrored(parts, parts.input(i)) : parts.input(i);
    rows.push_back(
        parts.reshape(stretched(parts, own, parts.node().shape(i), shape), {1, 1, 1, count}));
  }
  const auto height = static_cast<int64_t>(rows.size());
  const std::string image = parts.add("Concat", rows, {int_attribute("axis", 2)});
  const std::string pool =
      parts.add("MaxPool", {image}, {ints_attribute("kernel_shape", {height, 1})});
  return parts.reshape(is_mirrored ? mirrored(parts, pool) : pool, shape);
}

// Of two, NaN or the other is what comes of a NaN, so that one must not become any number; of more
// it is open.
Status extreme(Decomposition& parts, bool is_least) {
  Status status = only(parts, kPooled);
  const Result<uint64_t> count = element_count(parts.output_type(0));
  if (status.ok() && (!count.ok() || *count == 0)) status = parts.refuse("not of no elements");
  if (!status.ok()) return status;
  if (parts.node().input_count() == 1) {
    parts.give(0, parts.input(0));
    return {};
  }
  std::string value = largest(parts, is_least);
  if (contains(kFloat, dtype_of(parts)) && parts.node().input_count() == 2)
    for (uint32_t i = 0; i < 2; ++i) value = keep_nan(parts, value, parts.input(i));
  parts.give(0, value);
  return {};
}

Status max(Decomposition& parts) { return extreme(parts, false); }
Status min(Decomposition& parts) { return extreme(parts, true); }

// One bound, which may be a vector of one element: a tensor of rank 0 must stay one.
std::string bounded(Decomposition& parts, const char* op, const std::string& value,
                    uint32_t bound) {
  if (!parts.node().has_input(bound)) return value;
  const std::string limit =
      parts.node().rank(bound) == 0 ? parts.input(bound) : parts.reshape(parts.input(bound), {});
  return parts.add(op, {value, limit});
}

// Where the bounds cross, the upper one holds.
Status clip(Decomposition& parts) {
  parts.give(0, bounded(parts, "Min", bounded(parts, "Max", parts.input(0), 1), 2));
  return {};
}

}  // namespace

void decompose_extremes(Definitions& definitions) {
  definitions.at("Max").decomposes(max);
  definitions.at("Min").decomposes(min);
  definitions.at("Clip").decomposes(clip);
}

}  // namespace backplane::ops
