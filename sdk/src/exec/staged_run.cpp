#include "exec/staged_run.hpp"

#include <algorithm>

#include "exec/run.hpp"
#include "graph/typing.hpp"

namespace backplane::exec {

using graph::Node;
using graph::NodeId;
using graph::ValueId;

StagedRun::StagedRun(std::shared_ptr<Session> session)
    : session_(std::move(session)),
      graph_(session_->graph()),
      stages_(*session_->stages()),
      runs_(stages_.size()) {}

StagedRun::~StagedRun() = default;

const bp_tensor_type_t& StagedRun::output_type(size_t index) const {
  return runs_.back()->output_type(index);
}

Status StagedRun::prepare(const std::vector<TensorView>& inputs,
                          const std::shared_ptr<Stream>& stream, Where* out_where) {
  std::vector<bp_tensor_type_t> types;
  for (const TensorView& input : inputs) types.push_back(input.type);
  Status possible = session_->check_inputs(types);
  if (!possible.ok()) return possible;
  for (size_t index = 0; index + 1 < stages_.size(); ++index) {
    Status run = run_stage(index, inputs, stream, out_where);
    if (!run.ok()) return run;
    for (const NodeId id : stages_.stage(index).deciding) {
      Status decided = decide(id, inputs, stream);
      if (decided.ok()) continue;
      *out_where = {graph_.node(id).op.name, graph_.node(id).op.op, id};
      return decided.in(graph::node_text(graph_, id));
    }
  }
  return prepare_stage(stages_.size() - 1, inputs, stream, out_where);
}

Status StagedRun::execute(const std::vector<TensorView>& inputs,
                          const std::vector<TensorView>& outputs,
                          const std::shared_ptr<Stream>& stream, Where* out_where) {
  const size_t last = stages_.size() - 1;
  const Status done = runs_[last]->execute(views_of(stages_.stage(last).inputs, inputs), outputs,
                                           stream, out_where);
  return renamed(done, last, out_where);
}

Status StagedRun::prepare_stage(size_t index, const std::vector<TensorView>& inputs,
                                const std::shared_ptr<Stream>& stream, Where* out_where) {
  const std::vector<TensorView> views = views_of(stages_.stage(index).inputs, inputs);
  if (runs_[index] == nullptr) {
    std::vector<bp_tensor_type_t> types;
    for (const TensorView& view : views) types.push_back(view.type);
    runs_[index] = std::make_unique<Run>(stages_.session(index, types));
  }
  return renamed(runs_[index]->prepare(views, stream, out_where), index, out_where);
}

Status StagedRun::run_stage(size_t index, const std::vector<TensorView>& inputs,
                            const std::shared_ptr<Stream>& stream, Where* out_where) {
  const Stage& stage = stages_.stage(index);
  if (stage.outputs.empty()) return {};
  Status prepared = prepare_stage(index, inputs, stream, out_where);
  if (!prepared.ok()) return prepared;
  std::vector<TensorView> outputs;
  for (size_t i = 0; i < stage.outputs.size(); ++i) {
    Result<TensorView> output = make(stage.outputs[i], runs_[index]->output_type(i), stream);
    if (!output.ok()) return output.status();
    outputs.push_back(*output);
  }
  const Status done =
      runs_[index]->execute(views_of(stage.inputs, inputs), outputs, stream, out_where);
  return renamed(done, index, out_where);
}

Status StagedRun::decide(NodeId id, const std::vector<TensorView>& inputs,
                         const std::shared_ptr<Stream>& stream) {
  const Node& node = graph_.node(id);
  const std::vector<TensorView> views = views_of(node.inputs, inputs);
  std::vector<bp_tensor_type_t> types;
  for (const TensorView& view : views) types.push_back(view.type);
  Result<std::shared_ptr<Op>> op = stages_.deciding(id, types);
  if (!op.ok()) return op.status();
  Result<std::shared_ptr<const PreparedOp>> prepared = (*op)->prepare(types);
  if (!prepared.ok()) return prepared.status();
  std::vector<TensorView> outputs(node.outputs.size());
  for (size_t i = 0; i < outputs.size() && i < (*prepared)->outputs.size(); ++i) {
    if (node.outputs[i] == BP_NONE) continue;
    Result<TensorView> output = make(node.outputs[i], (*prepared)->outputs[i].tensor.type, stream);
    if (!output.ok()) return output.status();
    outputs[i] = *output;
  }
  std::vector<bp_tensor_type_t> actual;
  Status launched = (*op)->launch(**prepared, stream, views, outputs, &actual);
  for (size_t i = 0; launched.ok() && i < actual.size(); ++i)
    if (node.outputs[i] != BP_NONE) made_[node.outputs[i]].type = actual[i];
  return launched;
}

// Room for a value; that of the run before goes back to the pool, which knows who still uses it.
Result<TensorView> StagedRun::make(ValueId id, const bp_tensor_type_t& type,
                                   const std::shared_ptr<Stream>& stream) {
  Result<uint64_t> size = byte_size(type);
  if (!size.ok()) return size.status();
  Result<Pool::Memory> memory = session_->device().pool().allocate(*size, stream);
  if (!memory.ok()) return memory.status();
  made_[id] = {memory.take(), type};
  return view_of(id, {});
}

TensorView StagedRun::view_of(ValueId id, const std::vector<TensorView>& inputs) const {
  if (const auto made = made_.find(id); made != made_.end()) {
    TensorView view;
    view.type = made->second.type;
    view.device = &session_->device();
    const Pool::Memory& memory = made->second.memory;
    view.range = {memory.buffer(), memory.offset(), memory.size()};
    view.memory = memory.has_bytes() ? &memory : nullptr;
    return view;
  }
  if (id == BP_NONE) return {};
  const std::vector<ValueId>& known = graph_.inputs();
  const auto at = std::find(known.begin(), known.end(), id);
  if (at != known.end()) return inputs[static_cast<size_t>(at - known.begin())];
  TensorView constant;  // an operator has it already
  constant.type = graph_.value(id).type;
  return constant;
}

std::vector<TensorView> StagedRun::views_of(const std::vector<ValueId>& ids,
                                            const std::vector<TensorView>& inputs) const {
  std::vector<TensorView> views;
  for (const ValueId id : ids) views.push_back(view_of(id, inputs));
  return views;
}

Status StagedRun::renamed(const Status& status, size_t index, Where* where) const {
  if (!status.ok() && where->id != BP_NONE) where->id = stages_.stage(index).nodes[where->id];
  return status;
}

}  // namespace backplane::exec
