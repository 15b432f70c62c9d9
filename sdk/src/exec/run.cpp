#include "exec/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/typing.hpp"
#include "memory/strided.hpp"
#include "stream/event.hpp"

namespace backplane::exec {

Run::Run(std::shared_ptr<Session> session)
    : session_(std::move(session)),
      staged_(session_->stages() != nullptr ? std::make_unique<StagedRun>(session_) : nullptr),
      device_(session_->device()) {}

Run::~Run() { wait_for_work(); }

// Kernels and memory are not given up before the work on them has ended. [BP-HOST-2] [BP-HOST-5]
void Run::wait_for_work() {
  if (last_stream_ != nullptr) (void)last_stream_->synchronize(kForever);
  last_stream_.reset();
}

// Work of the run before may still be using the arena, on another stream.
Status Run::follow(const std::shared_ptr<Stream>& stream) {
  if (last_stream_ == nullptr || last_stream_ == stream) return {};
  if (stream == nullptr || last_stream_->has_ended()) {
    wait_for_work();
    return {};
  }
  Result<std::shared_ptr<Event>> event = Event::create(device_.shared_device(), 0);
  if (!event.ok()) return event.status();
  Status recorded = (*event)->record(*last_stream_);
  return recorded.ok() ? (*event)->wait(*stream) : recorded;
}

Status Run::prepare(const std::vector<TensorView>& inputs, const std::shared_ptr<Stream>& stream,
                    Where* out_where) {
  if (staged_ != nullptr) return staged_->prepare(inputs, stream, out_where);
  const auto is_of_type = [](const TensorView& input, const bp_tensor_type_t& type) {
    return same_type(input.type, type);
  };
  const bool is_same =
      plan_ != nullptr && !hangs_on_values_ &&
      std::equal(inputs.begin(), inputs.end(), types_.begin(), types_.end(), is_of_type);
  if (is_same) return {};
  std::vector<bp_tensor_type_t> types(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) types[i] = inputs[i].type;
  Status possible = session_->check_inputs(types);
  if (!possible.ok()) return possible;
  const auto value = [&](uint32_t input) { return read_value(inputs[input], stream); };
  Result<Session::Chosen> chosen = session_->plan_for(types, value, out_where);
  if (!chosen.ok()) return chosen.status();
  types_ = std::move(types);
  hangs_on_values_ = chosen->hangs_on_values;
  return chosen->plan == plan_ ? Status() : adopt(chosen->plan);
}

Result<ops::ConstantPtr> Run::read_value(const TensorView& input,
                                         const std::shared_ptr<Stream>& stream) {
  Status valid = check_view(input);
  if (!valid.ok()) return valid;
  std::vector<char> bytes(*byte_size(input.type));
  TensorView host;
  host.type = input.type;
  host.host = bytes.data();
  Result<OpenDevice::Lease> lease = device_.lease();
  if (!lease.ok()) return lease.status();
  Stream& along = stream != nullptr ? *stream : lease->stream();
  Status copied = bytes.empty() ? Status() : copy_tensor(along, host, input);
  Status done = copied.ok() ? along.synchronize(kForever) : copied;
  if (!done.ok()) return done;
  ops::ConstantPtr constant = ops::make_constant(input.type, bytes.data());
  if (constant == nullptr) return out_of_memory("no host memory for an input's values");
  return constant;
}

// Memory for the plan, and its launches with everything in them that stays.
Status Run::adopt(std::shared_ptr<const Plan> plan) {
  wait_for_work();
  plan_.reset();
  arena_.clear();
  for (uint64_t size : plan->chunks) {
    Result<Pool::Memory> chunk =
        device_.pool().allocate(size, nullptr, device_.pool().preferred_alignment());
    if (!chunk.ok()) return chunk.status().in("the arena");
    arena_.push_back(chunk.take());
  }
  tensors_ = plan->tensors;
  for (const Plan::InArena& in : plan->in_arena) {
    tensors_[in.tensor].buffer = arena_[in.chunk].buffer();
    tensors_[in.tensor].offset = arena_[in.chunk].offset() + in.offset;
  }
  fetched_.resize(plan->fetched_size);
  for (const Plan::Fetch& fetch : plan->fetches)
    tensors_[fetch.to].host = fetched_.data() + fetch.host_offset;
  launches_.clear();
  for (const Plan::Launch& launch : plan->launches)
    launches_.push_back({launch.kernel->handle(), &tensors_[launch.inputs],
                         &tensors_[launch.outputs],
                         launch.scratch != kNoTensor ? &tensors_[launch.scratch] : nullptr});
  inputs_.clear();
  inputs_.resize(session_->graph().inputs().size());
  for (const Plan::AtEdge& at : plan->at_edge)
    if (!at.is_output) inputs_[at.edge].is_on_device = true;
  outputs_.clear();
  outputs_.resize(session_->graph().outputs().size());
  plan_ = std::move(plan);
  return {};
}

Status Run::execute(const std::vector<TensorView>& inputs, const std::vector<TensorView>& outputs,
                    const std::shared_ptr<Stream>& stream, Where* out_where) {
  if (staged_ != nullptr) return staged_->execute(inputs, outputs, stream, out_where);
  Status followed = follow(stream);
  if (!followed.ok()) return followed;
  if (stream != nullptr) {
    last_stream_ = stream;
    return run(*stream, device_.device().is_synchronous(), inputs, outputs, out_where);
  }
  Result<OpenDevice::Lease> lease = device_.lease();
  if (!lease.ok()) return lease.status();
  Status given = run(lease->stream(), true, inputs, outputs, out_where);
  Status done = lease->finish();
  return given.ok() ? done : given;
}

Status Run::run(Stream& stream, bool host_waits, const std::vector<TensorView>& inputs,
                const std::vector<TensorView>& outputs, Where* out_where) {
  Status bound = bind_inputs(stream, host_waits, inputs);
  if (bound.ok()) bound = bind_host(stream, inputs);
  if (bound.ok()) bound = bind_outputs(host_waits, outputs);
  if (!bound.ok()) return bound;
  patch();
  Status done = replay(stream, out_where);
  return done.ok() ? deliver(stream, outputs) : done;
}

// As they lie: dense, where the device wants tensors, and without bytes of others behind an output
// that a kernel may overwrite.
bool Run::can_use(const TensorView& view, bool host_waits, bool is_output) const {
  if (!is_dense(view.type, view.strides)) return false;
  if (!view.is_on_device()) return host_waits && device_.reads_host(view.host);
  if (view.device != &device_) return false;
  const bp_device_info_t& info = device_.device().info();
  if (view.range.offset % info.offset_alignment != 0) return false;
  return !is_output || info.tensor_padding == 0 || view.range.size == *byte_size(view.type);
}

void Run::use_view(Edge& edge, const TensorView& view) {
  if (view.memory != nullptr && last_stream_ != nullptr)
    device_.pool().note_use(*view.memory, last_stream_);
  edge.is_own = false;
  edge.size = *byte_size(view.type);
  edge.buffer = view.is_on_device() ? view.range.buffer : device_.host_space();
  edge.offset = view.is_on_device() ? view.range.offset : reinterpret_cast<uint64_t>(view.host);
}

Status Run::use_own(Edge& edge, const bp_tensor_type_t& type) {
  const uint64_t size = *byte_size(type);
  if (edge.own.size() != size) {
    Result<Pool::Memory> memory = device_.pool().allocate(size, nullptr);
    if (!memory.ok()) return memory.status();
    edge.own = memory.take();
  }
  edge.is_own = true;
  edge.size = size;
  edge.buffer = edge.own.buffer();
  edge.offset = edge.own.offset();
  return {};
}

TensorView Run::view_of(const Edge& edge, const bp_tensor_type_t& type) const {
  TensorView view;
  view.type = type;
  view.device = &device_;
  view.range = {edge.buffer, edge.offset, edge.size};
  return view;
}

Status Run::bind_inputs(Stream& stream, bool host_waits, const std::vector<TensorView>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    Edge& edge = inputs_[i];
    Status bound = check_view(inputs[i]);
    if (bound.ok() && edge.is_on_device && *byte_size(inputs[i].type) > 0) {
      if (can_use(inputs[i], host_waits, false)) {
        use_view(edge, inputs[i]);
      } else {
        bound = use_own(edge, inputs[i].type);
        if (bound.ok()) bound = copy_tensor(stream, view_of(edge, inputs[i].type), inputs[i]);
      }
    }
    if (!bound.ok())
      return bound.in(
          fmt::format("input \"{}\"", session_->graph().value(session_->graph().inputs()[i]).name));
  }
  return {};
}

