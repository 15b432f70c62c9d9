#include "pass/edited_graph.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/from_abi.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"

namespace backplane::pass {

using graph::Graph;
using graph::NodeId;
using graph::Value;
using graph::ValueId;

namespace {

Status check_values(const Graph& graph, const std::vector<ValueId>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i] != BP_NONE && inputs[i] >= graph.values().size())
      return invalid_argument(fmt::format("input {} is value {}, and the graph has {}", i,
                                          inputs[i], graph.values().size()));
  return {};
}

// What a standard operator's definition gives, completed by what the pass says of sizes that hang
// on values.
Result<std::vector<bp_tensor_type_t>> standard_outputs(const Graph& graph, const ops::Operator& op,
                                                       const std::vector<ValueId>& inputs,
                                                       const std::vector<bp_tensor_type_t>& given) {
  std::vector<bp_tensor_type_t> types(given.size());
  const ops::AbiNode node(op, graph::types_of(graph, inputs), types,
                          graph::constants_of(graph, inputs));
  Status inferred = ops::infer(node.node(), types.data());
  if (inferred.code() == BP_STATUS_NOT_READY) return given;
  if (!inferred.ok()) return inferred;
  for (size_t i = 0; i < types.size(); ++i)
    if (!is_absent(given[i]) && !graph::agree(given[i], types[i]))
      return invalid_argument(fmt::format("output {} is {} and was given as {}", i,
                                          to_text(types[i]), to_text(given[i])));
  return types;
}

}  // namespace

EditedGraph::EditedGraph(Graph contents, const Owner& owner)
    : bp_graph(std::move(contents)),
      owner_(owner),
      first_added_(static_cast<uint32_t>(graph.nodes().size())) {}

bool EditedGraph::is_changed() const {
  return graph.nodes().size() != first_added_ || !replacements_.empty() || !removed_.empty();
}

Result<NodeId> EditedGraph::add_node(ops::Operator op, const std::vector<ValueId>& inputs,
                                     std::vector<bp_tensor_type_t> outputs) {
  Status known = check_values(graph, inputs);
  if (!known.ok()) return known.in(op.op);
  if (op.domain == "ai.onnx") op.domain.clear();
  if (!op.domain.empty() && op.domain != owner_.plugin_id)
    return invalid_argument(
        fmt::format("{}: its domain is \"{}\"; a pass adds operators of \"\" and of \"{}\"", op.op,
                    op.domain, owner_.plugin_id));
  if (op.domain.empty()) {
    Result<std::vector<bp_tensor_type_t>> types = standard_outputs(graph, op, inputs, outputs);
    if (!types.ok()) return types.status().in(op.op);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (!is_absent(outputs[i]) || outputs.size() == 1) outputs[i] = (*types)[i];
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string name = fmt::format("{}:{}", op.name.empty() ? op.op : op.name, i);
    while (graph.find(name) != BP_NONE || std::count(names.begin(), names.end(), name) != 0)
      name += '\'';
    names.push_back(is_absent(outputs[i]) ? "" : std::move(name));
  }
  Result<NodeId> added = graph.add_node(std::move(op), inputs, names);
  for (size_t i = 0; added.ok() && i < outputs.size(); ++i)
    if (!is_absent(outputs[i])) graph.set_type(graph.node(*added).outputs[i], outputs[i]);
  return added;
}

ValueId EditedGraph::add_constant(const ops::ConstantPtr& constant) {
  return graph.add_constant("", constant);
}

Status EditedGraph::replace_value(ValueId old_value, ValueId new_value) {
  const size_t count = graph.values().size();
  if (old_value >= count || new_value >= count)
    return invalid_argument(fmt::format("value {}: the graph has {}",
                                        old_value >= count ? old_value : new_value, count));
  const Value& from = graph.value(old_value);
  const Value& to = graph.value(new_value);
  if (!same_type(from.type, to.type))
    return invalid_argument(
        fmt::format("value \"{}\" is {}, and \"{}\", which is to replace it, {}", from.name,
                    to_text(from.type), to.name, to_text(to.type)));
  if (old_value == new_value) return {};
  graph.replace_value(old_value, new_value);
  replacements_.push_back({old_value, new_value});
  return {};
}

Status EditedGraph::remove_node(NodeId id) {
  if (id >= graph.nodes().size() || graph.node(id).is_removed())
    return invalid_argument(fmt::format("node {} is not there", id));
  for (const ValueId output : graph.node(id).outputs) {
    if (output == BP_NONE) continue;
    const Value& value = graph.value(output);
    if (value.is_output || !value.consumers.empty())
      return invalid_argument(fmt::format("{} cannot be removed: its output \"{}\" is {}",
                                          graph::node_text(graph, id), value.name,
                                          value.is_output ? "the graph's" : "still read"));
  }
  graph.remove_node(id);
  removed_.push_back(id);
  return {};
}

