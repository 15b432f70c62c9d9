#include "graph/control_typing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/folding.hpp"
#include "graph/inlining.hpp"
#include "graph/scan_form.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"

namespace backplane::graph {
namespace {

using Types = std::vector<bp_tensor_type_t>;

constexpr int kTypeTrips = 4;  // after so many a loop's types have settled, or it has none

Status not_ready(std::string text) { return {BP_STATUS_NOT_READY, std::move(text)}; }

// What normalising says of sizes that are not known is no fault of the body's.
Status softened(const Status& status) {
  const bool hangs = status.code() == BP_STATUS_UNSUPPORTED &&
                     status.text().find(ops::kUnknownSize) != std::string::npos;
  return hangs ? not_ready(status.text()) : status;
}

Status type_outputs(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const Result<Types> types = infer_outputs(graph, node);
  if (!types.ok()) return types.status().in(node_text(graph, id));
  for (size_t i = 0; i < types->size(); ++i)
    if (node.outputs[i] != BP_NONE) graph.set_type(node.outputs[i], (*types)[i]);
  if (node.outputs.size() != 1 || node.outputs[0] == BP_NONE) return {};
  ops::ConstantPtr known = known_output(graph, node);
  if (known == nullptr && !has_unknown_size((*types)[0])) known = folded_output(graph, node);
  if (known != nullptr) graph.set_constant(node.outputs[0], known);
  return {};
}

// The sizes that both have.
Result<bp_tensor_type_t> merged(const bp_tensor_type_t& a, const bp_tensor_type_t& b,
                                const char* where) {
  if (a.dtype != b.dtype)
    return invalid_argument(
        fmt::format("an output is {} and {} {}", to_text(a), to_text(b), where));
  if (a.rank != b.rank)
    return not_ready(fmt::format("an output is {} and {} {}", to_text(a), to_text(b), where));
  bp_tensor_type_t both = a;
  for (uint16_t axis = 0; axis < a.rank; ++axis)
    if (a.shape[axis] != b.shape[axis]) both.shape[axis] = -1;
  return both;
}

Result<Types> infer_if(const Graph& graph, const Node& node) {
  const Known cond = known_value(graph, node.inputs[0]);
  const Status single = check_single(cond.type, BP_DTYPE_BOOL, "the condition");
  if (!single.ok()) return single;
  const KnownValues values = captured_values(graph, node);
  const auto branch = [&](const char* name) {
    return infer_body(node.bodies->all.at(name), node.bodies->opset, values);
  };
  if (cond.constant != nullptr)
    return branch(flag_in(*cond.constant) ? "then_branch" : "else_branch");
  Result<Types> types = branch("then_branch");
  Result<Types> others = branch("else_branch");
  if (types.status().code() == BP_STATUS_NOT_READY || !others.ok()) return types;
  if (!types.ok()) return others;  // for these types only the other can be taken
  for (size_t i = 0; i < types->size(); ++i) {
    Result<bp_tensor_type_t> both = merged((*types)[i], (*others)[i], "in the two branches");
    if (!both.ok()) return both.status();
    (*types)[i] = *both;
  }
  return types;
}

// A loop while its types settle. Carried values are the first of the body's outputs.
class Trips {
 public:
  Trips(const Node& node, KnownValues values, std::vector<std::string> names)
      : body_(node.bodies->all.at("body")),
        opset_(node.bodies->opset),
        values_(std::move(values)),
        names_(std::move(names)) {}

  // `skipped`: outputs of the body before the carried ones.
  Result<Types> settle(size_t skipped) {
    for (int trip = 0; trip < kTypeTrips; ++trip) {
      Result<Types> types = infer_body(body_, opset_, values_);
      if (!types.ok()) return types;
      Result<bool> changed = merge(*types, skipped);
      if (!changed.ok()) return changed.status();
      if (!*changed) return types;
    }
    return not_ready("its types change from trip to trip");
  }

 private:
  // The types that go round, and in `types` what they are after any number of trips.
  Result<bool> merge(Types& types, size_t skipped) {
    bool changed = false;
    for (size_t i = 0; i < names_.size(); ++i) {
      Known& before = values_[names_[i]];
      Result<bp_tensor_type_t> both =
          merged(before.type, types[skipped + i], "before and after a trip");
      if (!both.ok()) return both.status();
      changed = changed || !same_type(before.type, *both);
      before.type = *both;
      types[skipped + i] = *both;
    }
    return changed;
  }

  const Body& body_;
  const uint32_t opset_;
  KnownValues values_;
  const std::vector<std::string> names_;  // of the carried inputs
};

bp_tensor_type_t stacked(const bp_tensor_type_t& element, size_t axis, int64_t size) {
  Shape shape = shape_of(element);
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), size);
  return tensor_type(element.dtype, shape);
}

Status check_rank(const bp_tensor_type_t& element) {
  if (element.rank < BP_MAX_RANK) return {};
  return unsupported(fmt::format("{}: elements of {} are stacked, and rank {} is the highest",
                                 ops::kNoSchema, to_text(element), BP_MAX_RANK));
}

