#include "exec/stages.hpp"

#include <algorithm>

#include "exec/session.hpp"
#include "graph/typing.hpp"

namespace backplane::exec {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;

// Any sizes: what the data decides is another size in the next run.
bp_tensor_type_t of_any_sizes(bp_tensor_type_t type) {
  for (uint16_t axis = 0; axis < type.rank; ++axis) type.shape[axis] = -1;
  return type;
}

}  // namespace

Stages::Stages(const Graph& whole, std::shared_ptr<OpenDevice> device, Preparation preparation,
               std::vector<Stage> stages)
    : whole_(whole),
      device_(std::move(device)),
      preparation_(std::move(preparation)),
      stages_(std::move(stages)) {}

Status Stages::check(Where* out_where) const {
  for (const Stage& stage : stages_)
    for (const NodeId id : stage.deciding) {
      const Node& node = whole_.node(id);
      const std::vector<bp_tensor_type_t> inputs = graph::types_of(whole_, node.inputs);
      if (std::any_of(inputs.begin(), inputs.end(), has_unknown_size)) continue;
      Result<std::vector<bp_tensor_type_t>> bounds = graph::infer_bounds(whole_, node);
      Status possible = bounds.status();
      if (possible.ok()) {
        const ops::AbiNode abi_node(node.op, inputs, *bounds,
                                    graph::constants_of(whole_, node.inputs));
        possible = Kernel::check(device_->device(), abi_node.node());
      }
      if (possible.ok()) continue;
      *out_where = {node.op.name, node.op.op, id};
      return possible.in(graph::node_text(whole_, id));
    }
  return {};
}

std::shared_ptr<Session> Stages::session(size_t index, const std::vector<bp_tensor_type_t>& types) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<Session>& session = sessions_[index];
  if (session != nullptr) return session;
  Graph graph = stages_[index].graph;
  for (size_t i = 0; i < types.size(); ++i)
    if (!whole_.value(stages_[index].inputs[i]).is_input)
      graph.set_type(graph.inputs()[i], of_any_sizes(types[i]));
  session = Session::of_stage(graph, device_, preparation_);
  return session;
}

Result<std::shared_ptr<Op>> Stages::deciding(NodeId id,
                                             const std::vector<bp_tensor_type_t>& types) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<Op>& op = deciding_[id];
  if (op != nullptr) return op;
  const Node& node = whole_.node(id);
  const std::vector<ops::ConstantPtr> constants = graph::constants_of(whole_, node.inputs);
  std::vector<bp_tensor_type_t> inputs = types;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (constants[i] == nullptr) inputs[i] = of_any_sizes(inputs[i]);
  const ops::AbiNode abi_node(node.op, inputs, graph::types_of(whole_, node.outputs), constants);
  Result<std::shared_ptr<Op>> made = Op::create(device_, abi_node.node());
  if (!made.ok()) return made.status();
  op = made.take();
  return op;
}

std::optional<std::vector<Plan::Origin>> Stages::origins() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Plan::Origin> origins;
  for (size_t index = 0; index < stages_.size(); ++index) {
    const Stage& stage = stages_[index];
    for (const NodeId id : stage.deciding) origins.push_back({{id}, "", "", ""});
    if (stage.graph.nodes().empty()) continue;
    const auto session = sessions_.find(index);
    if (session == sessions_.end()) return std::nullopt;
    std::optional<std::vector<Plan::Origin>> planned = session->second->origins();
    if (!planned.has_value()) return std::nullopt;
    for (Plan::Origin& origin : *planned) {
      for (NodeId& id : origin.nodes) id = stage.nodes[id];
      origins.push_back(std::move(origin));
    }
  }
  return origins;
}

std::vector<pass::Report> Stages::passes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<pass::Report> reports;
  for (const auto& [index, session] : sessions_) {
    const std::vector<pass::Report> some = session->pass_reports();
    reports.insert(reports.end(), some.begin(), some.end());
  }
  return reports;
}

}  // namespace backplane::exec
