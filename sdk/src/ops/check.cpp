#include "ops/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace backplane::ops {
namespace {

using Parameters = std::vector<const Parameter*>;

const Parameter& at(const Parameters& parameters, size_t index) {
  return *parameters[std::min(index, parameters.size() - 1)];  // the last one may be variadic
}

bool is_variadic(const Parameters& parameters) {
  return !parameters.empty() && parameters.back()->presence == Presence::kVariadic;
}

Status check_count(const Parameters& parameters, size_t count, const char* what) {
  if (count > parameters.size() && !is_variadic(parameters))
    return invalid_argument(
        fmt::format("{} {}s, at most {} are possible", count, what, parameters.size()));
  for (size_t i = count; i < parameters.size(); ++i)
    if (parameters[i]->presence != Presence::kOptional)
      return invalid_argument(fmt::format("{} {} is missing", what, parameters[i]->name));
  return {};
}

Status check_presence(const Parameters& parameters, size_t count,
                      const std::function<bool(size_t)>& is_present) {
  for (size_t i = 0; i < count; ++i)
    if (at(parameters, i).presence != Presence::kOptional && !is_present(i))
      return invalid_argument(
          fmt::format("input {} ({}) must not be absent", i, at(parameters, i).name));
  return {};
}

const char* kind_name(bp_attribute_kind_t kind) {
  constexpr const char* kNames[] = {"undefined", "a float", "an integer", "a string", "a tensor",
                                    "a graph",   "floats",  "integers",   "strings"};
  return kind < std::size(kNames) ? kNames[kind] : "of an unknown kind";
}

bool is_list(bp_attribute_kind_t kind) { return kind >= BP_ATTRIBUTE_FLOATS; }

// `integers` are its values when it is of that kind, else nullptr.
Status check_value(const AttributeDefinition& definition, bp_attribute_kind_t found, size_t count,
                   const int64_t* integers) {
  const Attribute& wanted = definition.value;
  if (found != wanted.kind)
    return invalid_argument(fmt::format("attribute {} is {}, wanted {}", wanted.name,
                                        kind_name(found), kind_name(wanted.kind)));
  if (!is_list(found) && count != 1)
    return invalid_argument(
        fmt::format("attribute {} has {} values, wanted one", wanted.name, count));
  if (definition.is_flag && integers != nullptr && *integers != 0 && *integers != 1)
    return invalid_argument(
        fmt::format("attribute {} is {}, wanted 0 or 1", wanted.name, *integers));
  return {};
}

size_t value_count(const Attribute& attribute) {
  switch (attribute.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      return attribute.floats.size();
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      return attribute.ints.size();
    case BP_ATTRIBUTE_TENSOR:
      return attribute.tensor != nullptr ? 1 : 0;
    default:
      return attribute.strings.size();
  }
}

Status check_attribute(const Definition& definition, const char* name, bp_attribute_kind_t kind,
                       size_t count, const int64_t* integers, uint32_t opset) {
  const AttributeDefinition* const known = definition.find_attribute(name, opset);
  if (known == nullptr)
    return invalid_argument(fmt::format("there is no attribute {} in opset {}", name, opset));
  return check_value(*known, kind, count, integers);
}

Status check_required(const Definition& definition, uint32_t opset,
                      const std::function<bool(const std::string&)>& has) {
  for (const AttributeDefinition& attribute : definition.attributes)
    if (attribute.presence == Presence::kRequired && attribute.versions.hold(opset) &&
        !has(attribute.value.name))
      return invalid_argument(fmt::format("attribute {} is missing", attribute.value.name));
  return {};
}

Status check_draft_attributes(const Definition& definition, const Operator& op, uint32_t opset) {
  for (size_t i = 0; i < op.attributes.size(); ++i) {
    const Attribute& attribute = op.attributes[i];
    if (op.attribute(attribute.name) != &attribute)
      return invalid_argument(fmt::format("attribute {} is given twice", attribute.name));
    Status status = check_attribute(definition, attribute.name.c_str(), attribute.kind,
                                    value_count(attribute), attribute.ints.data(), opset);
    if (!status.ok()) return status;
  }
  return check_required(definition, opset,
                        [&](const std::string& name) { return op.attribute(name) != nullptr; });
}

Status check_tensor_attribute(const bp_attribute_t& attribute) {
  const auto& tensor = *static_cast<const bp_constant_t*>(attribute.data);
  const Result<uint64_t> size = byte_size(tensor.type);
  if (size.ok()) return {};
  return size.status().in(fmt::format("attribute {}", attribute.name));
}

Status check_node_attributes(const Definition& definition, const bp_node_t& node) {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    const bp_attribute_t& attribute = node.attributes[i];
    if (attribute.data == nullptr && attribute.count != 0)
      return invalid_argument(fmt::format("attribute {} has no data", attribute.name));
    const bool is_integer = attribute.kind == BP_ATTRIBUTE_INT;
    Status status = check_attribute(
        definition, attribute.name, attribute.kind, attribute.count,
        is_integer ? static_cast<const int64_t*>(attribute.data) : nullptr, definition.newest());
    if (!status.ok()) return status;
    if (attribute.kind != BP_ATTRIBUTE_TENSOR) continue;
    Status tensor = check_tensor_attribute(attribute);
    if (!tensor.ok()) return tensor;
  }
  return check_required(definition, definition.newest(), [&](const std::string& name) {
    return std::any_of(node.attributes, node.attributes + node.attribute_count,
                       [&](const bp_attribute_t& attribute) { return name == attribute.name; });
  });
}