Result<Types> infer_loop(const Graph& graph, const Node& node) {
  const std::vector<ValueId> inputs = own_inputs(node);
  const Body& body = node.bodies->all.at("body");
  const Known trips = known_value(graph, inputs[0]);
  const Known cond = known_value(graph, inputs[1]);
  Status single = check_single(trips.type, BP_DTYPE_INT64, "the number of trips");
  if (single.ok()) single = check_single(cond.type, BP_DTYPE_BOOL, "the condition");
  if (!single.ok()) return single;
  KnownValues values = captured_values(graph, node);
  values[body.inputs[0]] = {tensor_type(BP_DTYPE_INT64, {}), nullptr};
  values[body.inputs[1]] = {tensor_type(BP_DTYPE_BOOL, {}), nullptr};
  for (size_t i = 2; i < inputs.size(); ++i)
    values[body.inputs[i]] = {known_value(graph, inputs[i]).type, nullptr};
  const std::vector<std::string> carried(body.inputs.begin() + 2, body.inputs.end());
  Result<Types> types = Trips(node, std::move(values), carried).settle(1);
  if (!types.ok()) return types;
  Types outputs(types->begin() + 1, types->end());
  for (size_t i = carried.size(); i < outputs.size(); ++i) {
    if (Status rank = check_rank(outputs[i]); !rank.ok()) return rank;
    outputs[i] = stacked(outputs[i], 0, -1);
  }
  return outputs;
}

Result<Types> infer_scan(const Graph& graph, const Node& node) {
  const Result<ScanForm> form = scan_form(graph, node);
  if (!form.ok()) return form.status();
  const Body& body = node.bodies->all.at("body");
  KnownValues values = captured_values(graph, node);
  for (size_t i = 0; i < form->inputs.size(); ++i)
    values[body.inputs[i]] = {form->element_type(graph, i), nullptr};
  const std::vector<std::string> carried(
      body.inputs.begin(), body.inputs.begin() + static_cast<std::ptrdiff_t>(form->states));
  Result<Types> types = Trips(node, std::move(values), carried).settle(0);
  if (!types.ok()) return types;
  for (size_t i = 0; i < types->size(); ++i) {
    bp_tensor_type_t& type = (*types)[i];
    if (Status rank = check_rank(type); !rank.ok()) return rank;
    if (i >= form->states) {
      Result<size_t> axis = form->output_axis(i - form->states, type.rank);
      if (!axis.ok()) return axis.status();
      type = stacked(type, *axis, form->length);
    }
    if (!form->has_batches) continue;
    if (Status rank = check_rank(type); !rank.ok()) return rank;
    type = stacked(type, 0, form->batches);
  }
  return types;
}

}  // namespace

Known known_value(const Graph& graph, ValueId id) {
  if (id == BP_NONE) return {};
  return {graph.value(id).type, graph.value(id).constant};
}

KnownValues captured_values(const Graph& graph, const Node& node) {
  KnownValues values;
  for (const auto& [name, id] : captured_scope(node)) values[name] = known_value(graph, id);
  return values;
}

Result<Types> infer_body(const Body& body, uint32_t opset, const KnownValues& values) {
  Graph graph;
  Scope scope;
  for (const auto& [name, known] : values) {
    if (known.constant != nullptr)
      scope[name] = graph.add_constant(name, known.constant);
    else if (!is_absent(known.type))
      scope[name] = graph.add_input(name, known.type);
  }
  add_constants(graph, body, &scope);
  Inlining inlining(graph, body, opset, std::move(scope), body.outputs);
  while (true) {
    const Result<std::vector<NodeId>> next = inlining.add_next();
    if (!next.ok()) return softened(next.status());
    if (next->empty()) break;
    for (const NodeId id : *next)
      if (Status typed = type_outputs(graph, id); !typed.ok()) return softened(typed);
  }
  Types types;
  for (size_t i = 0; i < body.outputs.size(); ++i) {
    const ValueId output = inlining.output(i);
    if (output == BP_NONE) return not_ready("a body's output is of no known type");
    types.push_back(graph.value(output).type);
  }
  return types;
}

Result<Types> infer_control(const Graph& graph, const Node& node) {
  Result<Types> types = node.op.op == "If"     ? infer_if(graph, node)
                        : node.op.op == "Loop" ? infer_loop(graph, node)
                                               : infer_scan(graph, node);
  if (!types.ok()) return types.status();
  types->resize(node.outputs.size());
  return types;
}

Status check_single(const bp_tensor_type_t& type, bp_dtype_t dtype, const char* what) {
  if (is_absent(type)) return {};
  const bool is_one = type.rank == 0 ||
                      (type.rank == 1 && (type.shape[0] == 1 || BP_DIM_IS_UNKNOWN(type.shape[0])));
  if (type.dtype == dtype && is_one) return {};
  return invalid_argument(
      fmt::format("{} is {}, one {} is wanted", what, to_text(type), dtype_name(dtype)));
}

bool flag_in(const ops::Constant& constant) {
  return *static_cast<const uint8_t*>(constant.bytes()) != 0;
}

int64_t count_in(const ops::Constant& constant) {
  return *static_cast<const int64_t*>(constant.bytes());
}

}  // namespace backplane::graph
