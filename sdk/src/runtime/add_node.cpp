#include "runtime/add_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "graph/from_abi.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"

namespace backplane::runtime {
namespace {

using graph::Graph;
using graph::ValueId;

bp_tensor_type_t clean(const bp_tensor_type_t& type) {
  return tensor_type(type.dtype, shape_of(type));
}

// The node while it is being added: what its values are called, in the form that ops wants.
class Adding {
 public:
  Adding(Graph& graph, const bp_node_t& node, const bp_value_id_t* inputs)
      : graph_(graph), node_(node), inputs_(inputs) {}

  Result<ops::Normalised> normalise() const {
    ops::Draft draft;
    draft.op = graph::operator_from(node_);
    for (uint32_t i = 0; i < node_.input_count; ++i)
      draft.inputs.push_back(inputs_[i] == BP_NONE ? "" : graph_.value(inputs_[i]).name);
    for (uint32_t i = 0; i < node_.output_count; ++i) {
      const bool is_wanted = node_.outputs == nullptr || !is_absent(node_.outputs[i]);
      draft.outputs.push_back(is_wanted ? output_name(i) : "");
    }
    ops::Values values;
    values.type = [this](const std::string& name) -> const bp_tensor_type_t* {
      const ValueId id = find(name);
      return id != BP_NONE ? &graph_.value(id).type : nullptr;
    };
    values.constant = [this](const std::string& name) -> ops::ConstantPtr {
      const ValueId id = find(name);
      return id != BP_NONE ? graph_.value(id).constant : nullptr;
    };
    return ops::normalise(draft, node_.since, values);
  }

  void add_constant(const std::string& name, ops::ConstantPtr constant) {
    fresh_[name] = graph_.add_constant("", std::move(constant));
  }

  // Nothing is added before everything that can fail has been asked.
  Status add_part(ops::Draft& part, bool is_last, bp_node_id_t* out_node) {
    std::vector<ValueId> inputs;
    for (const std::string& name : part.inputs)
      inputs.push_back(name.empty() ? BP_NONE : find(name));
    Result<Types> types = types_of(part, inputs);
    if (!types.ok()) return types.status();
    Status agreed = is_last ? check_outputs(types->types) : Status();
    if (!agreed.ok()) return agreed;

    Result<graph::NodeId> id = graph_.add_node(part.op, inputs, fresh_names(part.outputs));
    if (!id.ok()) return id.status();
    const std::vector<ValueId> outputs = graph_.node(*id).outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == BP_NONE) continue;
      fresh_[part.outputs[i]] = outputs[i];
      if (types->are_given)
        graph_.set_declared_type(outputs[i], types->types[i]);
      else
        graph_.set_type(outputs[i], types->types[i]);
    }
    const ops::ConstantPtr known = graph::known_output(graph_, graph_.node(*id));
    if (known != nullptr) graph_.set_constant(outputs[0], known);
    *out_node = *id;
    return {};
  }

 private:
  struct Types {
    std::vector<bp_tensor_type_t> types;
    bool are_given = false;  // the caller's word
  };

  // No value of a graph has such a name: it stands for one that the node will make.
  static std::string output_name(uint32_t index) { return "\n" + std::to_string(index); }

  ValueId find(const std::string& name) const {
    const auto fresh = fresh_.find(name);
    return fresh != fresh_.end() ? fresh->second : graph_.find(name);
  }

  std::vector<std::string> fresh_names(const std::vector<std::string>& wanted) const {
    size_t number = graph_.values().size();
    std::vector<std::string> names;
    for (const std::string& name : wanted) {
      while (graph_.find(fmt::format("value {}", number)) != BP_NONE) ++number;
      names.push_back(name.empty() ? "" : fmt::format("value {}", number++));
    }
    return names;
  }