// Inputs that kernels read on the host.
Status Run::bind_host(Stream& stream, const std::vector<TensorView>& inputs) {
  for (const Plan::InputOnHost& on_host : plan_->inputs_on_host) {
    const TensorView& input = inputs[on_host.input];
    Edge& edge = inputs_[on_host.input];
    if (input.host != nullptr && is_dense(input.type, input.strides)) {
      edge.host = input.host;
      continue;
    }
    edge.own_host.resize(std::max<uint64_t>(*byte_size(input.type), 1));
    edge.host = edge.own_host.data();
    TensorView target;
    target.type = input.type;
    target.host = edge.own_host.data();
    Status copied = copy_tensor(stream, target, input);
    if (copied.ok()) copied = stream.synchronize(kForever);
    if (!copied.ok()) return copied;
  }
  return {};
}

bool Run::overlaps_another(size_t output) const {
  const Edge& edge = outputs_[output];
  const auto overlaps = [&edge](const Edge& other) {
    return other.buffer == edge.buffer && other.size > 0 && edge.size > 0 &&
           other.offset < edge.offset + edge.size && edge.offset < other.offset + other.size;
  };
  return std::any_of(inputs_.begin(), inputs_.end(), overlaps) ||
         std::any_of(outputs_.begin(), outputs_.begin() + static_cast<std::ptrdiff_t>(output),
                     overlaps);
}

