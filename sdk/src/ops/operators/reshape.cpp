// Reshape and Flatten: the same elements in the same order under another shape.
#include <fmt/format.h>

#include <algorithm>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

constexpr int64_t kRest = -1;  // in Reshape's value: whatever is left

// Takes out of both lists what is the same unknown size in each.
void cancel_unknown(Shape& a, Shape& b) {
  for (size_t i = 0; i < a.size();) {
    const auto same = std::find(b.begin(), b.end(), a[i]);
    if (a[i] >= kUnknown || same == b.end()) {
      ++i;
      continue;
    }
    b.erase(same);
    a.erase(a.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// What -1 stands for: `all`, the input's sizes, divided by `others`, the output's other sizes.
Result<int64_t> rest_of(Shape all, Shape others) {
  cancel_unknown(all, others);
  const Result<int64_t> dividend = product_of(all);
  if (!dividend.ok()) return dividend;
  const Result<int64_t> divisor = product_of(others);
  if (!divisor.ok()) return divisor;
  if (*divisor == 0) return invalid_argument("-1 beside a size of 0 can be anything");
  if (*divisor == 1) return dividend;
  if (is_unknown(*dividend) || is_unknown(*divisor)) {
    // An only unknown size times n, divided by n.
    const auto unknown = std::find_if(all.begin(), all.end(), is_unknown);
    if (is_unknown(*divisor) || unknown == all.end()) return kUnknown;
    const int64_t size = *unknown;
    all.erase(unknown);
    const Result<int64_t> known = product_of(all);
    return known.ok() && *known == *divisor ? size : kUnknown;
  }
  if (*dividend % *divisor == 0) return *dividend / *divisor;
  return invalid_argument(
      fmt::format("{} elements do not divide by the {} of the other sizes", *dividend, *divisor));
}

// Zeros replaced by what they copy, everything checked but the number of elements.
Result<Shape> copied(const Shape& said, const Shape& input, bool allows_zero) {
  Shape result = said;
  for (size_t axis = 0; axis < said.size(); ++axis) {
    if (said[axis] < kRest) return invalid_argument(fmt::format("a size of {}", said[axis]));
    if (said[axis] != 0 || allows_zero) continue;
    if (axis >= input.size())
      return invalid_argument(
          fmt::format("0 copies axis {} of the input, which has rank {}", axis, input.size()));
    result[axis] = input[axis];
  }
  return result;
}

Status check_rests(const Shape& said, bool allows_zero) {
  const auto rests = std::count(said.begin(), said.end(), kRest);
  if (rests > 1) return invalid_argument(fmt::format("{} sizes are -1, one may be", rests));
  if (rests == 1 && allows_zero && std::find(said.begin(), said.end(), 0) != said.end())
    return invalid_argument("-1 and 0 exclude each other with allowzero");
  return {};
}

Status check_same_count(const Shape& input, const Shape& output) {
  const Result<int64_t> before = product_of(input);
  if (!before.ok()) return before.status();
  const Result<int64_t> after = product_of(output);
  if (!after.ok()) return after.status();
  if (same_size(*before, *after).ok()) return {};
  return invalid_argument(fmt::format("{} has {} elements, {} has {}", to_text(input), *before,
                                      to_text(output), *after));
}

Result<Shape> reshaped(const Shape& input, const Shape& said, bool allows_zero) {
  Status status = check_rests(said, allows_zero);
  if (!status.ok()) return status;
  Result<Shape> output = copied(said, input, allows_zero);
  if (!output.ok()) return output;
  const auto rest = std::find(said.begin(), said.end(), kRest);
  if (rest == said.end()) {
    Status same = check_same_count(input, *output);
    return same.ok() ? output : same;
  }
  // An axis that is copied without a number of its own cancels as well: give it one for now.
  Shape all = input;
  Shape others = *output;
  const auto place = rest - said.begin();
  for (size_t axis = 0; axis < std::min(all.size(), others.size()); ++axis)
    if (said[axis] == 0 && !allows_zero && all[axis] == kUnknown)
      all[axis] = others[axis] = INT64_MIN + static_cast<int64_t>(axis);
  others.erase(others.begin() + place);
  const Result<int64_t> size = rest_of(all, others);
  if (!size.ok()) return size.status();
  (*output)[static_cast<size_t>(place)] = *size;
  return output;
}

Status infer_reshape(Inference& node) {
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  if (!node.is_constant(1) && *length >= 0 && *length <= BP_MAX_RANK)
    return node.set_shape(0, Shape(static_cast<size_t>(*length), kUnknown));
  const Result<std::vector<int64_t>> said = node.values(1);
  if (!said.ok()) return said.status();
  const Result<Shape> shape = reshaped(node.shape(0), *said, node.integer("allowzero") != 0);
  return shape.ok() ? node.set_shape(0, *shape) : shape.status();
}

Status infer_flatten(Inference& node) {
  const Shape shape = node.shape(0);
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t said = node.integer("axis");
  if (said < -rank || said > rank)
    return invalid_argument(fmt::format("axis {} is outside [{}, {}]", said, -rank, rank));
  const auto middle = shape.begin() + (said < 0 ? said + rank : said);
  const Result<int64_t> rows = product_of(Shape(shape.begin(), middle));
  if (!rows.ok()) return rows.status();
  const Result<int64_t> columns = product_of(Shape(middle, shape.end()));
  if (!columns.ok()) return columns.status();
  return node.set_shape(0, {*rows, *columns});
}

Status upgrade_reshape(Rewrite& rewrite) {
  if (rewrite.node().op.attribute("shape") == nullptr)
    return rewrite.refuse("without the attribute shape nothing says the shape");
  rewrite.to_input("shape", 1);
  return {};
}

}  // namespace

void define_reshape(Definitions& definitions) {
  definitions.add("Reshape", {1, 5, 13, 14})
      .input("data", 'T', kAny)
      .input("shape", 0, kInt64, Presence::kRequired, from(5))
      .output("reshaped", 'T')
      .flag("allowzero", false, from(14))
      .attribute("shape", BP_ATTRIBUTE_INTS, Presence::kOptional, before(5))
      .attribute("consumed_inputs", BP_ATTRIBUTE_INTS, Presence::kDead, before(5))
      .widened_in(19)
      .form_since(5, upgrade_reshape)
      .infers(infer_reshape);
  definitions.add("Flatten", {1, 9, 11, 13})
      .input("input", 'T', kAny)
      .output("output", 'T')
      .attribute(int_attribute("axis", 1))
      .widened_in(21)
      .infers(infer_flatten);
}

}  // namespace backplane::ops
