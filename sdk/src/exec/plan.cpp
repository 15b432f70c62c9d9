#include "exec/plan.hpp"

#include <algorithm>

#include "exec/arena.hpp"
#include "exec/launch.hpp"
#include "graph/typing.hpp"

namespace backplane::exec {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::ValueId;

using Step = Specialised::Step;

constexpr uint32_t kNever = UINT32_MAX;

class Planner {
 public:
  Planner(OpenDevice& device, const Graph& whole, const Prepared& prepared)
      : device_(device),
        whole_(whole),
        prepared_(prepared),
        graph_(prepared.specialised.graph),
        steps_(prepared.specialised.steps),
        places_(graph_.values().size()),
        last_use_(graph_.values().size(), kNever),
        plan_(std::make_shared<Plan>()) {}

  Status create_kernels(Where* out_where) {
    for (const Step& step : steps_) {
      const Node& node = graph_.node(step.node);
      const ops::AbiNode abi_node(node.op, graph::types_of(graph_, node.inputs),
                                  graph::types_of(graph_, node.outputs),
                                  graph::constants_of(graph_, node.inputs));
      Result<std::shared_ptr<Kernel>> kernel =
          Kernel::create(device_.shared_device(), abi_node.node());
      if (!kernel.ok()) {
        *out_where = where(step);
        return refused(step, kernel.status());
      }
      plan_->launches.push_back({kernel.take(), prepared_.named(step.whole), 0, 0, kNoTensor});
      plan_->origins.push_back(origin(step));
    }
    plan_->passes = prepared_.passes;
    plan_->passed = prepared_.graph;
    return {};
  }

  Result<std::shared_ptr<const Plan>> make() {
    find_last_uses();
    place_edges();
    for (uint32_t k = 0; k < plan_->launches.size(); ++k) {
      Status added = add_launch(k);
      if (!added.ok()) return added.in(plan_->text_of(whole_, k));
    }
    Status moved = add_moves();
    if (!moved.ok()) return moved;
    place_arena();
    return std::shared_ptr<const Plan>(std::move(plan_));
  }

 private:
  enum class Kind { kNowhere, kArena, kInput, kOutput, kConstant };
  struct Place {
    Kind kind = Kind::kNowhere;
    uint32_t index = 0;  // of the interval, input or output
  };

  const Node& node_of(uint32_t k) const { return node_of(steps_[k]); }
  const Node& node_of(const Step& step) const { return graph_.node(step.node); }

  Where where(const Step& step) const {
    const NodeId named = prepared_.named(step.whole);
    const ops::Operator& op =
        named == BP_NONE ? prepared_.graph->node(step.whole).op : whole_.node(named).op;
    return {op.name, op.op, named};
  }

  Plan::Origin origin(const Step& step) const {
    const std::vector<NodeId>& nodes = prepared_.origins[step.whole];
    const ops::Operator& run = prepared_.graph->node(step.whole).op;
    Plan::Origin origin = {nodes, step.is_part() ? graph_.node(step.node).op.op : "", "", ""};
    if (nodes.size() == 1 && whole_.node(nodes[0]).bodies != nullptr) {
      origin.inlined = graph::named_text(run);
      return origin;
    }
    const bool is_itself = nodes.size() == 1 && whole_.node(nodes[0]).op.op == run.op &&
                           whole_.node(nodes[0]).op.domain == run.domain;
    if (!is_itself) origin.fused = run.domain.empty() ? run.op : run.domain + "." + run.op;
    return origin;
  }

  // A node of the prepared graph has the session's number in its text where it has no name.
  Status refused(const Step& step, const Status& status) const {
    const NodeId named = prepared_.named(step.whole);
    const Plan::Origin from = origin(step);
    std::string text = named != BP_NONE && from.fused.empty()
                           ? graph::node_text(whole_, named)
                           : graph::node_text(*prepared_.graph, step.whole);
    if (!from.inlined.empty()) text += ": " + body_node_text(from.inlined);
    if (!step.is_part()) return status.in(text);
    return status.in(text + ": " + prepared_.specialised.refusals.at(step.whole) + "; " +
                     part_text(graph_.node(step.node).op.op));
  }

  void find_last_uses() {
    for (uint32_t k = 0; k < steps_.size(); ++k)
      for (ValueId input : node_of(k).inputs)
        if (input != BP_NONE) last_use_[input] = k;
  }

