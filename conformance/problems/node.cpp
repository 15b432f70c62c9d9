#include "problems/node.hpp"

#include <map>
#include <utility>

#include "ops/table.hpp"
#include "problems/fill.hpp"

namespace backplane::conformance {
namespace {

ops::Attribute attribute_of(const std::string& name, const Setting& setting) {
  ops::Attribute attribute;
  attribute.name = name;
  attribute.ints = setting.integers;
  attribute.floats.assign(setting.numbers.begin(), setting.numbers.end());
  attribute.strings = setting.texts;
  if (setting.tensor.type.dtype != 0) {
    attribute.kind = BP_ATTRIBUTE_TENSOR;
    attribute.tensor = ops::make_constant(setting.tensor.type, setting.tensor.bytes.data());
    return attribute;
  }
  if (!setting.texts.empty())
    attribute.kind = BP_ATTRIBUTE_STRINGS;
  else if (!setting.numbers.empty())
    attribute.kind = setting.is_list ? BP_ATTRIBUTE_FLOATS : BP_ATTRIBUTE_FLOAT;
  else if (!setting.integers.empty() || setting.is_list)
    attribute.kind = setting.is_list ? BP_ATTRIBUTE_INTS : BP_ATTRIBUTE_INT;
  else
    attribute.kind = BP_ATTRIBUTE_STRING;
  if (attribute.kind == BP_ATTRIBUTE_STRING) attribute.strings = {setting.text};
  return attribute;
}

ops::Draft draft_of(const Problem& problem) {
  ops::Draft draft;
  draft.op.op = problem.op;
  draft.op.name = "case";
  for (const auto& [name, setting] : problem.settings)
    draft.op.attributes.push_back(attribute_of(name, setting));
  for (size_t i = 0; i < problem.inputs.size(); ++i)
    draft.inputs.push_back(problem.inputs[i].type.dtype == 0 ? "" : "input" + std::to_string(i));
  for (size_t i = 0; i < problem.output_count; ++i)
    draft.outputs.push_back("output" + std::to_string(i));
  return draft;
}

// The values that inputs have by name, once the host has made constants of its own.
struct Named {
  std::map<std::string, bp_tensor_type_t> types;
  std::map<std::string, ops::ConstantPtr> constants;

  ops::Values values() const {
    return {[this](const std::string& name) {
              const auto found = types.find(name);
              return found != types.end() ? &found->second : nullptr;
            },
            [this](const std::string& name) {
              const auto found = constants.find(name);
              return found != constants.end() ? found->second : nullptr;
            }};
  }
};

constexpr uint32_t kOpset = 17;

std::vector<bp_tensor_type_t> inferred(const bp_node_t& node) {
  std::vector<bp_tensor_type_t> types(node.output_count);
  const Status status = ops::infer_bounds(node, types.data());
  if (!status.ok()) throw HostRefusal{status.text()};
  return types;
}

}  // namespace

ProblemNode::ProblemNode(const Problem& problem, std::vector<bp_tensor_type_t> types,
                         const std::vector<TensorData>& data) {
  Named named;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::string name = "input" + std::to_string(i);
    named.types[name] = types[i];
    if (problem.inputs[i].is_constant)
      named.constants[name] = ops::make_constant(types[i], data[i].bytes.data());
  }
  Result<ops::Normalised> normal = ops::normalise(draft_of(problem), kOpset, named.values());
  if (!normal.ok()) throw HostRefusal{normal.status().text()};
  if (normal->nodes.size() != 1) throw HostRefusal{problem.op + " becomes several nodes"};
  for (const auto& [name, constant] : normal->constants) {
    named.types[name] = constant->type;
    named.constants[name] = constant;
  }
  op_ = std::move(normal->nodes[0].op);
  std::vector<bp_tensor_type_t> inputs;
  for (const std::string& name : normal->nodes[0].inputs) {
    inputs.push_back(name.empty() ? bp_tensor_type_t{} : named.types[name]);
    constants_.push_back(name.empty() ? nullptr : named.values().constant(name));
  }
  std::vector<bp_tensor_type_t> outputs(normal->nodes[0].outputs.size());
  outputs_ = inferred(ops::AbiNode(op_, inputs, outputs, constants_).node());
  abi_ = std::make_unique<ops::AbiNode>(op_, std::move(inputs), outputs_, constants_);
}

bp_node_t ProblemNode::strided(const std::vector<const int64_t*>& strides) const {
  bp_node_t with = abi_->node();
  with.input_strides = strides.data();
  return with;
}

std::vector<bp_tensor_type_t> ProblemNode::outputs_for(
    const std::vector<bp_tensor_type_t>& inputs) const {
  std::vector<bp_tensor_type_t> all = inputs;
  for (size_t i = all.size(); i < constants_.size(); ++i) all.push_back(constants_[i]->type);
  const std::vector<bp_tensor_type_t> outputs(outputs_.size());
  return inferred(ops::AbiNode(op_, std::move(all), outputs, constants_).node());
}

Result<std::unique_ptr<ProblemNode>> node_of_line(const std::string& text) {
  const Result<Problem> problem = parse_problem(text);
  if (!problem.ok()) return problem.status();
  const std::vector<TensorData> data = outline_of(*problem).inputs;
  std::vector<bp_tensor_type_t> types;
  for (const TensorData& input : data) types.push_back(input.type);
  try {
    return std::make_unique<ProblemNode>(*problem, types, data);
  } catch (const HostRefusal& refusal) {
    return backplane::unsupported(refusal.text);
  }
}

}  // namespace backplane::conformance