Status Run::bind_outputs(bool host_waits, const std::vector<TensorView>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    Edge& edge = outputs_[i];
    const bp_tensor_type_t& type = plan_->output_types[i];
    const bool is_wanted = !is_absent(outputs[i].type);
    Status bound;
    if (is_wanted && !same_type(outputs[i].type, type))
      bound = invalid_argument("it is " + to_text(type) + " and was given room for " +
                               to_text(outputs[i].type));
    if (bound.ok() && is_wanted) bound = check_view(outputs[i]);
    if (bound.ok() && *byte_size(type) > 0) {
      const bool is_usable = is_wanted && can_use(outputs[i], host_waits, true);
      if (is_usable) use_view(edge, outputs[i]);
      if (!is_usable || overlaps_another(i)) bound = use_own(edge, type);
    }
    if (!bound.ok())
      return bound.in(fmt::format("output \"{}\"", session_->graph().output_name(i)));
  }
  return {};
}

void Run::patch() {
  for (const Plan::AtEdge& at : plan_->at_edge) {
    const Edge& edge = at.is_output ? outputs_[at.edge] : inputs_[at.edge];
    tensors_[at.tensor].buffer = edge.buffer;
    tensors_[at.tensor].offset = edge.offset;
  }
  for (const Plan::InputOnHost& on_host : plan_->inputs_on_host)
    tensors_[on_host.tensor].host = inputs_[on_host.input].host;
}

Status Run::replay(Stream& stream, Where* out_where) {
  size_t next = 0;
  for (const Plan::Fetch& fetch : plan_->fetches) {
    Status launched = launch(stream, next, fetch.launch, out_where);
    if (launched.ok()) launched = this->fetch(stream, fetch);
    if (!launched.ok()) return launched;
    next = fetch.launch;
  }
  return launch(stream, next, launches_.size(), out_where);
}

Status Run::launch(Stream& stream, size_t first, size_t last, Where* out_where) {
  const Stream::Turn turn = stream.turn();
  bp_stream_t* const handle = turn.handle();
  const auto call = device_.device().kernel().launch;
  for (size_t k = first; k < last; ++k) {
    const Launch& launch = launches_[k];
    const bp_status_t code =
        call(launch.kernel, handle, launch.inputs, launch.outputs, launch.scratch);
    if (code == BP_OK) continue;
    const graph::NodeId node = plan_->launches[k].node;
    if (node != BP_NONE)
      *out_where = {session_->graph().node(node).op.name, session_->graph().node(node).op.op, node};
    return device_.device().status(code, "launch").in(plan_->text_of(session_->graph(), k));
  }
  return {};
}

Status Run::fetch(Stream& stream, const Plan::Fetch& fetch) {
  const bp_tensor_t& from = tensors_[fetch.from];
  const uint64_t size = *byte_size(from.type);
  if (size == 0) return {};
  Status given =
      read(stream, {from.buffer, from.offset, size}, fetched_.data() + fetch.host_offset);
  return given.ok() ? stream.synchronize(kForever) : given;
}

// Outputs that no launch writes, then those that were made in memory of our own.
Status Run::deliver(Stream& stream, const std::vector<TensorView>& outputs) {
  for (const Plan::Move& move : plan_->moves) {
    const bp_tensor_t& from = tensors_[move.from];
    const Edge& to = outputs_[move.output];
    const uint64_t size = *byte_size(from.type);
    if (size == 0 || is_absent(outputs[move.output].type)) continue;
    Status copied = copy(stream, {to.buffer, to.offset, size}, {from.buffer, from.offset, size});
    if (!copied.ok()) return copied;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs_[i].is_own || is_absent(outputs[i].type)) continue;
    Status copied = copy_tensor(stream, outputs[i], view_of(outputs_[i], plan_->output_types[i]));
    if (!copied.ok())
      return copied.in(fmt::format("output \"{}\"", session_->graph().output_name(i)));
  }
  return {};
}

}  // namespace backplane::exec
