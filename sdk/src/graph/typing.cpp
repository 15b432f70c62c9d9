#include "graph/typing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/control_typing.hpp"
#include "ops/table.hpp"

namespace backplane::graph {
namespace {

// Shape's start and end count from the back when negative, and are cut to the rank.
int64_t shape_bound(const ops::Operator& op, const char* name, int64_t fallback, int64_t rank) {
  const ops::Attribute* attribute = op.attribute(name);
  int64_t bound = attribute == nullptr || attribute->ints.empty() ? fallback : attribute->ints[0];
  if (bound < 0) bound = bound < -rank ? 0 : bound + rank;
  return std::min(bound, rank);
}

ops::ConstantPtr sizes_as_constant(const ops::Operator& op, const bp_tensor_type_t& type) {
  if (is_absent(type) || has_unknown_size(type)) return nullptr;
  const int64_t start = shape_bound(op, "start", 0, type.rank);
  const int64_t end = std::max(start, shape_bound(op, "end", type.rank, type.rank));
  return ops::make_int64_constant(std::vector<int64_t>(type.shape + start, type.shape + end));
}

using Infer = Status (*)(const bp_node_t& node, bp_tensor_type_t* out_types);

Result<std::vector<bp_tensor_type_t>> asked(const Graph& graph, const Node& node, Infer infer) {
  std::vector<bp_tensor_type_t> outputs(node.outputs.size());
  const ops::AbiNode abi_node(node.op, types_of(graph, node.inputs), outputs,
                              constants_of(graph, node.inputs));
  const Status status = infer(abi_node.node(), outputs.data());
  if (!status.ok()) return status;
  return outputs;
}

}  // namespace

std::vector<bp_tensor_type_t> types_of(const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<bp_tensor_type_t> types(values.size());
  for (size_t index = 0; index < values.size(); ++index)
    if (values[index] != BP_NONE) types[index] = graph.value(values[index]).type;
  return types;
}

std::vector<ops::ConstantPtr> constants_of(const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<ops::ConstantPtr> constants(values.size());
  for (size_t index = 0; index < values.size(); ++index)
    if (values[index] != BP_NONE) constants[index] = graph.value(values[index]).constant;
  return constants;
}

Result<std::vector<bp_tensor_type_t>> infer_outputs(const Graph& graph, const Node& node) {
  if (node.bodies != nullptr) return infer_control(graph, node);
  if (!node.op.domain.empty()) return types_of(graph, node.outputs);
  return asked(graph, node, ops::infer);
}

bool is_sized_by_data(const Node& node) {
  return node.op.domain.empty() && ops::is_sized_by_data(node.op.op);
}

Result<std::vector<bp_tensor_type_t>> infer_bounds(const Graph& graph, const Node& node) {
  return asked(graph, node, ops::infer_bounds);
}

ops::Values known_values(const Graph& graph, std::function<ValueId(const std::string&)> find) {
  ops::Values known;
  known.type = [&graph, find](const std::string& name) {
    const ValueId id = find(name);
    return id == BP_NONE || is_absent(graph.value(id).type) ? nullptr : &graph.value(id).type;
  };
  known.constant = [&graph, find = std::move(find)](const std::string& name) {
    const ValueId id = find(name);
    return id == BP_NONE ? nullptr : graph.value(id).constant;
  };
  return known;
}

ops::ConstantPtr known_output(const Graph& graph, const Node& node) {
  if (!node.op.domain.empty()) return nullptr;
  if (node.op.op == "Constant") {
    const ops::Attribute* value = node.op.attribute("value");
    return value == nullptr ? nullptr : value->tensor;
  }
  if (node.op.op == "Shape" && node.inputs.size() == 1 && node.inputs[0] != BP_NONE)
    return sizes_as_constant(node.op, graph.value(node.inputs[0]).type);
  return nullptr;
}

bool agree(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  if (a.dtype != b.dtype || a.rank != b.rank || a.layout != b.layout) return false;
  for (uint16_t axis = 0; axis < std::min<uint16_t>(a.rank, BP_MAX_RANK); ++axis)
    if (a.shape[axis] != b.shape[axis] && !BP_DIM_IS_UNKNOWN(a.shape[axis]) &&
        !BP_DIM_IS_UNKNOWN(b.shape[axis]))
      return false;
  return true;
}

std::string named_text(const ops::Operator& op) {
  return op.name.empty() ? op.op : fmt::format("{} \"{}\"", op.op, op.name);
}

std::string node_text(const Graph& graph, NodeId id) {
  if (id >= graph.nodes().size()) return fmt::format("node {}", id);
  const ops::Operator& op = graph.node(id).op;
  return op.name.empty() ? fmt::format("node {} ({})", id, op.op) : named_text(op);
}

}  // namespace backplane::graph
