#include "ops/rewrite.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/check.hpp"

namespace backplane::ops {
namespace {

// Names of outputs occur once in a model, so names made from one do, too.
std::string unique_name(const Draft& draft) {
  for (const std::string& output : draft.outputs)
    if (!output.empty()) return output;
  return draft.op.name.empty() ? draft.op.op : draft.op.name;
}

}  // namespace

Rewrite::Rewrite(Draft draft, uint32_t version, const Values& values)
    : node_(std::move(draft)), name_(unique_name(node_)), version_(version), values_(values) {}

const bp_tensor_type_t* Rewrite::input_type(size_t index) const {
  if (index >= node_.inputs.size() || node_.inputs[index].empty()) return nullptr;
  return values_.type ? values_.type(node_.inputs[index]) : nullptr;
}

std::optional<Attribute> Rewrite::take(const std::string& name) {
  std::vector<Attribute>& all = node_.op.attributes;
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Attribute& attribute) { return attribute.name == name; });
  if (found == all.end()) return std::nullopt;
  Attribute taken = std::move(*found);
  all.erase(found);
  return taken;
}

int64_t Rewrite::take_int(const std::string& name) {
  const std::optional<Attribute> taken = take(name);
  return taken.has_value() ? taken->ints.front() : 0;
}

void Rewrite::set_input(size_t index, const std::string& role, ConstantPtr value) {
  if (index >= node_.inputs.size()) node_.inputs.resize(index + 1);
  node_.inputs[index] = value != nullptr ? add_constant(role, std::move(value)) : "";
}

void Rewrite::to_input(const std::string& attribute, size_t index) {
  const std::optional<Attribute> taken = take(attribute);
  if (taken.has_value()) set_input(index, attribute, make_int64_constant(taken->ints));
}

void Rewrite::before(size_t index, Operator op, const std::string& role, ConstantPtr value) {
  Draft draft;
  draft.op = std::move(op);
  draft.op.name = node_.op.name;
  draft.inputs = {node_.inputs[index]};
  if (value != nullptr) draft.inputs.push_back(add_constant(role + "-by", std::move(value)));
  draft.outputs = {fresh_name(role)};
  node_.inputs[index] = draft.outputs.front();
  before_.push_back(std::move(draft));
}

void Rewrite::after(size_t index, Operator op, const std::string& role, ConstantPtr value) {
  Draft draft;
  draft.op = std::move(op);
  draft.op.name = node_.op.name;
  const std::string input = fresh_name(role);
  draft.inputs = {input};
  if (value != nullptr) draft.inputs.push_back(add_constant(role + "-by", std::move(value)));
  draft.outputs = {node_.outputs[index]};
  node_.outputs[index] = input;
  after_.insert(after_.begin(), std::move(draft));
}

std::string Rewrite::fresh_name(const std::string& role) {
  std::string name = fmt::format("{}#{}", name_, role);
  const auto is_taken = [&] {
    return names_.count(name) != 0 || (values_.type && values_.type(name) != nullptr);
  };
  while (is_taken()) name += '\'';
  names_.insert(name);
  return name;
}

std::string Rewrite::add_constant(const std::string& role, ConstantPtr value) {
  std::string name = fresh_name(role);
  constants_.emplace_back(name, std::move(value));
  return name;
}

std::string Rewrite::text_with_version(const std::string& text) const {
  return fmt::format("as of version {}, {}", version_, text);
}

Status Rewrite::refuse(const std::string& text) const {
  return refusal(kNoSchema, node_.op.op, text_with_version(text));
}

Status Rewrite::needs_known(const std::string& text) const {
  return refusal(kUnknownSize, node_.op.op, text_with_version(text));
}

Normalised Rewrite::result() && {
  Normalised normalised;
  normalised.nodes = std::move(before_);
  normalised.nodes.push_back(std::move(node_));
  std::move(after_.begin(), after_.end(), std::back_inserter(normalised.nodes));
  normalised.constants = std::move(constants_);
  return normalised;
}

Operator make_operator(std::string op, std::vector<Attribute> attributes) {
  Operator result;
  result.op = std::move(op);
  result.attributes = std::move(attributes);
  return result;
}

}  // namespace backplane::ops
