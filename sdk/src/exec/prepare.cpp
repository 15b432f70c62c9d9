#include "exec/prepare.hpp"

#include <algorithm>
#include <set>

#include "exec/kernel.hpp"
#include "graph/typing.hpp"

namespace backplane::exec {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

// The steps alone, as a graph in which every known value is a constant.
class StepsGraph {
 public:
  StepsGraph(const Specialised& from, ConstantPool& pool)
      : from_(from), pool_(pool), ids_(from.graph.values().size(), BP_NONE) {}

  Status make() {
    for (const ValueId input : from_.graph.inputs()) {
      const graph::Value& value = from_.graph.value(input);
      const ValueId id = graph_.add_input(value.name, value.type);
      if (value.constant == nullptr) ids_[input] = id;
    }
    for (const Specialised::Step& step : from_.steps)
      if (Status added = add(step); !added.ok()) return added;
    for (size_t i = 0; i < from_.graph.outputs().size(); ++i) {
      const ValueId output = value_of(from_.graph.outputs()[i]);
      Status added = graph_.add_output(output, from_.graph.output_name(i));
      if (!added.ok()) return added;
    }
    return {};
  }

  Graph take() { return std::move(graph_); }

 private:
  ValueId value_of(ValueId id) {
    if (id == BP_NONE || ids_[id] != BP_NONE) return id == BP_NONE ? id : ids_[id];
    const graph::Value& value = from_.graph.value(id);
    if (value.constant == nullptr) return BP_NONE;
    const bool is_taken = graph_.find(value.name) != BP_NONE;
    const bool is_computed = value.producer != BP_NONE;
    ids_[id] = graph_.add_constant(is_taken ? "" : value.name,
                                   is_computed ? pool_.unique(value.constant) : value.constant);
    return ids_[id];
  }

  Status add(const Specialised::Step& step) {
    const Node& node = from_.graph.node(step.node);
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) inputs.push_back(value_of(input));
    std::vector<std::string> names;
    for (const ValueId output : node.outputs)
      names.push_back(output == BP_NONE ? "" : from_.graph.value(output).name);
    Result<NodeId> added = graph_.add_node(node.op, std::move(inputs), names);
    for (size_t i = 0; added.ok() && i < node.outputs.size(); ++i) {
      if (node.outputs[i] == BP_NONE) continue;
      ids_[node.outputs[i]] = graph_.node(*added).outputs[i];
      graph_.set_type(ids_[node.outputs[i]], from_.graph.value(node.outputs[i]).type);
    }
    return added.status();
  }

  const Specialised& from_;
  ConstantPool& pool_;
  Graph graph_;
  std::vector<ValueId> ids_;
};

// What the passes computed (weights with a normalization in them) is kept once for all plans.
void share_constants(const Graph& before, ConstantPool& pool, Graph* graph) {
  std::set<const ops::Constant*> known;
  for (const graph::Value& value : before.values()) known.insert(value.constant.get());
  for (ValueId id = 0; id < graph->values().size(); ++id) {
    const ops::ConstantPtr& constant = graph->value(id).constant;
    if (constant != nullptr && known.count(constant.get()) == 0)
      graph->set_constant(id, pool.unique(constant));
  }
}

pass::Owner owner_of(const OpenDevice& device) {
  const Device& asked = device.device();
  return {asked.plugin().table().id,
          [&asked](const bp_node_t& node) { return Kernel::check(asked, node); }};
}

InputsKnown inputs_of(const Graph& graph) {
  InputsKnown inputs;
  inputs.types = graph::types_of(graph, graph.inputs());
  inputs.values.resize(inputs.types.size());
  return inputs;
}

// Names what failed in the words of the session's graph.
Status renamed(const Status& status, const Graph& graph, const Prepared& prepared, Where* where) {
  const NodeId named = where->id == BP_NONE ? NodeId{BP_NONE} : prepared.named(where->id);
  if (named == BP_NONE) return status;
  *where = {graph.node(named).op.name, graph.node(named).op.op, named};
  if (graph.node(named).bodies == nullptr) return status;
  return {status.code(), graph::node_text(graph, named) + ": " + body_node_text(status.text())};
}

}  // namespace

Result<Prepared> prepare(const Graph& graph, OpenDevice& device, const Preparation& how,
                         const InputsKnown& inputs, FoldedNodes& folded, ConstantPool& pool,
                         std::vector<uint32_t>* out_wanted, Where* out_where) {
  Result<Specialised> sized =
      specialise(graph, device, Refused::kStays, inputs, folded, out_wanted, out_where);
  if (!sized.ok()) return sized.status();
  StepsGraph steps(*sized, pool);
  if (Status made = steps.make(); !made.ok()) return made;
  const Graph before = steps.take();

  pass::Passed passed = pass::run_passes(before, owner_of(device), how.passes, how.switches);
  share_constants(before, pool, &passed.graph);
  Prepared prepared;
  for (std::vector<NodeId>& nodes : passed.origins) {
    for (NodeId& node : nodes) node = sized->steps[node].whole;
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  }
  prepared.origins = std::move(passed.origins);
  prepared.passes = std::move(passed.reports);
  prepared.passes.insert(prepared.passes.end(), how.left_out.begin(), how.left_out.end());
  prepared.graph = std::make_shared<const Graph>(std::move(passed.graph));

  FoldedNodes folded_again;  // by numbers of this graph
  Result<Specialised> specialised = specialise(
      *prepared.graph, device, how.may_decompose ? Refused::kDecomposed : Refused::kStays,
      inputs_of(*prepared.graph), folded_again, out_wanted, out_where);
  if (!specialised.ok()) return renamed(specialised.status(), graph, prepared, out_where);
  prepared.specialised = specialised.take();
  return prepared;
}

}  // namespace backplane::exec
