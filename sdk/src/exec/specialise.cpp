#include "exec/specialise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "exec/control_flow.hpp"
#include "exec/expand.hpp"
#include "exec/launch.hpp"
#include "graph/folding.hpp"
#include "graph/typing.hpp"
#include "ops/table.hpp"

namespace backplane::exec {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

constexpr int kDeepest = 8;                                 // parts of parts
constexpr uint64_t kLargestShapeInput = uint64_t{1} << 20;  // bytes read at each run

// The graph's inputs that `values` are computed from.
std::set<ValueId> sources_of(const Graph& graph, std::vector<ValueId> values) {
  std::set<ValueId> seen;
  std::set<ValueId> sources;
  while (!values.empty()) {
    const ValueId id = values.back();
    values.pop_back();
    if (id == BP_NONE || graph.value(id).constant != nullptr || !seen.insert(id).second) continue;
    if (graph.value(id).is_input) sources.insert(id);
    if (graph.value(id).producer == BP_NONE) continue;
    const std::vector<ValueId>& inputs = graph.node(graph.value(id).producer).inputs;
    values.insert(values.end(), inputs.begin(), inputs.end());
  }
  return sources;
}

// A node's inputs whose values its output sizes may hang on: the small integers after the first,
// or, where these are all known, whatever is a vector or a scalar.
std::vector<ValueId> shape_inputs(const Graph& graph, const Node& node) {
  std::vector<ValueId> likely;
  std::vector<ValueId> possible;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId input = node.inputs[i];
    if (input == BP_NONE || graph.value(input).constant != nullptr) continue;
    const bp_tensor_type_t& type = graph.value(input).type;
    if (type.rank > 1) continue;
    possible.push_back(input);
    if (i > 0 && (type.dtype == BP_DTYPE_INT64 || type.dtype == BP_DTYPE_INT32))
      likely.push_back(input);
  }
  return likely.empty() ? possible : likely;
}

// A failure of something in `text`; words that tell refusals apart stay in front.
Status within(const Status& status, const std::string& text) {
  for (const char* word : {ops::kControlFlow, ops::kUnknownSize})
    if (status.text().rfind(word, 0) == 0)
      return {status.code(), fmt::format("{} ({})", status.text(), text)};
  return status.in(text);
}

// Only branches that are not taken read what these make.
void drop_unused(Specialised& specialised) {
  const Graph& graph = specialised.graph;
  std::vector<bool> is_used(graph.values().size());
  for (const ValueId output : graph.outputs()) is_used[output] = true;
  const auto is_dropped = [&](const Specialised::Step& step) {
    const Node& node = graph.node(step.node);
    const bool is_needed =
        std::any_of(node.outputs.begin(), node.outputs.end(),
                    [&](ValueId output) { return output != BP_NONE && is_used[output]; });
    for (const ValueId input : node.inputs)
      if (is_needed && input != BP_NONE) is_used[input] = true;
    return !is_needed;
  };
  std::vector<Specialised::Step>& steps = specialised.steps;
  std::vector<Specialised::Step> kept;
  for (size_t i = steps.size(); i-- > 0;)
    if (!is_dropped(steps[i])) kept.push_back(steps[i]);
  steps.assign(kept.rbegin(), kept.rend());
}

class Specialiser {
 public:
  Specialiser(const Graph& graph, OpenDevice& device, Refused refused, FoldedNodes& folded)
      : device_(device), may_decompose_(refused == Refused::kDecomposed), folded_(folded) {
    result_.graph = graph;
    is_lasting_.resize(graph.values().size());
    for (size_t i = 0; i < is_lasting_.size(); ++i)
      is_lasting_[i] = graph.value(static_cast<ValueId>(i)).constant != nullptr;
  }

  void set_input(size_t index, const bp_tensor_type_t& type, const ops::ConstantPtr& value) {
    const ValueId id = result_.graph.inputs()[index];
    result_.graph.set_type(id, type);
    if (value != nullptr) result_.graph.set_constant(id, value);
  }

  Status add(NodeId id) {
    whole_ = id;
    return add(id, 0);
  }

  const std::vector<uint32_t>& wanted() const { return wanted_; }
  Specialised take() {
    if (has_bodies_) drop_unused(result_);
    return std::move(result_);
  }

 private:
  Status add(NodeId id, int depth) {
    const std::string text = text_of(id, depth);
    if (result_.graph.node(id).bodies != nullptr) return within(inline_bodies(id), text);
    const Node& node = result_.graph.node(id);
    Result<std::vector<bp_tensor_type_t>> types = graph::infer_outputs(result_.graph, node);
    if (types.status().code() == BP_STATUS_NOT_READY) return want_values(id, types.status());
    if (!types.ok()) return types.status().in(text);
    for (size_t i = 0; i < types->size(); ++i)
      if (node.outputs[i] != BP_NONE && has_unknown_size((*types)[i]))
        return want_values(
            id, unsupported("output " + std::to_string(i) + " is " + to_text((*types)[i])));
    for (size_t i = 0; i < types->size(); ++i) {
      if (node.outputs[i] == BP_NONE) (*types)[i] = {};
      if (node.outputs[i] != BP_NONE) result_.graph.set_type(node.outputs[i], (*types)[i]);
    }
    return compute(id, *types, depth).in(text);
  }