Status check_rank(const bp_tensor_type_t& type, size_t index) {
  if (type.rank <= BP_MAX_RANK) return {};
  return invalid_argument(
      fmt::format("input {} has rank {}, at most {} is possible", index, type.rank, BP_MAX_RANK));
}

Status check_input_type(const Definition& definition, const Parameter& parameter, size_t index,
                        bp_dtype_t dtype, uint32_t opset) {
  if (contains(parameter.types, dtype)) return {};
  const std::string text =
      fmt::format("input {} ({}) is {}", index, parameter.name, dtype_name(dtype));
  const bool is_newer = definition.widened != 0 && opset >= definition.widened;
  if (is_known_dtype(dtype) && (is_newer || !contains(kAny, dtype)))
    return refusal(kNoSchema, definition.op, text);
  return invalid_argument(text + ", which the definition does not take");
}

// Inputs of one group have one dtype.
Status check_groups(const Parameters& parameters,
                    const std::vector<const bp_tensor_type_t*>& types) {
  std::map<char, size_t> first;
  for (size_t i = 0; i < types.size(); ++i) {
    const char group = at(parameters, i).group;
    if (group == 0 || types[i] == nullptr || is_absent(*types[i])) continue;
    const size_t leader = first.emplace(group, i).first->second;
    if (types[leader]->dtype != types[i]->dtype)
      return invalid_argument(fmt::format("inputs {} ({}) and {} ({}) must have one type", leader,
                                          dtype_name(types[leader]->dtype), i,
                                          dtype_name(types[i]->dtype)));
  }
  return {};
}

bool may_equal(const bp_tensor_type_t& known, const bp_tensor_type_t& type) {
  bool may = known.dtype == type.dtype && known.rank == type.rank;
  for (uint16_t axis = 0; may && axis < type.rank; ++axis)
    may = BP_DIM_IS_UNKNOWN(type.shape[axis]) || type.shape[axis] == known.shape[axis];
  return may;
}

Status check_constants(const bp_node_t& node) {
  for (uint32_t i = 0; node.constants != nullptr && i < node.input_count; ++i)
    if (node.constants[i] != nullptr && !may_equal(node.constants[i]->type, node.inputs[i]))
      return invalid_argument(fmt::format("input {} is {}, but its constant is {}", i,
                                          to_text(node.inputs[i]),
                                          to_text(node.constants[i]->type)));
  return {};
}

}  // namespace

Status check_draft(const Definition& definition, const Draft& draft, uint32_t opset) {
  const Parameters inputs = definition.inputs_of(opset);
  Status status = check_count(inputs, draft.inputs.size(), "input");
  if (status.ok())
    status = check_presence(inputs, draft.inputs.size(),
                            [&](size_t i) { return !draft.inputs[i].empty(); });
  if (status.ok())
    status = check_count(definition.outputs_of(opset), draft.outputs.size(), "output");
  if (status.ok()) status = check_draft_attributes(definition, draft.op, opset);
  return status;
}

Status check_input_types(const Definition& definition,
                         const std::vector<const bp_tensor_type_t*>& types, uint32_t opset) {
  const Parameters inputs = definition.inputs_of(opset);
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] == nullptr || is_absent(*types[i])) continue;
    Status status = check_input_type(definition, at(inputs, i), i, types[i]->dtype, opset);
    if (!status.ok()) return status;
  }
  return check_groups(inputs, types);
}

Status check_node(const Definition& definition, const bp_node_t& node) {
  const Parameters inputs = definition.inputs_of(definition.newest());
  const auto is_present = [&](size_t i) { return !is_absent(node.inputs[i]); };
  Status status = check_count(inputs, node.input_count, "input");
  if (status.ok()) status = check_presence(inputs, node.input_count, is_present);
  if (status.ok())
    status = check_count(definition.outputs_of(definition.newest()), node.output_count, "output");
  if (status.ok()) status = check_node_attributes(definition, node);
  std::vector<const bp_tensor_type_t*> types;
  for (uint32_t i = 0; status.ok() && i < node.input_count; ++i) {
    types.push_back(&node.inputs[i]);
    status = check_rank(node.inputs[i], i);
  }
  if (status.ok()) status = check_input_types(definition, types, definition.newest());
  return status.ok() ? check_constants(node) : status;
}

Status refusal(const char* word, const std::string& op, const std::string& text) {
  return unsupported(fmt::format("{}: {}: {}", word, op, text));
}

Status named(const Status& status, const std::string& op) {
  return status.code() == BP_STATUS_UNSUPPORTED ? status : status.in(op);
}

}  // namespace backplane::ops
