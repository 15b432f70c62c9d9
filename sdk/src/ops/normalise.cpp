// A model's node into the newest form: check, upgrade, fill in, put in order.
#include <fmt/format.h>

#include <algorithm>

#include "ops/check.hpp"
#include "ops/rewrite.hpp"
#include "ops/table.hpp"

namespace backplane::ops {
namespace {

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

Status check_is_known(const Draft& draft, uint32_t opset) {
  const std::string& op = draft.op.op;
  if (!is_standard(draft.op.domain))
    return refusal(kNoSchema, op, fmt::format("of domain {}", draft.op.domain));
  const Definition* const definition = find_definition(op);
  if (definition == nullptr) return refusal(kNoSchema, op, "not an operator known here");
  if (is_known(op, opset)) return {};
  if (opset < definition->versions.front())
    return invalid_argument(fmt::format("{}: begins with opset {}, the model has opset {}", op,
                                        definition->versions.front(), opset));
  if (opset > kNewestOpset)
    return refusal(kNoSchema, op, fmt::format("opset {} is newer than {}", opset, kNewestOpset));
  return refusal(
      kNoSchema, op,
      fmt::format("changed in opset {}, the model has opset {}", definition->changed, opset));
}

Status check_types(const Definition& definition, const Draft& draft, uint32_t opset,
                   const Values& values) {
  if (!values.type || opset < definition.form) return {};
  std::vector<const bp_tensor_type_t*> types;
  for (const std::string& name : draft.inputs)
    types.push_back(name.empty() ? nullptr : values.type(name));
  return check_input_types(definition, types, opset);
}

void drop_dead(const Definition& definition, uint32_t opset, Operator& op) {
  const auto is_dead = [&](const Attribute& attribute) {
    const AttributeDefinition* known = definition.find_attribute(attribute.name, opset);
    return known != nullptr && known->presence == Presence::kDead;
  };
  std::vector<Attribute>& all = op.attributes;
  all.erase(std::remove_if(all.begin(), all.end(), is_dead), all.end());
}

void fill_defaults(const Definition& definition, uint32_t opset, Operator& op) {
  for (const AttributeDefinition& attribute : definition.attributes)
    if (attribute.presence == Presence::kDefault && attribute.versions.hold(opset) &&
        op.attribute(attribute.value.name) == nullptr)
      op.attributes.push_back(attribute.value);
}

void put_in_order(const Definition& definition, Operator& op) {
  const auto place = [&](const Attribute& attribute) {
    return definition.find_attribute(attribute.name, definition.newest());
  };
  std::stable_sort(op.attributes.begin(), op.attributes.end(),
                   [&](const Attribute& a, const Attribute& b) { return place(a) < place(b); });
}

// Absent at the end is the same as not listed, but for a list of any length.
void drop_absent_at_end(const std::vector<const Parameter*>& parameters,
                        std::vector<std::string>& names) {
  if (!parameters.empty() && parameters.back()->presence == Presence::kVariadic) return;
  while (names.size() > 1 && names.back().empty()) names.pop_back();
}

// A node of the newest form gets what every such node has.
Status finish(Draft& draft, const Values& values) {
  const Definition& definition = *find_definition(draft.op.op);
  const uint32_t newest = definition.newest();
  drop_absent_at_end(definition.inputs_of(newest), draft.inputs);
  drop_absent_at_end(definition.outputs_of(newest), draft.outputs);
  fill_defaults(definition, newest, draft.op);
  if (definition.complete != nullptr) {
    Status status = definition.complete(draft, values);
    if (!status.ok()) return named(status, draft.op.op);
  }
  put_in_order(definition, draft.op);
  draft.op.domain.clear();
  draft.op.since = newest;
  return named(check_draft(definition, draft, newest), draft.op.op);
}

Status upgrade(const Definition& definition, Rewrite& rewrite) {
  if (definition.upgrade == nullptr || rewrite.version() >= definition.form) return {};
  return named(definition.upgrade(rewrite), definition.op);
}

}  // namespace

Result<Normalised> normalise(const Draft& draft, uint32_t opset, const Values& values) {
  Status status = check_is_known(draft, opset);
  if (!status.ok()) return status;
  const Definition& definition = *find_definition(draft.op.op);
  status = check_draft(definition, draft, opset);
  if (status.ok()) status = check_types(definition, draft, opset, values);
  if (!status.ok()) return named(status, draft.op.op);

  Draft node = draft;
  drop_dead(definition, opset, node.op);
  fill_defaults(definition, opset, node.op);
  Rewrite rewrite(std::move(node), definition.version_in(opset), values);
  status = upgrade(definition, rewrite);
  if (!status.ok()) return status;

  Normalised result = std::move(rewrite).result();
  for (Draft& each : result.nodes) {
    status = finish(each, values);
    if (!status.ok()) return status;
  }
  return result;
}

}  // namespace backplane::ops