  Status compute(NodeId id, const std::vector<bp_tensor_type_t>& types, int depth) {
    const Node& node = result_.graph.node(id);
    const bool is_lasting = lasts(node);
    if (const auto before = folded_.find(id); is_lasting && before != folded_.end()) {
      set_results(node, before->second, true);
      return {};
    }
    ops::ConstantPtr known = graph::known_output(result_.graph, node);
    if (known == nullptr) known = graph::folded_output(result_.graph, node);
    if (known != nullptr) {
      set_results(node, {known}, is_lasting);
      if (is_lasting) keep(id, {known});
      return {};
    }
    const std::vector<ops::ConstantPtr> inputs = graph::constants_of(result_.graph, node.inputs);
    const Status refused = all_known(node, inputs) ? fold(id, inputs, types) : ask(node);
    if (refused.code() == BP_STATUS_UNSUPPORTED && can_decompose(node))
      return expand(id, types, refused, depth);
    const bool is_left = refused.code() == BP_STATUS_UNSUPPORTED && !may_decompose_ &&
                         ops::has_decomposition(node.op);
    if (is_left || (refused.ok() && !all_known(node, inputs)))
      result_.steps.push_back({id, whole_});
    return is_left ? Status() : refused;
  }

  bool lasts(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [this](ValueId v) { return v == BP_NONE || is_lasting_[v]; });
  }

  static bool all_known(const Node& node, const std::vector<ops::ConstantPtr>& inputs) {
    if (node.op.domain.empty() && ops::draws_at_random(node.op.op)) return false;
    bool has_input = false;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (node.inputs[i] != BP_NONE && inputs[i] == nullptr) return false;
      has_input = has_input || inputs[i] != nullptr;
    }
    return has_input;
  }

  bool can_decompose(const Node& node) const {
    return may_decompose_ && ops::has_decomposition(node.op);
  }

  // Of any other node the device is asked when its kernel is made.
  Status ask(const Node& node) const {
    if (!can_decompose(node)) return {};
    const ops::AbiNode abi_node(node.op, graph::types_of(result_.graph, node.inputs),
                                graph::types_of(result_.graph, node.outputs),
                                graph::constants_of(result_.graph, node.inputs));
    return Kernel::check(device_.device(), abi_node.node());
  }

  Status fold(NodeId id, const std::vector<ops::ConstantPtr>& inputs,
              const std::vector<bp_tensor_type_t>& types) {
    const Node& node = result_.graph.node(id);
    const bool is_lasting = lasts(node);
    Result<std::vector<ops::ConstantPtr>> results = run_once(device_, node.op, inputs, types);
    if (!results.ok()) return results.status();
    set_results(node, *results, is_lasting);
    if (is_lasting) keep(id, *results);
    return {};
  }

  // Numbers of parts mean something else in another specialisation.
  void keep(NodeId id, const std::vector<ops::ConstantPtr>& results) {
    if (id == whole_) folded_[id] = results;
  }

  void set_results(const Node& node, const std::vector<ops::ConstantPtr>& results, bool lasts) {
    for (size_t i = 0; i < results.size(); ++i) {
      if (node.outputs[i] == BP_NONE) continue;
      is_lasting_[node.outputs[i]] = lasts;
      result_.graph.set_constant(node.outputs[i], results[i]);
    }
  }

  // The node's parts in its place; `types` are those of its outputs.
  Status expand(NodeId id, const std::vector<bp_tensor_type_t>& types, const Status& refused,
                int depth) {
    if (depth == kDeepest)
      return unsupported(fmt::format("its decomposition does not end at depth {}", kDeepest));
    if (depth == 0) result_.refusals[id] = refused.text();
    const std::vector<ValueId> outputs = result_.graph.node(id).outputs;
    Result<ops::Parts> parts = parts_of(result_.graph, id, refused);
    if (!parts.ok()) return parts.status();
    const bool is_lasting = lasts(result_.graph.node(id));
    Expansion expansion(result_.graph, id, parts.take());
    Status added = add_parts(expansion, depth);
    if (!added.ok()) return {added.code(), refused.text() + "; " + added.text()};
    for (size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] != BP_NONE && !same_type(result_.graph.value(outputs[i]).type, types[i]))
        return internal(fmt::format("its decomposition gives {} and not {}",
                                    to_text(result_.graph.value(outputs[i]).type),
                                    to_text(types[i])));
    if (is_lasting) keep_outputs(id, outputs);
    return {};
  }

  // Of a node whose parts were all computed.
  void keep_outputs(NodeId id, const std::vector<ValueId>& outputs) {
    const std::vector<ops::ConstantPtr> results = graph::constants_of(result_.graph, outputs);
    for (size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] != BP_NONE && results[i] == nullptr) return;
    for (const ValueId output : outputs)
      if (output != BP_NONE) is_lasting_[output] = true;
    keep(id, results);
  }

  Status add_parts(Expansion& expansion, int depth) {
    while (true) {
      Result<std::vector<NodeId>> next = expansion.add_next();
      if (!next.ok()) return next.status();
      if (next->empty()) return {};
      is_lasting_.resize(result_.graph.values().size());
      for (const NodeId part : *next)
        if (Status added = add(part, depth + 1); !added.ok()) return added;
    }
  }

  // A node of a body has no depth: where it is refused, its own parts begin at 1.
  std::string text_of(NodeId id, int depth) const {
    if (id == whole_) return graph::node_text(result_.graph, id);
    const ops::Operator& op = result_.graph.node(id).op;
    return depth == 0 ? body_node_text(graph::named_text(op)) : part_text(op.op);
  }

  // The nodes of the bodies in the node's place.
  Status inline_bodies(NodeId id) {
    const std::vector<ValueId> outputs = result_.graph.node(id).outputs;
    const bool is_lasting = lasts(result_.graph.node(id));
    if (const auto before = folded_.find(id); is_lasting && before != folded_.end()) {
      set_results(result_.graph.node(id), before->second, true);
      return {};
    }
    const std::unique_ptr<ControlFlow> control = ControlFlow::create(result_.graph, id);
    while (true) {
      Result<std::vector<NodeId>> next = control->add_next();
      is_lasting_.resize(result_.graph.values().size());
      if (next.status().code() == BP_STATUS_NOT_READY && control->wanted() != BP_NONE)
        return want({control->wanted()}, next.status(),
                    fmt::format("{}: {}; what inputs of the graph say can be known, up to {} "
                                "bytes of them",
                                ops::kControlFlow, next.status().text(), kLargestShapeInput));
      if (!next.ok()) return next.status();
      if (next->empty()) break;
      for (const NodeId part : *next)
        if (Status added = add(part, 0); !added.ok()) return added;
    }
    has_bodies_ = true;
    for (size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] != BP_NONE) stand_in(outputs[i], control->results()[i]);
    if (is_lasting) keep_outputs(id, outputs);
    return {};
  }

  // What is known in one plan may be something else in the next: it becomes the output's own value,
  // which lasts only where the node does.
  void stand_in(ValueId output, ValueId value) {
    result_.graph.set_type(output, result_.graph.value(value).type);
    if (result_.graph.value(value).constant != nullptr)
      result_.graph.set_constant(output, result_.graph.value(value).constant);
    else
      result_.graph.stand_in(output, value);
  }

  // Sizes hang on values: of which of the graph's inputs?
  Status want_values(NodeId id, const Status& reason) {
    return want(shape_inputs(result_.graph, result_.graph.node(id)), reason,
                fmt::format("{}: {}: sizes hang on values that are not known before the run ({})",
                            ops::kUnknownSize, graph::node_text(result_.graph, id), reason.text()));
  }

  // `refusal`: the words if no inputs give these values, or too large ones.
  Status want(const std::vector<ValueId>& values, const Status& reason,
              const std::string& refusal) {
    const std::set<ValueId> sources = sources_of(result_.graph, values);
    uint64_t size = 0;
    for (ValueId source : sources) size += *byte_size(result_.graph.value(source).type);
    if (sources.empty() || size > kLargestShapeInput) return unsupported(refusal);
    const std::vector<ValueId>& inputs = result_.graph.inputs();
    for (uint32_t i = 0; i < inputs.size(); ++i)
      if (sources.count(inputs[i]) != 0) wanted_.push_back(i);
    return {BP_STATUS_NOT_READY, reason.text()};
  }

  OpenDevice& device_;
  const bool may_decompose_;
  FoldedNodes& folded_;
  Specialised result_;
  NodeId whole_ = BP_NONE;        // that is being added
  bool has_bodies_ = false;       // that stand in the graph now
  std::vector<bool> is_lasting_;  // per value: a constant whatever the inputs are
  std::vector<uint32_t> wanted_;
};

}  // namespace

std::string part_text(const std::string& op) { return "its part " + op; }

std::string body_node_text(const std::string& name) { return "its node " + name; }

Result<Specialised> specialise(const Graph& graph, OpenDevice& device, Refused refused,
                               const InputsKnown& inputs, FoldedNodes& folded,
                               std::vector<uint32_t>* out_wanted, Where* out_where) {
  Specialiser specialiser(graph, device, refused, folded);
  for (size_t i = 0; i < graph.inputs().size(); ++i)
    specialiser.set_input(i, inputs.types[i], inputs.values[i]);
  const std::vector<bool> is_needed = graph::needed_nodes(graph);
  for (NodeId id = 0; id < graph.nodes().size(); ++id) {
    if (!is_needed[id]) continue;
    Status added = specialiser.add(id);
    if (added.ok()) continue;
    *out_wanted = specialiser.wanted();
    *out_where = {graph.node(id).op.name, graph.node(id).op.op, id};
    return added;
  }
  return specialiser.take();
}

}  // namespace backplane::exec
