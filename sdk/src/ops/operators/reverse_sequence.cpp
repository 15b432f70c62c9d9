// ReverseSequence: the first elements of every sequence of a batch, in the opposite order.
#include <fmt/format.h>

#include "ops/inference.hpp"

namespace backplane::ops {
namespace {

// One of the two is 0 and the other 1.
Status check_axes(const Inference& node) {
  const int64_t batch = node.integer("batch_axis");
  const int64_t time = node.integer("time_axis");
  if ((batch == 0 && time == 1) || (batch == 1 && time == 0)) return {};
  return invalid_argument(
      fmt::format("batch_axis {} and time_axis {}, wanted 0 and 1 or 1 and 0", batch, time));
}

Status infer_reverse_sequence(Inference& node) {
  Status status = check_axes(node);
  if (!status.ok()) return status;
  if (node.rank(0) < 2) return invalid_argument("the input has no batch and time");
  const Result<int64_t> count = node.length(1);
  if (!count.ok()) return count.status();
  const Shape shape = node.shape(0);
  const int64_t batch = shape[static_cast<size_t>(node.integer("batch_axis"))];
  if (*count >= 0 && !same_size(batch, *count).ok())
    return invalid_argument(fmt::format("{} lengths for a batch of {}", *count, batch));
  return node.set_shape(0, shape);
}

}  // namespace

void define_reverse_sequence(Definitions& definitions) {
  definitions.add("ReverseSequence", {10})
      .input("input", 'T', kIeee | kInteger | kBool)
      .input("sequence_lens", 0, kInt64)
      .output("Y", 'T')
      .attribute(int_attribute("batch_axis", 1))
      .attribute(int_attribute("time_axis", 0))
      .infers(infer_reverse_sequence);
}

}  // namespace backplane::ops
