#include "ops/inference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ops/broadcast.hpp"
#include "ops/check.hpp"

namespace backplane::ops {
namespace {

constexpr bp_tensor_type_t kAbsent = {};
constexpr uint64_t kMostNumbers = 1u << 16;  // no definition reads more from one input

// The dtype that the output has whatever infer says: its group's, or the only one possible.
bp_dtype_t declared_dtype(const Parameter& output, const std::vector<const Parameter*>& inputs,
                          const bp_node_t& node) {
  for (uint32_t i = 0; output.group != 0 && i < node.input_count; ++i) {
    const Parameter& input = *inputs[std::min<size_t>(i, inputs.size() - 1)];
    if (input.group == output.group && !is_absent(node.inputs[i])) return node.inputs[i].dtype;
  }
  for (bp_dtype_t dtype = 1; dtype < 32; ++dtype)
    if (output.types == set_of({dtype})) return dtype;
  return 0;
}

}  // namespace

Inference::Inference(const bp_node_t& node, const Definition& definition)
    : node_(node), definition_(definition), outputs_(node.output_count) {
  const auto inputs = definition.inputs_of(definition.newest());
  const auto outputs = definition.outputs_of(definition.newest());
  for (size_t i = 0; i < outputs_.size(); ++i)
    outputs_[i].dtype = declared_dtype(*outputs[std::min(i, outputs.size() - 1)], inputs, node);
}

bool Inference::has_input(uint32_t index) const { return !is_absent(input(index)); }

const bp_tensor_type_t& Inference::input(uint32_t index) const {
  return index < node_.input_count ? node_.inputs[index] : kAbsent;
}

const bp_attribute_t* Inference::attribute(const char* name) const {
  for (uint32_t i = 0; i < node_.attribute_count; ++i)
    if (std::strcmp(node_.attributes[i].name, name) == 0) return &node_.attributes[i];
  return nullptr;
}

const Attribute* Inference::fallback(const char* name) const {
  const AttributeDefinition* const found = definition_.find_attribute(name, definition_.newest());
  return found != nullptr && found->presence == Presence::kDefault ? &found->value : nullptr;
}

bool Inference::has_attribute(const char* name) const {
  return attribute(name) != nullptr || fallback(name) != nullptr;
}

int64_t Inference::integer(const char* name) const {
  const std::vector<int64_t> all = integers(name);
  return all.empty() ? 0 : all.front();
}

float Inference::number(const char* name) const {
  if (const bp_attribute_t* const found = attribute(name))
    return *static_cast<const float*>(found->data);
  const Attribute* const standard = fallback(name);
  return standard != nullptr ? standard->floats.front() : 0.0f;
}

std::vector<int64_t> Inference::integers(const char* name) const {
  if (const bp_attribute_t* const found = attribute(name)) {
    const auto* const values = static_cast<const int64_t*>(found->data);
    return {values, values + found->count};
  }
  const Attribute* const standard = fallback(name);
  return standard != nullptr ? standard->ints : std::vector<int64_t>();
}

std::string Inference::text(const char* name) const {
  if (const bp_attribute_t* const found = attribute(name)) {
    const auto* const value = static_cast<const bp_string_t*>(found->data);
    return value->size == 0 ? std::string() : std::string(value->data, value->size);
  }
  const Attribute* const standard = fallback(name);
  return standard != nullptr ? standard->strings.front() : std::string();
}

const bp_constant_t* Inference::tensor(const char* name) const {
  const bp_attribute_t* const found = attribute(name);
  return found != nullptr ? static_cast<const bp_constant_t*>(found->data) : nullptr;
}

Result<int64_t> Inference::length(uint32_t index) const {
  if (is_constant(index) && constant(index)->type.rank == 1) return constant(index)->type.shape[0];
  if (rank(index) == 1) return input(index).shape[0];
  return invalid_argument(
      fmt::format("input {} must be a vector, found {}", index, to_text(input(index))));
}

const bp_constant_t* Inference::constant(uint32_t index) const {
  if (index >= node_.input_count || node_.constants == nullptr) return nullptr;
  const bp_constant_t* const constant = node_.constants[index];
  if (constant == nullptr) return nullptr;
  const bool is_empty = constant->type.rank == 1 && constant->type.shape[0] == 0;
  return constant->data != nullptr || is_empty ? constant : nullptr;
}

Result<std::vector<int64_t>> Inference::values(uint32_t index) const {
  if (!is_constant(index))
    return Status(BP_STATUS_NOT_READY,
                  fmt::format("the output's rank hangs on input {}, which is no constant", index));
  const bp_constant_t& found = *constant(index);
  const Result<uint64_t> count = element_count(found.type);
  if (count.ok() && *count > kMostNumbers)
    return invalid_argument(fmt::format("input {} has {} numbers", index, *count));
  return integers_of(found);
}

Result<size_t> Inference::axis(int64_t axis, size_t rank) const {
  const auto end = static_cast<int64_t>(rank);
  if (axis >= -end && axis < end) return static_cast<size_t>(axis < 0 ? axis + end : axis);
  if (rank == 0) return invalid_argument("a scalar has no axes");
  return invalid_argument(fmt::format("axis {} is outside [{}, {}]", axis, -end, end - 1));
}

Result<std::vector<bool>> Inference::axes(const std::vector<int64_t>& axes, size_t rank) const {
  std::vector<bool> chosen(rank);
  for (const int64_t each : axes) {
    const Result<size_t> index = axis(each, rank);
    if (!index.ok()) return index.status();
    if (chosen[*index]) return invalid_argument(fmt::format("axis {} is listed twice", *index));
    chosen[*index] = true;
  }
  return chosen;
}

Status Inference::check_scalar(uint32_t index) const {
  const bp_tensor_type_t& type = input(index);
  if (is_absent(type) || type.rank == 0) return {};
  if (type.rank == 1 && (type.shape[0] == 1 || is_unknown(type.shape[0]))) return {};
  return invalid_argument(fmt::format("input {} must be a scalar, found {}", index, to_text(type)));
}

Result<int64_t> Inference::count(uint32_t index) const {
  Status status = check_scalar(index);
  if (!status.ok()) return status;
  if (!is_constant(index)) return kUnknown;
  const Result<std::vector<int64_t>> numbers = values(index);
  if (!numbers.ok()) return numbers.status();
  if (numbers->front() > 0) return numbers->front();
  const std::string& name = definition_.inputs_of(definition_.newest())[index]->name;
  return invalid_argument(fmt::format("{} is {}, at least 1 is possible", name, numbers->front()));
}

bool Inference::wants_output(uint32_t index) const {
  return index < node_.output_count && node_.outputs != nullptr && !is_absent(node_.outputs[index]);
}

Status Inference::set_shape(uint32_t index, const Shape& shape) {
  if (shape.size() > BP_MAX_RANK)
    return refuse(kNoSchema, fmt::format("output {} has rank {}, at most {} is possible", index,
                                         shape.size(), BP_MAX_RANK));
  if (index < outputs_.size()) outputs_[index] = tensor_type(outputs_[index].dtype, shape);
  return {};
}

void Inference::set_dtype(uint32_t index, bp_dtype_t dtype) {
  if (index < outputs_.size()) outputs_[index].dtype = dtype;
}

Status Inference::refuse(const char* word, const std::string& text) const {
  return refusal(word, definition_.op, text);
}

Status infer_same_shape(Inference& node) {
  for (uint32_t i = 0; i < node.output_count(); ++i) {
    Status status = node.set_shape(i, node.shape(0));
    if (!status.ok()) return status;
  }
  return {};
}

Status infer_broadcast(Inference& node) {
  std::vector<Shape> shapes;
  for (uint32_t i = 0; i < node.input_count(); ++i) shapes.push_back(node.shape(i));
  const Result<Shape> shape = broadcast(shapes);
  return shape.ok() ? node.set_shape(0, *shape) : shape.status();
}

}  // namespace backplane::ops
