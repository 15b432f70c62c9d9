// MaxUnpool: what MaxPool left goes back to where its indices say that it was; the rest is 0.
#include <fmt/format.h>

#include "ops/table.hpp"
#include "ops/window.hpp"

namespace backplane::ops {
namespace {

enum MaxUnpoolInput : uint32_t { kPooled, kIndices, kOutputShape };

Result<std::vector<int64_t>> list_of(const Inference& node, const char* name, size_t length,
                                     int64_t standard, int64_t least) {
  if (!node.has_attribute(name)) return std::vector<int64_t>(length, standard);
  const std::vector<int64_t> values = node.integers(name);
  bool fits = values.size() == length;
  for (const int64_t value : values) fits = fits && value >= least;
  if (fits) return values;
  return invalid_argument(fmt::format("{} {} for {} spatial axes, from {} on", name,
                                      list_text(values), node.rank(kPooled) - kSpatial, least));
}

Status check_indices(const Inference& node) {
  if (node.rank(kPooled) <= kSpatial)
    return invalid_argument("no spatial axis in " + to_text(node.input(kPooled)));
  bool fits = node.rank(kIndices) == node.rank(kPooled);
  for (size_t axis = 0; fits && axis < node.rank(kPooled); ++axis)
    fits = same_size(node.shape(kIndices)[axis], node.shape(kPooled)[axis]).ok();
  if (fits) return {};
  return invalid_argument(fmt::format("indices {} for {}", to_text(node.input(kIndices)),
                                      to_text(node.input(kPooled))));
}

// What the windows of the pool spanned.
Result<Shape> spanned(const Inference& node) {
  Shape shape = node.shape(kPooled);
  const size_t rank = shape.size() - kSpatial;
  const Result<std::vector<int64_t>> kernel = list_of(node, "kernel_shape", rank, 1, 1);
  if (!kernel.ok()) return kernel.status();
  const Result<std::vector<int64_t>> strides = list_of(node, "strides", rank, 1, 1);
  if (!strides.ok()) return strides.status();
  const Result<std::vector<int64_t>> pads = list_of(node, "pads", 2 * rank, 0, 0);
  if (!pads.ok()) return pads.status();
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t& size = shape[axis + kSpatial];
    if (is_unknown(size)) {
      size = kUnknown;
      continue;
    }
    const Result<int64_t> spans = size_from((Checked(size) - 1) * (*strides)[axis] +
                                            (*kernel)[axis] - (*pads)[axis] - (*pads)[axis + rank]);
    if (!spans.ok()) return spans.status();
    if (*spans < 0) return invalid_argument(fmt::format("spatial axis {} is only padding", axis));
    size = *spans;
  }
  return shape;
}

Result<Shape> told(const Inference& node) {
  const Result<int64_t> length = node.length(kOutputShape);
  if (!length.ok()) return length.status();
  const size_t rank = node.rank(kPooled);
  if (*length >= 0 && static_cast<size_t>(*length) != rank)
    return invalid_argument(fmt::format("output_shape of {} sizes for {} axes", *length, rank));
  if (!node.is_constant(kOutputShape)) return Shape(rank, kUnknown);
  const Result<std::vector<int64_t>> sizes = node.values(kOutputShape);
  if (!sizes.ok()) return sizes.status();
  for (const int64_t size : *sizes)
    if (size < 0) return invalid_argument(fmt::format("a size of {} in output_shape", size));
  return *sizes;
}

Status infer_max_unpool(Inference& node) {
  Status status = check_indices(node);
  if (!status.ok()) return status;
  Result<Shape> shape = spanned(node);
  if (shape.ok() && node.has_input(kOutputShape)) shape = told(node);
  return shape.ok() ? node.set_shape(0, *shape) : shape.status();
}

}  // namespace

void define_max_unpool(Definitions& definitions) {
  definitions.add("MaxUnpool", {9, 11})
      .input("X", 'T', kIeee)
      .input("I", 0, kInt64)
      .input("output_shape", 0, kInt64, Presence::kOptional)
      .output("output", 'T')
      .attribute("kernel_shape", BP_ATTRIBUTE_INTS, Presence::kRequired)
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .attribute("strides", BP_ATTRIBUTE_INTS, Presence::kOptional)
      .widened_in(22)
      .infers(infer_max_unpool);
}

}  // namespace backplane::ops
