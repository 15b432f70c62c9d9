#include "exec/control_flow.hpp"

#include <fmt/format.h>

#include "graph/control_typing.hpp"
#include "ops/schema.hpp"

namespace backplane::exec {
namespace {

using graph::Body;
using graph::Graph;
using graph::NodeId;
using graph::Scope;
using graph::ValueId;

class If : public ControlFlow {
 public:
  If(Graph& graph, NodeId node) : ControlFlow(graph, node) {}

 protected:
  Result<bool> go_on(const std::vector<ValueId>& outputs) override {
    if (is_chosen_) {
      results_ = outputs;
      return false;
    }
    const Result<bool> cond = flag(inputs_[0], "its condition");
    if (!cond.ok()) return cond;
    is_chosen_ = true;
    const Body& branch = bodies_->all.at(*cond ? "then_branch" : "else_branch");
    std::vector<bool> wanted;
    for (size_t i = 0; i < branch.outputs.size(); ++i) wanted.push_back(is_wanted(i));
    start(branch, {}, wanted);
    return true;
  }

 private:
  bool is_chosen_ = false;
};

ops::Draft draft(const char* op, std::vector<std::string> inputs, std::string output,
                 std::vector<ops::Attribute> attributes) {
  ops::Draft result;
  result.op.op = op;
  result.op.attributes = std::move(attributes);
  result.inputs = std::move(inputs);
  result.outputs = {std::move(output)};
  return result;
}

}  // namespace

std::unique_ptr<ControlFlow> ControlFlow::create(Graph& graph, NodeId node) {
  const std::string& op = graph.node(node).op.op;
  if (op == "If") return std::make_unique<If>(graph, node);
  return op == "Loop" ? create_loop(graph, node) : create_scan(graph, node);
}

ControlFlow::ControlFlow(Graph& graph, NodeId node)
    : graph_(graph),
      inputs_(graph::own_inputs(graph.node(node))),
      bodies_(graph.node(node).bodies),
      node_outputs_(graph.node(node).outputs),
      captured_(graph::captured_scope(graph.node(node))) {}

Result<std::vector<NodeId>> ControlFlow::add_next() {
  while (true) {
    if (inlining_ == nullptr) {
      const Result<bool> begun = begin();
      if (!begun.ok()) return begun.status();
      if (!*begun) return std::vector<NodeId>();
    }
    if (graph_.nodes().size() > kMostNodes)
      return unsupported(fmt::format("{}: more than {} nodes once its bodies stand in its place",
                                     ops::kControlFlow, kMostNodes));
    Result<std::vector<NodeId>> next = inlining_->add_next();
    if (!next.ok() || !next->empty()) return next;
    results_.clear();
    for (size_t i = 0; i < output_count_; ++i) results_.push_back(inlining_->output(i));
    inlining_.reset();
  }
}

// What the last body gave stands in results_.
Result<bool> ControlFlow::begin() {
  const std::vector<ValueId> outputs = results_;
  return go_on(outputs);
}

Scope ControlFlow::scope_of(const Body& body) {
  const auto known = constants_.find(&body);
  if (known != constants_.end()) return known->second;
  Scope scope = captured_;
  graph::add_constants(graph_, body, &scope);
  return constants_.emplace(&body, std::move(scope)).first->second;
}

void ControlFlow::start(const Body& body, const std::vector<ValueId>& inputs,
                        const std::vector<bool>& wanted) {
  Scope scope = scope_of(body);
  for (size_t i = 0; i < body.inputs.size(); ++i) scope[body.inputs[i]] = inputs[i];
  std::vector<std::string> names;
  for (size_t i = 0; i < body.outputs.size(); ++i)
    if (wanted[i]) names.push_back(body.outputs[i]);
  output_count_ = body.outputs.size();
  inlining_ =
      std::make_unique<graph::Inlining>(graph_, body, bodies_->opset, std::move(scope), names);
}

void ControlFlow::start_own(Body body, const std::vector<ValueId>& inputs) {
  own_body_ = std::move(body);
  Scope scope;
  graph::add_constants(graph_, own_body_, &scope);
  for (size_t i = 0; i < inputs.size(); ++i) scope[own_body_.inputs[i]] = inputs[i];
  output_count_ = own_body_.outputs.size();
  inlining_ = std::make_unique<graph::Inlining>(graph_, own_body_, ops::kReferenceOpset,
                                                std::move(scope), own_body_.outputs);
}

Status ControlFlow::want(ValueId id, const std::string& what) {
  wanted_ = id;
  return {BP_STATUS_NOT_READY, what + " is not known before the run"};
}

Result<bool> ControlFlow::flag(ValueId id, const std::string& what) {
  const graph::Value& value = graph_.value(id);
  Status single = graph::check_single(value.type, BP_DTYPE_BOOL, what.c_str());
  if (!single.ok()) return single;
  if (value.constant == nullptr) return want(id, what);
  return graph::flag_in(*value.constant);
}

Result<int64_t> ControlFlow::count(ValueId id, const std::string& what) {
  const graph::Value& value = graph_.value(id);
  Status single = graph::check_single(value.type, BP_DTYPE_INT64, what.c_str());
  if (!single.ok()) return single;
  if (value.constant == nullptr) return want(id, what);
  return graph::count_in(*value.constant);
}

Status ControlFlow::check_trip(int64_t trip) const {
  if (trip < kMostTrips) return {};
  return unsupported(fmt::format("{}: more than {} trips", ops::kControlFlow, kMostTrips));
}

Result<std::vector<bp_tensor_type_t>> ControlFlow::types_without_trips(
    const Body& body, const std::vector<bp_tensor_type_t>& inputs) const {
  graph::KnownValues values;
  for (const auto& [name, id] : captured_) values[name] = graph::known_value(graph_, id);
  for (size_t i = 0; i < body.inputs.size(); ++i) values[body.inputs[i]] = {inputs[i], nullptr};
  Result<std::vector<bp_tensor_type_t>> types = graph::infer_body(body, bodies_->opset, values);
  if (types.status().code() != BP_STATUS_NOT_READY) return types;
  return unsupported(
      fmt::format("{}: it makes no trip, and the types of what it would give hang "
                  "on values ({})",
                  ops::kControlFlow, types.status().text()));
}

Result<ValueId> ControlFlow::add_empty(const bp_tensor_type_t& element, size_t axis) {
  if (has_unknown_size(element) || element.rank >= BP_MAX_RANK)
    return unsupported(fmt::format("{}: it makes no trip, and none of {} cannot be stacked",
                                   ops::kControlFlow, to_text(element)));
  Shape shape = shape_of(element);
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 0);
  return add_constant(ops::make_constant(tensor_type(element.dtype, shape), ""));
}

