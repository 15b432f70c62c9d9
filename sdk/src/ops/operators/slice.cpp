// Slice and Pad: a tensor loses elements at its ends, or gains some.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ops/inference.hpp"
#include "ops/rewrite.hpp"
#include "ops/scalar.hpp"

namespace backplane::ops {
namespace {

enum SliceInput : uint32_t { kData, kStarts, kEnds, kAxes, kSteps };

// How many of `size` elements lie from `start` on, before `end`, each `step` further.
int64_t sliced_size(int64_t size, int64_t start, int64_t end, int64_t step) {
  const bool is_forward = step > 0;
  if (start < 0) start += size;
  if (end < 0) end += size;
  start = std::clamp<int64_t>(start, 0, is_forward ? size : std::max<int64_t>(size - 1, 0));
  end = is_forward ? std::clamp<int64_t>(end, 0, size) : std::clamp<int64_t>(end, -1, size - 1);
  const int64_t span = is_forward ? end - start : start - end;
  if (size == 0 || span <= 0) return 0;
  const uint64_t stride = is_forward ? static_cast<uint64_t>(step) : -static_cast<uint64_t>(step);
  return static_cast<int64_t>((static_cast<uint64_t>(span) - 1) / stride + 1);
}

// All of an axis, whatever its size: "to the end" is written as the largest or smallest number.
bool is_whole(int64_t start, int64_t end, int64_t step) {
  return (step == 1 && start == 0 && end == INT64_MAX) ||
         (step == -1 && start == -1 && end == INT64_MIN);
}

struct Cut {
  std::optional<std::vector<int64_t>> starts, ends, axes, steps;  // nothing: not known
  std::optional<size_t> count;
};

// The numbers of an input, nothing when it is no constant.
Status read_numbers(const Inference& node, uint32_t input, Cut& cut,
                    std::optional<std::vector<int64_t>>& out) {
  if (!node.has_input(input)) return {};
  const Result<int64_t> length = node.length(input);
  if (!length.ok()) return length.status();
  const auto found = static_cast<size_t>(*length);
  if (*length >= 0 && cut.count.value_or(found) != found)
    return invalid_argument(
        fmt::format("input {} has {} elements, the others have {}", input, found, *cut.count));
  if (*length >= 0) cut.count = found;
  if (!node.is_constant(input)) return {};
  Result<std::vector<int64_t>> numbers = node.values(input);
  if (numbers.ok()) out = numbers.take();
  return numbers.status();
}

Result<Cut> read_cut(const Inference& node) {
  Cut cut;
  std::optional<std::vector<int64_t>>* const lists[] = {&cut.starts, &cut.ends, &cut.axes,
                                                        &cut.steps};
  for (uint32_t input = kStarts; input <= kSteps; ++input) {
    Status status = read_numbers(node, input, cut, *lists[input - kStarts]);
    if (!status.ok()) return status;
  }
  if (!cut.count.has_value()) return cut;
  if (*cut.count > node.rank(kData))
    return invalid_argument(
        fmt::format("{} axes are cut of {}", *cut.count, to_text(node.input(kData))));
  if (!node.has_input(kSteps)) cut.steps.emplace(*cut.count, 1);
  if (!node.has_input(kAxes)) {
    cut.axes.emplace();
    for (size_t axis = 0; axis < *cut.count; ++axis)
      cut.axes->push_back(static_cast<int64_t>(axis));
  }
  return cut;
}

int64_t size_after(const Cut& cut, size_t index, int64_t size) {
  if (!cut.starts.has_value() || !cut.ends.has_value() || !cut.steps.has_value()) return kUnknown;
  const int64_t start = (*cut.starts)[index];
  const int64_t end = (*cut.ends)[index];
  const int64_t step = (*cut.steps)[index];
  if (is_unknown(size)) return is_whole(start, end, step) ? size : kUnknown;
  return sliced_size(size, start, end, step);
}

Status infer_slice(Inference& node) {
  const Result<Cut> cut = read_cut(node);
  if (!cut.ok()) return cut.status();
  Shape shape = node.shape(kData);
  if (cut->steps.has_value() &&
      std::find(cut->steps->begin(), cut->steps->end(), 0) != cut->steps->end())
    return invalid_argument("a step of 0");
  if (!cut->axes.has_value()) return node.set_shape(0, Shape(shape.size(), kUnknown));
  const Result<std::vector<bool>> checked = node.axes(*cut->axes, shape.size());
  if (!checked.ok()) return checked.status();
  for (size_t i = 0; i < cut->axes->size(); ++i) {
    int64_t& size = shape[*node.axis((*cut->axes)[i], shape.size())];
    size = size_after(*cut, i, size);
  }
  return node.set_shape(0, shape);
}

Status upgrade_slice(Rewrite& rewrite) {
  rewrite.to_input("starts", kStarts);
  rewrite.to_input("ends", kEnds);
  rewrite.to_input("axes", kAxes);
  return {};
}

Status check_mode(const std::string& mode) {
  if (mode == "constant" || mode == "reflect" || mode == "edge") return {};
  return invalid_argument(fmt::format("mode \"{}\" is none of constant, reflect, edge", mode));
}

Result<int64_t> padded_size(int64_t size, int64_t begin, int64_t end) {
  const Checked more = Checked(begin) + end;
  if (is_unknown(size)) return !more.overflowed && more.value == 0 ? size : kUnknown;
  const Result<int64_t> result = size_from(Checked(size) + begin + end);
  if (!result.ok() || *result >= 0) return result;
  return invalid_argument(
      fmt::format("size {} with padding {} and {} is negative", size, begin, end));
}

// One padded axis; what is mirrored or repeated must be there.
Result<int64_t> padded_axis(const Inference& node, size_t axis, int64_t begin, int64_t end) {
  const int64_t size = node.input(0).shape[axis];
  if (size == 0 && (begin > 0 || end > 0) && node.text("mode") != "constant")
    return invalid_argument(
        fmt::format("axis {} is empty, mode {} needs an element", axis, node.text("mode")));
  Result<int64_t> result = padded_size(size, begin, end);
  if (result.ok()) return result;
  return result.status().in(fmt::format("axis {}", axis));
}

Status infer_pad(Inference& node) {
  for (const Status& status : {check_mode(node.text("mode")), node.check_scalar(2)})
    if (!status.ok()) return status;
  const Result<int64_t> length = node.length(1);
  if (!length.ok()) return length.status();
  const size_t rank = node.rank(0);
  if (!same_size(*length, static_cast<int64_t>(2 * rank)).ok())
    return invalid_argument(fmt::format("{} pads for rank {}, wanted {}", *length, rank, 2 * rank));
  if (!node.is_constant(1)) return node.set_shape(0, Shape(rank, kUnknown));
  const Result<std::vector<int64_t>> pads = node.values(1);
  if (!pads.ok()) return pads.status();
  Shape shape;
  for (size_t axis = 0; axis < rank; ++axis) {
    const Result<int64_t> size = padded_axis(node, axis, (*pads)[axis], (*pads)[axis + rank]);
    if (!size.ok()) return size.status();
    shape.push_back(*size);
  }
  return node.set_shape(0, shape);
}

// Before version 11 pads and value were attributes; a value of 0 is what an absent input means.
Status upgrade_pad(Rewrite& rewrite) {
  rewrite.to_input(rewrite.version() < 2 ? "paddings" : "pads", 1);
  const float value = rewrite.take("value")->floats.front();
  if (value == 0.0f) return {};
  const bp_tensor_type_t* const type = rewrite.input_type(0);
  if (type == nullptr) return rewrite.needs_known("the value takes the type of the input");
  const ConstantPtr constant = make_scalar(type->dtype, value);
  if (constant == nullptr) return invalid_argument("no value for " + to_text(*type));
  rewrite.set_input(2, "value", constant);
  return {};
}

}  // namespace

void define_slice(Definitions& definitions) {
  definitions.add("Slice", {1, 10, 11, 13})
      .input("data", 'T', kAny)
      .input("starts", 'I', kIndex, Presence::kRequired, from(10))
      .input("ends", 'I', kIndex, Presence::kRequired, from(10))
      .input("axes", 'I', kIndex, Presence::kOptional, from(10))
      .input("steps", 'I', kIndex, Presence::kOptional, from(10))
      .output("output", 'T')
      .attribute("starts", BP_ATTRIBUTE_INTS, Presence::kRequired, before(10))
      .attribute("ends", BP_ATTRIBUTE_INTS, Presence::kRequired, before(10))
      .attribute("axes", BP_ATTRIBUTE_INTS, Presence::kOptional, before(10))
      .form_since(10, upgrade_slice)
      .infers(infer_slice);
  definitions.add("Pad", {1, 2, 11, 13})
      .input("data", 'T', kAny)
      .input("pads", 0, kInt64, Presence::kRequired, from(11))
      .input("constant_value", 'T', kAny, Presence::kOptional, from(11))
      .output("output", 'T')
      .attribute(string_attribute("mode", "constant"))
      .attribute("paddings", BP_ATTRIBUTE_INTS, Presence::kRequired, before(2))
      .attribute("pads", BP_ATTRIBUTE_INTS, Presence::kRequired, Versions{2, 11})
      .attribute(float_attribute("value", 0.0f), before(11))
      .changed_in(18)
      .form_since(11, upgrade_pad)
      .infers(infer_pad);
}

}  // namespace backplane::ops
