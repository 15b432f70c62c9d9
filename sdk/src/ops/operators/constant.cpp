// Operators whose output hangs on no element of an input: Constant, ConstantOfShape, Shape, Size.
#include <fmt/format.h>

#include <algorithm>

#include "ops/check.hpp"
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Status infer_constant(Inference& node) {
  const bp_constant_t* const value = node.tensor("value");
  if (value == nullptr) return invalid_argument("attribute value is missing");
  for (const char* other :
       {"value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"})
    if (node.has_attribute(other))
      return invalid_argument(fmt::format("attribute {} beside value", other));
  const bp_tensor_type_t& type = value->type;
  if (!contains(kAny, type.dtype)) return node.refuse(kNoSchema, "a value of " + to_text(type));
  node.set_dtype(0, type.dtype);
  return node.set_shape(0, shape_of(type));
}

ConstantPtr tensor_of(const Attribute& attribute) {
  const auto shape = [](size_t count, bool is_list) {
    return is_list ? Shape{static_cast<int64_t>(count)} : Shape{};
  };
  const bool is_list = attribute.kind >= BP_ATTRIBUTE_FLOATS;
  if (attribute.kind == BP_ATTRIBUTE_FLOAT || attribute.kind == BP_ATTRIBUTE_FLOATS)
    return make_constant(tensor_type(BP_DTYPE_FLOAT32, shape(attribute.floats.size(), is_list)),
                         attribute.floats.data());
  return make_constant(tensor_type(BP_DTYPE_INT64, shape(attribute.ints.size(), is_list)),
                       attribute.ints.data());
}

// The value comes in one of several attributes; the newest form here always says `value`.
Status complete_constant(Draft& draft, const Values& /*values*/) {
  std::vector<Attribute>& all = draft.op.attributes;
  if (all.size() != 1)
    return invalid_argument(fmt::format("{} attributes say the value, wanted one", all.size()));
  const Attribute said = all.front();
  if (said.kind == BP_ATTRIBUTE_STRING || said.kind == BP_ATTRIBUTE_STRINGS)
    return refusal(kString, draft.op.op, fmt::format("attribute {}", said.name));
  if (said.kind != BP_ATTRIBUTE_TENSOR) all = {tensor_attribute("value", tensor_of(said))};
  return {};
}

void add_constant(Definitions& definitions) {
  Definition& definition = definitions.add("Constant", {1, 9, 11, 12, 13});
  definition.output("output", 0)
      .attribute("value", BP_ATTRIBUTE_TENSOR, Presence::kRequired, before(11))
      .attribute("value", BP_ATTRIBUTE_TENSOR, Presence::kOptional, from(11))
      .attribute("value_float", BP_ATTRIBUTE_FLOAT, Presence::kOptional, from(12))
      .attribute("value_floats", BP_ATTRIBUTE_FLOATS, Presence::kOptional, from(12))
      .attribute("value_int", BP_ATTRIBUTE_INT, Presence::kOptional, from(12))
      .attribute("value_ints", BP_ATTRIBUTE_INTS, Presence::kOptional, from(12))
      .attribute("value_string", BP_ATTRIBUTE_STRING, Presence::kOptional, from(12))
      .attribute("value_strings", BP_ATTRIBUTE_STRINGS, Presence::kOptional, from(12));
  definition.widened_in(19).completes(complete_constant).infers(infer_constant);
}

ConstantPtr zero() {
  constexpr float kZero = 0.0f;
  return make_constant(tensor_type(BP_DTYPE_FLOAT32, {1}), &kZero);
}

Status set_filled_dtype(Inference& node) {
  const bp_constant_t* const value = node.tensor("value");
  if (value == nullptr) {
    node.set_dtype(0, BP_DTYPE_FLOAT32);
    return {};
  }
  const Result<uint64_t> count = element_count(value->type);
  if (!count.ok()) return count.status();
  if (*count != 1)
    return invalid_argument(fmt::format("attribute value has {} elements, wanted one", *count));
  if (!contains(kIeee | kInteger | kBool, value->type.dtype))
    return node.refuse(kNoSchema, "a value of " + to_text(value->type));
  node.set_dtype(0, value->type.dtype);
  return {};
}

Status infer_constant_of_shape(Inference& node) {
  Status status = set_filled_dtype(node);
  if (!status.ok()) return status;
  const Result<int64_t> length = node.length(0);
  if (!length.ok()) return length.status();
  if (!node.is_constant(0) && *length >= 0 && *length <= BP_MAX_RANK)
    return node.set_shape(0, Shape(static_cast<size_t>(*length), kUnknown));
  const Result<std::vector<int64_t>> sizes = node.values(0);
  if (!sizes.ok()) return sizes.status();
  const auto negative = std::find_if(sizes->begin(), sizes->end(), is_unknown);
  if (negative != sizes->end()) return invalid_argument(fmt::format("a size of {}", *negative));
  return node.set_shape(0, *sizes);
}

// `start` and `end` are axes; outside the rank they mean its nearest end.
Status infer_shape(Inference& node) {
  const auto rank = static_cast<int64_t>(node.rank(0));
  const auto clamped = [rank](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t start = clamped(node.integer("start"));
  const int64_t end = node.has_attribute("end") ? clamped(node.integer("end")) : rank;
  return node.set_shape(0, {std::max<int64_t>(end - start, 0)});
}

Status infer_size(Inference& node) { return node.set_shape(0, {}); }

}  // namespace

void define_constant(Definitions& definitions) {
  add_constant(definitions);
  definitions.add("ConstantOfShape", {9})
      .input("input", 0, kInt64)
      .output("output", 0)
      .attribute(tensor_attribute("value", zero()))
      .widened_in(20)
      .infers(infer_constant_of_shape);
  definitions.add("Shape", {1, 13, 15})
      .input("data", 0, kAny)
      .output("shape", 0, kInt64)
      .attribute("end", BP_ATTRIBUTE_INT, Presence::kOptional, from(15))
      .attribute(int_attribute("start", 0), from(15))
      .widened_in(19)
      .infers(infer_shape);
  definitions.add("Size", {1, 13})
      .input("data", 0, kAny)
      .output("size", 0, kInt64)
      .widened_in(19)
      .infers(infer_size);
}

}  // namespace backplane::ops