ValueId ControlFlow::add_constant(const ops::ConstantPtr& constant) {
  return graph_.add_constant("", constant);
}

bool ControlFlow::is_wanted(size_t output) const {
  return output < node_outputs_.size() && node_outputs_[output] != BP_NONE;
}

Body stacking_body(size_t count, int64_t axis) {
  Body body;
  body.constants.emplace_back("axes", ops::make_int64_constant({axis}));
  std::vector<std::string> parts;
  for (size_t i = 0; i < count; ++i) {
    body.inputs.push_back(fmt::format("in{}", i));
    parts.push_back(fmt::format("part{}", i));
    body.nodes.push_back({draft("Unsqueeze", {body.inputs[i], "axes"}, parts[i], {}), nullptr});
  }
  body.outputs = {count == 1 ? parts[0] : "stacked"};
  if (count > 1)
    body.nodes.push_back(
        {draft("Concat", parts, "stacked", {ops::int_attribute("axis", axis)}), nullptr});
  return body;
}

Body picking_body(const std::vector<int64_t>& axes, const std::vector<int64_t>& at) {
  Body body;
  for (size_t i = 0; i < axes.size(); ++i) {
    const std::string index = fmt::format("index{}", i);
    const bp_tensor_type_t scalar = tensor_type(BP_DTYPE_INT64, {});
    body.constants.emplace_back(index, ops::make_constant(scalar, &at[i]));
    body.inputs.push_back(fmt::format("in{}", i));
    body.outputs.push_back(fmt::format("out{}", i));
    body.nodes.push_back({draft("Gather", {body.inputs[i], index}, body.outputs[i],
                                {ops::int_attribute("axis", axes[i])}),
                          nullptr});
  }
  return body;
}

}  // namespace backplane::exec
