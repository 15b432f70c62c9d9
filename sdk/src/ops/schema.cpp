#include "ops/schema.hpp"

#include "ops/decompositions.hpp"
#include "ops/families.hpp"
#include "ops/function_body.hpp"

namespace backplane::ops {
namespace {

std::vector<const Parameter*> that_hold(const std::vector<Parameter>& parameters,
                                        uint32_t version) {
  std::vector<const Parameter*> result;
  for (const Parameter& parameter : parameters)
    if (parameter.versions.hold(version)) result.push_back(&parameter);
  return result;
}

}  // namespace

Definition::Definition(std::string operator_name, std::vector<uint32_t> known_versions)
    : op(std::move(operator_name)), versions(std::move(known_versions)), form(versions.front()) {}

Definition& Definition::input(std::string name, char group, Dtypes types, Presence presence,
                              Versions held) {
  inputs.push_back({std::move(name), group, types, presence, held});
  return *this;
}

Definition& Definition::output(std::string name, char group, Dtypes types, Presence presence,
                               Versions held) {
  outputs.push_back({std::move(name), group, types, presence, held});
  return *this;
}

Definition& Definition::attribute(Attribute value, Versions held) {
  attributes.push_back({std::move(value), Presence::kDefault, held, false});
  return *this;
}

Definition& Definition::flag(std::string name, bool standard, Versions held) {
  attribute(int_attribute(std::move(name), standard ? 1 : 0), held);
  attributes.back().is_flag = true;
  return *this;
}

Definition& Definition::attribute(std::string name, bp_attribute_kind_t kind, Presence presence,
                                  Versions held) {
  Attribute value;
  value.name = std::move(name);
  value.kind = kind;
  attributes.push_back({std::move(value), presence, held, false});
  return *this;
}

Definition& Definition::infers(Infer function) {
  infer = function;
  return *this;
}

Definition& Definition::bounds(Infer function) {
  bound = function;
  return *this;
}

Definition& Definition::form_since(uint32_t version, Upgrade function) {
  form = version;
  upgrade = function;
  return *this;
}

Definition& Definition::replaced_in(uint32_t version, Upgrade function) {
  return changed_in(version).form_since(version, function);
}

Definition& Definition::completes(Complete function) {
  complete = function;
  return *this;
}

Definition& Definition::decomposes(Decompose function) {
  decompose = function;
  return *this;
}

Definition& Definition::draws_at_random() {
  is_random = true;
  return *this;
}

Definition& Definition::changed_in(uint32_t version) {
  changed = version;
  return *this;
}

Definition& Definition::widened_in(uint32_t version) {
  widened = version;
  return *this;
}

uint32_t Definition::version_in(uint32_t opset) const {
  uint32_t found = 0;
  for (const uint32_t version : versions)
    if (version <= opset) found = version;
  return found;
}

const AttributeDefinition* Definition::find_attribute(const std::string& name,
                                                      uint32_t version) const {
  for (const AttributeDefinition& attribute : attributes)
    if (attribute.value.name == name && attribute.versions.hold(version)) return &attribute;
  return nullptr;
}

std::vector<const Parameter*> Definition::inputs_of(uint32_t version) const {
  return that_hold(inputs, version);
}

std::vector<const Parameter*> Definition::outputs_of(uint32_t version) const {
  return that_hold(outputs, version);
}

Definition& Definitions::add(std::string op, std::vector<uint32_t> versions) {
  Definition definition(op, std::move(versions));
  return by_name_.emplace(std::move(op), std::move(definition)).first->second;
}

const Definition* Definitions::find(const std::string& op) const {
  const auto found = by_name_.find(op);
  return found == by_name_.end() ? nullptr : &found->second;
}

const Definitions& definitions() {
  static const Definitions all = [] {
    Definitions result;
    define_all(result);
    decompose_all(result);
    decompose_by_bodies(result);
    return result;
  }();
  return all;
}

}  // namespace backplane::ops