  // An output that a launch writes is written where the caller wants it, if only once.
  void place_edges() {
    for (ValueId id = 0; id < places_.size(); ++id)
      if (graph_.value(id).constant != nullptr) places_[id].kind = Kind::kConstant;
    for (uint32_t i = 0; i < graph_.inputs().size(); ++i)
      if (places_[graph_.inputs()[i]].kind == Kind::kNowhere)
        places_[graph_.inputs()[i]] = {Kind::kInput, i};
    for (uint32_t i = 0; i < graph_.outputs().size(); ++i) {
      const ValueId id = graph_.outputs()[i];
      plan_->output_types.push_back(graph_.value(id).type);
      if (places_[id].kind == Kind::kNowhere)
        places_[id] = {Kind::kOutput, i};
      else
        moved_outputs_.push_back(i);
    }
  }

  Status add_launch(uint32_t k) {
    const Node& node = node_of(k);
    Plan::Launch& launch = plan_->launches[k];
    launch.inputs = static_cast<uint32_t>(plan_->tensors.size());
    for (uint32_t i = 0; i < node.inputs.size(); ++i) {
      Status added = add_input(k, i, node.inputs[i]);
      if (!added.ok()) return added;
    }
    share_in_place(k, node);
    launch.outputs = static_cast<uint32_t>(plan_->tensors.size());
    for (ValueId output : node.outputs) {
      Status placed = place_output(k, output);
      if (!placed.ok()) return placed;
      add_tensor(output);
    }
    return add_scratch(k, launch);
  }

  Status add_input(uint32_t k, uint32_t i, ValueId id) {
    const Kernel& kernel = *plan_->launches[k].kernel;
    if (id == BP_NONE) {
      plan_->tensors.push_back({});
      return {};
    }
    if (places_[id].kind == Kind::kConstant) {
      Result<bp_tensor_t> tensor =
          constant_tensor(device_, kernel, i, graph_.value(id).constant, plan_->constants);
      if (!tensor.ok()) return tensor.status();
      if (tensor->host != nullptr) plan_->host_constants.push_back(graph_.value(id).constant);
      plan_->tensors.push_back(*tensor);
      return {};
    }
    if (!kernel.is_host(i)) {
      add_tensor(id);
      return {};
    }
    const auto tensor = static_cast<uint32_t>(plan_->tensors.size());
    plan_->tensors.push_back(host_tensor(graph_.value(id).type, nullptr));
    if (places_[id].kind == Kind::kInput)
      plan_->inputs_on_host.push_back({tensor, places_[id].index});
    else
      wanted_on_host_.push_back({k, id, tensor});
    return {};
  }

  // A tensor at the value's place, which is patched later.
  void add_tensor(ValueId id) {
    const auto tensor = static_cast<uint32_t>(plan_->tensors.size());
    if (id == BP_NONE) {
      plan_->tensors.push_back({});
      return;
    }
    const bp_tensor_type_t& type = graph_.value(id).type;
    plan_->tensors.push_back(device_tensor(type, nullptr, 0));
    if (*byte_size(type) == 0) return;
    const Place& place = places_[id];
    if (place.kind == Kind::kArena)
      in_interval_.push_back({tensor, place.index});
    else
      plan_->at_edge.push_back({tensor, place.index, place.kind == Kind::kOutput});
  }

