#include "ops/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/check.hpp"
#include "ops/inference.hpp"
#include "ops/schema.hpp"

namespace backplane::ops {
namespace {

Result<const Definition*> definition_of(const bp_node_t& node) {
  if (node.op == nullptr || node.domain == nullptr)
    return invalid_argument("a node without operator or domain");
  const Definition* const definition = find_definition(node.op);
  if (definition == nullptr || node.domain[0] != '\0')
    return refusal(kNoSchema, node.op,
                   fmt::format("not an operator of domain \"{}\" known here", node.domain));
  if (definition->is_replaced())
    return refusal(kNoSchema, node.op, fmt::format("replaced in version {}", definition->changed));
  const std::vector<uint32_t>& versions = definition->versions;
  const bool is_version = std::find(versions.begin(), versions.end(), node.since) != versions.end();
  if (is_version && node.since >= definition->form) return definition;
  return refusal(
      kNoSchema, node.op,
      fmt::format("version {} is not the form used here, {} is", node.since, definition->newest()));
}

Status check_output(const bp_tensor_type_t& type, size_t index) {
  if (has_unknown_size(type)) return {};
  const Result<uint64_t> size = byte_size(type);
  return size.ok() ? Status() : size.status().in(fmt::format("output {}", index));
}

Result<std::vector<bp_tensor_type_t>> outputs_of(const Definition& definition,
                                                 const bp_node_t& node, bool are_bounds) {
  Status status = check_node(definition, node);
  if (!status.ok()) return status;
  Inference inference(node, definition);
  status = definition.infer(inference);
  const bool is_known = !std::any_of(node.inputs, node.inputs + node.input_count, has_unknown_size);
  if (status.ok() && are_bounds && is_known && definition.bound != nullptr)
    status = definition.bound(inference);
  for (size_t i = 0; status.ok() && i < inference.outputs().size(); ++i)
    status = check_output(inference.outputs()[i], i);
  if (!status.ok()) return status;
  return inference.outputs();
}

Status infer(const bp_node_t& node, bool are_bounds, bp_tensor_type_t* out_types) {
  const Result<const Definition*> definition = definition_of(node);
  if (!definition.ok()) return definition.status();
  const Result<std::vector<bp_tensor_type_t>> outputs = outputs_of(**definition, node, are_bounds);
  if (!outputs.ok()) return named(outputs.status(), node.op);
  std::copy(outputs->begin(), outputs->end(), out_types);
  return {};
}

}  // namespace

bool is_known(const std::string& op, uint32_t opset) {
  const Definition* const definition = find_definition(op);
  return definition != nullptr && definition->version_in(opset) != 0 && opset <= kNewestOpset &&
         (definition->changed == 0 || opset < definition->changed);
}

std::vector<std::string> known_operators() {
  std::vector<std::string> names;
  for (const auto& [name, definition] : definitions().all())
    if (!definition.is_replaced()) names.push_back(name);
  return names;
}

bool draws_at_random(const std::string& op) {
  const Definition* const definition = find_definition(op);
  return definition != nullptr && definition->is_random;
}

Status infer(const bp_node_t& node, bp_tensor_type_t* out_types) {
  return infer(node, false, out_types);
}

bool is_sized_by_data(const std::string& op) {
  const Definition* const definition = find_definition(op);
  return definition != nullptr && definition->bound != nullptr;
}

Status infer_bounds(const bp_node_t& node, bp_tensor_type_t* out_types) {
  return infer(node, true, out_types);
}

}  // namespace backplane::ops