  Result<Types> types_of(const ops::Draft& part, const std::vector<ValueId>& inputs) const {
    Types types;
    types.types.resize(part.outputs.size());
    const ops::AbiNode node(part.op, graph::types_of(graph_, inputs), types.types,
                            graph::constants_of(graph_, inputs));
    Status inferred = ops::infer(node.node(), types.types.data());
    if (inferred.ok()) return types;
    if (inferred.code() != BP_STATUS_NOT_READY) return inferred;
    if (node_.outputs == nullptr || part.outputs.size() > node_.output_count)
      return Status(BP_STATUS_NOT_READY, inferred.text() + "; give the outputs' types");
    for (size_t i = 0; i < types.types.size(); ++i) types.types[i] = clean(node_.outputs[i]);
    types.are_given = true;
    return types;
  }

  // What the caller says of the outputs must agree with what they are.
  Status check_outputs(const std::vector<bp_tensor_type_t>& types) const {
    for (uint32_t i = 0; node_.outputs != nullptr && i < types.size(); ++i) {
      if (i >= node_.output_count || is_absent(node_.outputs[i])) continue;
      if (!graph::agree(types[i], node_.outputs[i]))
        return invalid_argument(fmt::format("{}: output {} is {} and was given as {}", node_.op, i,
                                            to_text(types[i]), to_text(node_.outputs[i])));
    }
    return {};
  }

  Graph& graph_;
  const bp_node_t& node_;
  const bp_value_id_t* const inputs_;
  std::map<std::string, ValueId> fresh_;
};

Status add_parts(Graph& graph, const bp_node_t& node, const bp_value_id_t* inputs,
                 bp_node_id_t* out_node) {
  Adding adding(graph, node, inputs);
  Result<ops::Normalised> normal = adding.normalise();
  if (!normal.ok()) return normal.status();
  for (const auto& [name, constant] : normal->constants) adding.add_constant(name, constant);
  for (ops::Draft& part : normal->nodes) {
    Status added = adding.add_part(part, &part == &normal->nodes.back(), out_node);
    if (!added.ok()) return added;
  }
  return {};
}

}  // namespace

Status add_node(Graph& graph, const bp_node_t& node, const bp_value_id_t* inputs,
                bp_node_id_t* out_node) {
  Adding adding(graph, node, inputs);
  Result<ops::Normalised> normal = adding.normalise();
  if (!normal.ok()) return normal.status();
  if (normal->nodes.size() == 1 && normal->constants.empty())
    return adding.add_part(normal->nodes[0], true, out_node);
  Graph edited = graph;  // a call that fails has done nothing
  Status added = add_parts(edited, node, inputs, out_node);
  if (added.ok()) graph = std::move(edited);
  return added;
}

Status infer_node(const bp_node_t& node, bp_tensor_type_t* out_types) {
  Graph graph;
  std::vector<bp_value_id_t> inputs;
  bool is_known = true;
  for (uint32_t i = 0; i < node.input_count; ++i) {
    const bp_constant_t* constant = node.constants != nullptr ? node.constants[i] : nullptr;
    is_known = is_known && !has_unknown_size(node.inputs[i]);
    if (is_absent(node.inputs[i])) {
      inputs.push_back(BP_NONE);
    } else if (constant == nullptr) {
      inputs.push_back(graph.add_input("", clean(node.inputs[i])));
    } else {
      Result<ops::ConstantPtr> copy = graph::constant_from(*constant);
      if (!copy.ok()) return copy.status();
      inputs.push_back(graph.add_constant("", *copy));
    }
  }
  bp_node_t alone = node;
  alone.outputs = nullptr;
  bp_node_id_t id = BP_NONE;
  Status added = add_parts(graph, alone, inputs.data(), &id);
  if (!added.ok()) return added;
  std::vector<bp_tensor_type_t> types = graph::types_of(graph, graph.node(id).outputs);
  if (is_known && graph::is_sized_by_data(graph.node(id))) {
    Result<std::vector<bp_tensor_type_t>> bounds = graph::infer_bounds(graph, graph.node(id));
    if (!bounds.ok()) return bounds.status();
    types = bounds.take();
  }
  if (is_known && std::any_of(types.begin(), types.end(), has_unknown_size))
    return {BP_STATUS_NOT_READY,
            std::string(node.op) + ": a size hangs on the value of an input that is no constant"};
  for (uint32_t i = 0; i < node.output_count; ++i)
    out_types[i] = i < types.size() ? types[i] : bp_tensor_type_t{};
  return {};
}

}  // namespace backplane::runtime