Status EditedGraph::supports(const ops::Operator& op, const std::vector<ValueId>& inputs,
                             const std::vector<bp_tensor_type_t>& outputs) const {
  if (!owner_.supports) return {};
  const ops::AbiNode node(op, graph::types_of(graph, inputs), outputs,
                          graph::constants_of(graph, inputs));
  return owner_.supports(node.node());
}

// The table's functions: the C faces of the edits.
class AbiEdits {
 public:
  static bp_status_t add_node(bp_graph_t* handle, const bp_node_t* node,
                              const bp_value_id_t* inputs, bp_node_id_t* out_node) {
    EditedGraph& edited = of(handle);
    return told(edited, [&]() -> Status {
      if (node == nullptr || out_node == nullptr || (inputs == nullptr && node->input_count > 0))
        return invalid_argument("add_node: node, inputs or out_node is NULL");
      Result<NodeId> added = add(edited, *node, inputs);
      if (added.ok()) *out_node = *added;
      return added.status();
    });
  }

  static bp_status_t add_constant(bp_graph_t* handle, const bp_constant_t* constant,
                                  bp_value_id_t* out_value) {
    EditedGraph& edited = of(handle);
    return told(edited, [&]() -> Status {
      if (constant == nullptr || out_value == nullptr)
        return invalid_argument("add_constant: constant or out_value is NULL");
      if (constant->type.rank > BP_MAX_RANK || !is_known_dtype(constant->type.dtype))
        return invalid_argument("add_constant: no type that a tensor can have");
      Result<ops::ConstantPtr> made = graph::constant_from(anonymous(*constant));
      if (made.ok()) *out_value = edited.add_constant(*made);
      return made.status();
    });
  }

  static bp_status_t replace_value(bp_graph_t* handle, bp_value_id_t old_value,
                                   bp_value_id_t new_value) {
    EditedGraph& edited = of(handle);
    return told(edited, [&] { return edited.replace_value(old_value, new_value); });
  }

  static bp_status_t remove_node(bp_graph_t* handle, bp_node_id_t node) {
    EditedGraph& edited = of(handle);
    return told(edited, [&] { return edited.remove_node(node); });
  }

 private:
  static EditedGraph& of(bp_graph_t* handle) { return *static_cast<EditedGraph*>(handle); }

  template <class Edit>
  static bp_status_t told(EditedGraph& edited, const Edit& edit) {
    const Status done = edit();
    if (!done.ok()) edited.refusal_ = done.text();
    return done.code();
  }

  // Nothing hangs on an id that a pass gives: its constant gets one of its own.
  static bp_constant_t anonymous(bp_constant_t constant) {
    constant.id = 0;
    return constant;
  }

  // Types and constants of its inputs are the graph's, whatever the node says of them.
  static Result<NodeId> add(EditedGraph& edited, const bp_node_t& node,
                            const bp_value_id_t* inputs) {
    const std::vector<ValueId> ids(inputs, inputs + node.input_count);
    Status known = check_values(edited.graph, ids);
    if (!known.ok()) return known.in(node.op != nullptr ? node.op : "a node without name");
    const std::vector<bp_tensor_type_t> types = graph::types_of(edited.graph, ids);
    std::vector<bp_attribute_t> attributes;
    if (node.attributes != nullptr)
      attributes.assign(node.attributes, node.attributes + node.attribute_count);
    std::vector<bp_constant_t> tensors;
    tensors.reserve(attributes.size());
    for (bp_attribute_t& attribute : attributes)
      if (attribute.kind == BP_ATTRIBUTE_TENSOR && attribute.data != nullptr) {
        tensors.push_back(anonymous(*static_cast<const bp_constant_t*>(attribute.data)));
        attribute.data = &tensors.back();
      }
    bp_node_t checked = node;
    checked.inputs = types.data();
    if (node.attributes != nullptr) checked.attributes = attributes.data();
    checked.constants = nullptr;
    Status valid = graph::check_node(checked);
    if (!valid.ok()) return valid;
    if (node.outputs == nullptr) return invalid_argument(fmt::format("{}: no outputs", node.op));
    std::vector<bp_tensor_type_t> outputs;
    for (uint32_t i = 0; i < node.output_count; ++i) {
      if (node.outputs[i].layout != 0)
        return unsupported(fmt::format("{}: output {} is not row-major", node.op, i));
      outputs.push_back(tensor_type(node.outputs[i].dtype, shape_of(node.outputs[i])));
    }
    return edited.add_node(graph::operator_from(checked), ids, std::move(outputs));
  }
};

namespace {

bp_graph_view_t make_view() {
  bp_graph_view_t view = *graph::abi_view();
  view.add_node = AbiEdits::add_node;
  view.add_constant = AbiEdits::add_constant;
  view.replace_value = AbiEdits::replace_value;
  view.remove_node = AbiEdits::remove_node;
  return view;
}

}  // namespace

const bp_graph_view_t* edit_view() {
  static const bp_graph_view_t view = make_view();
  return &view;
}

}  // namespace backplane::pass
