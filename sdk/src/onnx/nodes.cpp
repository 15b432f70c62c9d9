#include "onnx/nodes.hpp"

#include <fmt/format.h>

#include <utility>

#include "graph/typing.hpp"
#include "onnx/bodies.hpp"
#include "onnx/survey.hpp"
#include "onnx/text.hpp"

namespace backplane::onnx {

using graph::NodeId;
using graph::ValueId;

NodeReader::NodeReader(const format::GraphProto& proto, uint32_t opset,
                       const Declarations* declarations, ExternalFiles* files, graph::Graph* graph)
    : opset_(opset), declarations_(declarations), files_(files), graph_(graph) {
  for (const format::NodeProto& node : proto.node())
    made_.insert(node.output().begin(), node.output().end());
}

Status NodeReader::add(format::NodeProto* node, int position) {
  Status status = add_unnamed(node);
  return status.ok() ? status : about(status, node_text(*node, position));
}

Status NodeReader::add_unnamed(format::NodeProto* node) {
  Status status = check_values(*node);
  if (!status.ok()) return status;
  if (const graph::ControlForm* form = control_of(*node)) return add_control(node, *form);
  const Result<ops::Draft> draft = to_draft(node, files_);
  if (!draft.ok()) return draft.status();
  Result<ops::Normalised> normal = ops::normalise(*draft, opset_, lookup());
  if (!normal.ok()) return normal.status();
  own_values_.clear();
  for (auto& [name, constant] : normal->constants) {
    Status added = add_own_constant(name, std::move(constant));
    if (!added.ok()) return added;
  }
  for (ops::Draft& part : normal->nodes) {
    Status added = add_part(std::move(part), *draft);
    if (!added.ok()) return added;
  }
  const Result<std::vector<ValueId>> outputs = find_all(draft->outputs);
  return outputs.status();
}

Status NodeReader::add_control(format::NodeProto* node, const graph::ControlForm& form) {
  const auto is_visible = [this](const std::string& name) { return graph_->find(name) != BP_NONE; };
  Result<graph::BodyNode> control =
      read_control(node, form, {opset_, files_, is_visible, /*depth=*/0});
  if (!control.ok()) return control.status();
  own_values_.clear();
  Result<std::vector<ValueId>> inputs = find_all(control->draft.inputs);
  if (!inputs.ok()) return inputs.status();
  for (const std::string& name : control->bodies->captured) inputs->push_back(graph_->find(name));
  const Result<NodeId> id =
      graph_->add_node(control->draft.op, inputs.take(), control->draft.outputs, control->bodies);
  return id.ok() ? infer(*id) : id.status();
}

Status NodeReader::check_values(const format::NodeProto& node) const {
  for (const std::string& input : node.input())
    if (!input.empty() && graph_->find(input) == BP_NONE)
      return corrupt(fmt::format("{} reads {}, which {}", node.op_type(), quoted(input),
                                 made_.count(input) != 0 ? "a later node makes" : "nobody makes"));
  std::set<std::string> outputs;
  for (const std::string& output : node.output())
    if (!output.empty() && (graph_->find(output) != BP_NONE || !outputs.insert(output).second))
      return corrupt(
          fmt::format("{} makes {}, which is there already", node.op_type(), quoted(output)));
  return {};
}

ops::Values NodeReader::lookup() const {
  const auto type = [this](const std::string& name) -> const bp_tensor_type_t* {
    const ValueId id = graph_->find(name);
    return id == BP_NONE || is_absent(graph_->value(id).type) ? nullptr : &graph_->value(id).type;
  };
  const auto constant = [this](const std::string& name) -> ops::ConstantPtr {
    const ValueId id = graph_->find(name);
    return id == BP_NONE ? nullptr : graph_->value(id).constant;
  };
  return {type, constant};
}

// What normalising calls its new values may be the model's own name for others, here or later.
std::string NodeReader::own_name(const std::string& name) const {
  std::string own = name.empty() ? std::string("value") : name;
  while (graph_->find(own) != BP_NONE || made_.count(own) != 0 || declarations_->has(own))
    own += '\'';
  return own;
}

Status NodeReader::add_own_constant(const std::string& name, ops::ConstantPtr constant) {
  if (constant == nullptr) return out_of_memory("no memory for " + quoted(name));
  const ValueId id = graph_->add_constant(own_name(name), std::move(constant));
  if (!own_values_.emplace(name, id).second)
    return internal("two new values are named " + quoted(name));
  return {};
}

Status NodeReader::add_part(ops::Draft part, const ops::Draft& whole) {
  Result<std::vector<ValueId>> inputs = find_all(part.inputs);
  if (!inputs.ok()) return inputs.status();
  const std::set<std::string> given(whole.outputs.begin(), whole.outputs.end());
  const auto is_own = [&](const std::string& name) {
    return !name.empty() && given.count(name) == 0;
  };
  std::vector<std::string> outputs;
  for (const std::string& name : part.outputs)
    outputs.push_back(is_own(name) ? own_name(name) : name);
  const Result<NodeId> id = graph_->add_node(std::move(part.op), inputs.take(), outputs);
  if (!id.ok()) return internal("its normal form: " + id.status().text());
  for (size_t index = 0; index < outputs.size(); ++index)
    if (is_own(part.outputs[index]))
      own_values_.emplace(part.outputs[index], graph_->node(*id).outputs[index]);
  return infer(*id);
}

Result<std::vector<ValueId>> NodeReader::find_all(const std::vector<std::string>& names) const {
  std::vector<ValueId> ids;
  ids.reserve(names.size());
  for (const std::string& name : names) {
    const auto own = own_values_.find(name);
    ids.push_back(own != own_values_.end() ? own->second : graph_->find(name));
    if (!name.empty() && ids.back() == BP_NONE)
      return internal("its normal form does not make " + quoted(name));
  }
  return ids;
}

Status NodeReader::infer(NodeId id) {
  const graph::Node& node = graph_->node(id);
  const Result<std::vector<bp_tensor_type_t>> types = graph::infer_outputs(*graph_, node);
  if (types.status().code() == BP_STATUS_NOT_READY) return use_declared(node, types.status());
  if (!types.ok()) return types.status();
  for (size_t index = 0; index < node.outputs.size(); ++index) {
    const ValueId output = node.outputs[index];
    if (output == BP_NONE) continue;
    graph_->set_type(output, (*types)[index]);
    Status status =
        declarations_->check(graph_->value(output).name, (*types)[index], "the operator");
    if (!status.ok()) return status;
  }
  if (node.outputs.size() == 1 && node.outputs[0] != BP_NONE)
    graph_->set_constant(node.outputs[0], graph::known_output(*graph_, node));
  return {};
}

Status NodeReader::use_declared(const graph::Node& node, const Status& reason) {
  for (const ValueId output : node.outputs) {
    if (output == BP_NONE) continue;
    const std::string& name = graph_->value(output).name;
    const DeclaredType type = declarations_->of(name);
    if (!type.is_whole())
      return refused(ops::kUnknownSize, fmt::format("{}, and {} is declared {}", reason.text(),
                                                    quoted(name), to_text(type)));
    graph_->set_declared_type(output, type.type);
  }
  return {};
}

}  // namespace backplane::onnx