  // Lets outputs lie over inputs that nobody needs any more, where the kernel can take it.
  void share_in_place(uint32_t k, const Node& node) {
    const Kernel& kernel = *plan_->launches[k].kernel;
    for (const bp_alias_t& pair : kernel.in_place()) {
      if (pair.input >= node.inputs.size() || pair.output >= node.outputs.size()) continue;
      const ValueId input = node.inputs[pair.input];
      const ValueId output = node.outputs[pair.output];
      if (input == BP_NONE || output == BP_NONE) continue;
      const bool is_free = places_[input].kind == Kind::kArena && last_use_[input] == k &&
                           std::count(node.inputs.begin(), node.inputs.end(), input) == 1 &&
                           !kernel.is_host(pair.input) && !kernel.is_baked(pair.input);
      const bool is_taken = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId o) {
        return o != BP_NONE && places_[o].kind == Kind::kArena &&
               places_[o].index == places_[input].index;
      });
      if (is_free && !is_taken && places_[output].kind == Kind::kNowhere &&
          same_type(graph_.value(input).type, graph_.value(output).type)) {
        places_[output] = places_[input];
        extend(places_[output].index, output, k);
      }
    }
  }

  void extend(uint32_t interval, ValueId id, uint32_t k) {
    const uint32_t last = last_use_[id] == kNever ? k : last_use_[id];
    intervals_[interval].last = std::max(intervals_[interval].last, last);
  }

  Status place_output(uint32_t k, ValueId id) {
    if (id == BP_NONE || places_[id].kind != Kind::kNowhere) return {};
    Result<uint64_t> size = byte_size(graph_.value(id).type);
    if (!size.ok()) return size.status();
    Result<uint32_t> interval = add_interval(*size, k, device_.pool().alignment_for(*size));
    if (!interval.ok()) return interval.status();
    places_[id] = {Kind::kArena, *interval};
    extend(*interval, id, k);
    return {};
  }

  Result<uint32_t> add_interval(uint64_t size, uint32_t k, uint64_t alignment) {
    const bp_device_info_t& info = device_.device().info();
    if (size > info.max_buffer_size || info.tensor_padding > info.max_buffer_size - size)
      return unsupported(std::to_string(size) + " bytes in one piece: the largest buffer of " +
                         device_.device().selector() + " is " +
                         std::to_string(info.max_buffer_size) + " bytes");
    const uint64_t padded = size > 0 ? size + info.tensor_padding : 0;
    intervals_.push_back({padded, alignment, k, k});
    return static_cast<uint32_t>(intervals_.size() - 1);
  }

  Status add_scratch(uint32_t k, Plan::Launch& launch) {
    std::vector<bp_tensor_type_t> types;
    for (size_t t = launch.inputs; t < plan_->tensors.size(); ++t)
      types.push_back(plan_->tensors[t].type);
    Result<uint64_t> size =
        launch.kernel->scratch_size(types.data(), types.data() + (launch.outputs - launch.inputs));
    if (!size.ok() || *size == 0) return size.status();
    Result<uint32_t> interval = add_interval(*size, k, device_.pool().preferred_alignment());
    if (!interval.ok()) return interval.status();
    launch.scratch = static_cast<uint32_t>(plan_->tensors.size());
    plan_->tensors.push_back(scratch_tensor(*size, nullptr, 0));
    in_interval_.push_back({launch.scratch, *interval});
    return {};
  }

  // Outputs that are inputs, constants, or another output's value; and what the host has to read.
  Status add_moves() {
    for (const HostRead& read : wanted_on_host_) {
      const auto from = static_cast<uint32_t>(plan_->tensors.size());
      add_tensor(read.value);
      plan_->fetches.push_back({read.launch, from, read.tensor, plan_->fetched_size});
      plan_->fetched_size += (*byte_size(graph_.value(read.value).type) + 15) / 16 * 16;
    }
    for (uint32_t output : moved_outputs_) {
      const ValueId id = graph_.outputs()[output];
      plan_->moves.push_back({static_cast<uint32_t>(plan_->tensors.size()), output});
      if (places_[id].kind != Kind::kConstant) {
        add_tensor(id);
        continue;
      }
      Result<std::shared_ptr<const DeviceConstant>> there =
          device_.upload(graph_.value(id).constant);
      if (!there.ok()) return there.status();
      plan_->constants.push_back(*there);
      plan_->tensors.push_back(
          device_tensor(graph_.value(id).type, (*there)->buffer, (*there)->offset));
    }
    return {};
  }

  void place_arena() {
    const ArenaLayout layout = lay_out(intervals_, device_.device().info().max_buffer_size);
    for (const InInterval& in : in_interval_) {
      const ArenaLayout::Place& place = layout.places[in.interval];
      plan_->in_arena.push_back({in.tensor, place.chunk, place.offset});
    }
    plan_->chunks = layout.chunks;
    plan_->arena_bound = largest_live_set(intervals_);
  }

  struct HostRead {
    uint32_t launch;
    ValueId value;
    uint32_t tensor;
  };
  struct InInterval {
    uint32_t tensor;
    uint32_t interval;
  };

  OpenDevice& device_;
  const Graph& whole_;  // the session's
  const Prepared& prepared_;
  const Graph& graph_;
  const std::vector<Step>& steps_;
  std::vector<Place> places_;       // per value
  std::vector<uint32_t> last_use_;  // per value: the last launch that reads it, or kNever
  std::vector<Interval> intervals_;
  std::vector<InInterval> in_interval_;
  std::vector<HostRead> wanted_on_host_;
  std::vector<uint32_t> moved_outputs_;
  std::shared_ptr<Plan> plan_;
};

}  // namespace

std::string Plan::text_of(const Graph& graph, size_t launch) const {
  const graph::NodeId node = launches[launch].node;
  const Origin& origin = origins[launch];
  std::string text = node == BP_NONE ? "a node that a pass added" : graph::node_text(graph, node);
  if (!origin.inlined.empty()) text += ": " + body_node_text(origin.inlined);
  if (!origin.fused.empty()) text += ": in its place " + origin.fused;
  return origin.part.empty() ? text : text + ": " + part_text(origin.part);
}

Result<std::shared_ptr<const Plan>> make_plan(OpenDevice& device, const Graph& graph,
                                              const Prepared& prepared, Where* out_where) {
  Planner planner(device, graph, prepared);
  Status created = planner.create_kernels(out_where);
  if (!created.ok()) return created;
  return planner.make();
}

}  // namespace backplane::exec
