#include "graph/from_abi.hpp"

#include <fmt/format.h>

namespace backplane::graph {
namespace {

// Callers' ids and the host's own are two sets of numbers.
constexpr uint64_t kCallersId = uint64_t{1} << 63;

Status check_type(const bp_tensor_type_t& type, const char* what, uint32_t index) {
  if (type.rank > BP_MAX_RANK)
    return invalid_argument(fmt::format("{} {} has rank {}, at most {} is possible", what, index,
                                        type.rank, BP_MAX_RANK));
  if (!is_absent(type) && !is_known_dtype(type.dtype))
    return invalid_argument(
        fmt::format("{} {}: {} is no element type", what, index, dtype_name(type.dtype)));
  return {};
}

Status check_constant(const bp_constant_t& constant) {
  Result<uint64_t> size = byte_size(constant.type);
  if (!size.ok()) return size.status();
  if (constant.data == nullptr && *size > 0)
    return invalid_argument("a constant of " + to_text(constant.type) + " without data");
  if ((constant.id & kCallersId) != 0)
    return invalid_argument("a constant's id is at most 2^63 - 1");
  return {};
}

Status check_attribute(const bp_attribute_t& attribute) {
  if (attribute.name == nullptr) return invalid_argument("an attribute without a name");
  if (attribute.kind == BP_ATTRIBUTE_GRAPH)
    return unsupported(fmt::format("attribute \"{}\" is a graph: control flow", attribute.name));
  if (attribute.kind < BP_ATTRIBUTE_FLOAT || attribute.kind > BP_ATTRIBUTE_STRINGS)
    return invalid_argument(fmt::format("attribute \"{}\" is of kind {}, which is none",
                                        attribute.name, attribute.kind));
  if (attribute.data == nullptr && attribute.count > 0)
    return invalid_argument(fmt::format("attribute \"{}\" has no data", attribute.name));
  const bool is_list = attribute.kind >= BP_ATTRIBUTE_FLOATS;
  if (!is_list && attribute.count != 1)
    return invalid_argument(fmt::format("attribute \"{}\" is no list and has {} values",
                                        attribute.name, attribute.count));
  const bool has_strings =
      attribute.kind == BP_ATTRIBUTE_STRING || attribute.kind == BP_ATTRIBUTE_STRINGS;
  const auto* strings = static_cast<const bp_string_t*>(attribute.data);
  for (uint32_t i = 0; has_strings && i < attribute.count; ++i)
    if (strings[i].data == nullptr && strings[i].size > 0)
      return invalid_argument(
          fmt::format("attribute \"{}\" has a string without data", attribute.name));
  if (attribute.kind == BP_ATTRIBUTE_TENSOR)
    return check_constant(*static_cast<const bp_constant_t*>(attribute.data));
  return {};
}

Status check_inputs(const bp_node_t& node) {
  if (node.input_count > 0 && node.inputs == nullptr)
    return invalid_argument("input_count without inputs");
  for (uint32_t i = 0; i < node.input_count; ++i) {
    Status valid = check_type(node.inputs[i], "input", i);
    if (!valid.ok()) return valid;
    const bp_constant_t* constant = node.constants != nullptr ? node.constants[i] : nullptr;
    if (constant == nullptr) continue;
    valid = check_constant(*constant);
    if (!valid.ok()) return valid.in(fmt::format("input {}", i));
    if (!same_type(constant->type, node.inputs[i]))
      return invalid_argument(fmt::format("input {} is {}, and its constant is {}", i,
                                          to_text(node.inputs[i]), to_text(constant->type)));
  }
  return {};
}

ops::Attribute attribute_from(const bp_attribute_t& from) {
  ops::Attribute attribute;
  attribute.name = from.name;
  attribute.kind = from.kind;
  const auto* floats = static_cast<const float*>(from.data);
  const auto* ints = static_cast<const int64_t*>(from.data);
  const auto* strings = static_cast<const bp_string_t*>(from.data);
  switch (from.kind) {
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      attribute.floats.assign(floats, floats + from.count);
      break;
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      attribute.ints.assign(ints, ints + from.count);
      break;
    case BP_ATTRIBUTE_TENSOR:
      if (Result<ops::ConstantPtr> tensor =
              constant_from(*static_cast<const bp_constant_t*>(from.data));
          tensor.ok())
        attribute.tensor = tensor.take();
      break;
    default:
      for (uint32_t i = 0; i < from.count; ++i)
        attribute.strings.emplace_back(strings[i].data, strings[i].size);
  }
  return attribute;
}

}  // namespace

Status check_node(const bp_node_t& node) {
  if (node.struct_size < sizeof(uint32_t) || !BP_HAS(bp_node_t, &node, input_strides))
    return invalid_argument("bp_node_t::struct_size is too small; set it to sizeof");
  if (node.op == nullptr || node.domain == nullptr)
    return invalid_argument("a node without op or domain; \"\" is the standard domain");
  if (node.output_count == 0) return invalid_argument("a node without outputs");
  Status valid = check_inputs(node);
  if (!valid.ok()) return valid.in(node.op);
  for (uint32_t i = 0; node.outputs != nullptr && i < node.output_count; ++i) {
    valid = check_type(node.outputs[i], "output", i);
    if (!valid.ok()) return valid.in(node.op);
  }
  if (node.attribute_count > 0 && node.attributes == nullptr)
    return invalid_argument(std::string(node.op) + ": attribute_count without attributes");
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    valid = check_attribute(node.attributes[i]);
    if (!valid.ok()) return valid.in(node.op);
  }
  return {};
}

ops::Operator operator_from(const bp_node_t& node) {
  ops::Operator op;
  op.domain = node.domain;
  op.op = node.op;
  op.name = node.name != nullptr ? node.name : "";
  op.since = node.since;
  for (uint32_t i = 0; i < node.attribute_count; ++i)
    op.attributes.push_back(attribute_from(node.attributes[i]));
  return op;
}

std::vector<bp_tensor_type_t> inputs_of(const bp_node_t& node) {
  return {node.inputs, node.inputs + node.input_count};
}

Result<ops::ConstantPtr> constant_from(const bp_constant_t& constant) {
  Status valid = check_constant(constant);
  if (!valid.ok()) return valid;
  const ops::ConstantPtr copy = ops::make_constant(constant.type, constant.data);
  if (copy == nullptr) return out_of_memory("no host memory for " + to_text(constant.type));
  return constant_over(constant, copy->data);
}

Result<ops::ConstantPtr> constant_over(const bp_constant_t& constant,
                                       std::shared_ptr<const void> data) {
  Status valid = check_constant(constant);
  if (!valid.ok()) return valid;
  const uint64_t id = constant.id != 0 ? constant.id | kCallersId : ops::fresh_constant_id();
  return ops::ConstantPtr(
      std::make_shared<ops::Constant>(ops::Constant{constant.type, std::move(data), id}));
}

}  // namespace backplane::graph
