#include "ops/legacy_broadcast.hpp"

#include <fmt/format.h>

#include <numeric>

#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

// Every size is 1: such a tensor stretches to any shape, wherever it stands.
bool has_one_element(const bp_tensor_type_t& type) {
  for (uint16_t axis = 0; axis < type.rank; ++axis)
    if (type.shape[axis] != 1) return false;
  return true;
}

// Axes of size 1 behind the second input's own, so that those begin at `axis` of the first.
Status align(Rewrite& rewrite, int64_t axis) {
  const bp_tensor_type_t* const a = rewrite.input_type(0);
  const bp_tensor_type_t* const b = rewrite.input_type(1);
  if (a == nullptr || b == nullptr)
    return rewrite.needs_known("broadcasting from an axis needs the inputs' ranks");
  const int64_t start = axis < 0 ? axis + a->rank : axis;
  const int64_t behind = a->rank - start - b->rank;
  if (has_one_element(*b) || behind == 0) return {};
  if (start < 0 || behind < 0)
    return invalid_argument(
        fmt::format("{} does not fit into {} from axis {} on", to_text(*b), to_text(*a), axis));
  std::vector<int64_t> axes(static_cast<size_t>(behind));
  std::iota(axes.begin(), axes.end(), b->rank);
  rewrite.before(1, make_operator("Unsqueeze", {}), "aligned", make_int64_constant(axes));
  return {};
}

}  // namespace

void add_legacy_broadcast(Definition& definition) {
  definition.attribute("axis", BP_ATTRIBUTE_INT, Presence::kOptional, before(7))
      .flag("broadcast", false, before(7));
}

Status upgrade_legacy_broadcast(Rewrite& rewrite) {
  const bool broadcasts = rewrite.take_int("broadcast") != 0;
  const std::optional<Attribute> axis = rewrite.take("axis");
  if (!broadcasts || !axis.has_value()) return {};
  return align(rewrite, axis->ints.front());
}

}  // namespace backplane::ops
