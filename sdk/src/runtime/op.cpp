// bp_rt_op_t: one operator, ready to launch.
#include "graph/from_abi.hpp"
#include "runtime/add_node.hpp"
#include "runtime/error.hpp"
#include "runtime/tensor.hpp"

namespace backplane::runtime {
namespace {

using exec::PreparedOp;

constexpr size_t kMostFastTensors = 8;

// A tensor that a kernel takes as it lies: dense, known memory of this device, aligned.
bool take(const bp_rt_tensor_t& tensor, const bp_rt_device& device, uint64_t alignment,
          uint64_t size, bp_tensor_t& out) {
  if (tensor.strides != nullptr || !same_type(tensor.type, out.type)) return false;
  const bp_rt_memory_t* const memory = tensor.memory;
  if (memory == nullptr || memory->device.opened != device.opened || memory->is_staging())
    return false;
  if (tensor.offset > memory->info.size || size > memory->info.size - tensor.offset) return false;
  out.buffer = memory->info.buffer;
  out.offset = memory->info.offset + tensor.offset;
  return out.offset % alignment == 0;
}

bool overlap(const bp_tensor_t& a, uint64_t a_size, const bp_tensor_t& b, uint64_t b_size) {
  return a.buffer == b.buffer && a.offset < b.offset + b_size && b.offset < a.offset + a_size;
}

// The hot path: on a synchronous device, with tensors that need nothing, straight to the kernel.
// No lock, no allocation. False when it is no such launch; then nothing has happened.
bool launch_straight(const bp_rt_op_t& op, const bp_rt_tensor_t* inputs,
                     const bp_rt_tensor_t* outputs, bp_status_t* out_code) {
  const PreparedOp* const prepared = op.op->only();
  const exec::OpenDevice& device = op.op->device();
  const bp_device_info_t& info = device.device().info();
  if (prepared == nullptr || prepared->has_bounded_output || !device.device().is_synchronous() ||
      prepared->scratch_size > 0 || info.tensor_padding > 0)
    return false;
  const size_t input_count = prepared->inputs.size();
  const size_t output_count = prepared->outputs.size();
  if (input_count > kMostFastTensors || output_count > kMostFastTensors) return false;
  bp_tensor_t in[kMostFastTensors];   // NOLINT: filled as far as it is used
  bp_tensor_t out[kMostFastTensors];  // NOLINT
  for (size_t i = 0; i < input_count; ++i) {
    const PreparedOp::Input& input = prepared->inputs[i];
    in[i] = input.tensor;
    if (input.is_fixed) continue;
    if (input.is_host || input.takes_strides || input.size == 0) return false;
    if (!take(inputs[input.from], op.device, info.offset_alignment, input.size, in[i]))
      return false;
  }
  for (size_t o = 0; o < output_count; ++o) {
    const PreparedOp::Output& output = prepared->outputs[o];
    out[o] = output.tensor;
    if (output.size == 0) return false;
    if (!take(outputs[o], op.device, info.offset_alignment, output.size, out[o])) return false;
    for (size_t i = 0; i < input_count; ++i)
      if (overlap(in[i], prepared->inputs[i].size, out[o], output.size)) return false;
    for (size_t other = 0; other < o; ++other)
      if (overlap(out[other], prepared->outputs[other].size, out[o], output.size)) return false;
  }
  *out_code =
      device.device().kernel().launch(prepared->kernel->handle(), nullptr, in, out, nullptr);
  return true;
}

// Whatever the tensors are like.
Status launch_any(bp_rt_op_t& op, bp_rt_stream_t* stream, const bp_rt_tensor_t* inputs,
                  bp_rt_tensor_t* outputs) {
  Status valid = check_stream(op.device, stream);
  if (!valid.ok()) return valid;
  Result<std::vector<exec::TensorView>> views = views_of(inputs, op.op->input_count());
  if (!views.ok()) return views.status();
  std::vector<bp_tensor_type_t> types;
  for (const exec::TensorView& view : *views) types.push_back(view.type);
  Result<std::shared_ptr<const PreparedOp>> prepared = op.op->prepare(types);
  if (!prepared.ok()) return prepared.status();
  Outputs made(op.device, stream, outputs, op.op->output_count());
  for (uint32_t i = 0; i < (*prepared)->outputs.size(); ++i) {
    Status added = made.add(i, (*prepared)->outputs[i].tensor.type);
    if (!added.ok()) return added.in(op.op->name() + ": output " + std::to_string(i));
  }
  std::vector<bp_tensor_type_t> actual;
  Status launched = op.op->launch(**prepared, shared(stream), *views, made.views(), &actual);
  if (launched.ok()) made.hand_over(actual);
  return launched;
}

}  // namespace
}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_op_infer(bp_rt_t* rt, const bp_node_t* node, bp_tensor_type_t* out_types) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"rt", rt}, {"node", node}, {"out_types", out_types}});
    if (given.ok()) given = graph::check_node(*node);
    if (!given.ok()) return given;
    context.where = {node->name != nullptr ? node->name : "", node->op};
    return infer_node(*node, out_types);
  });
}

bp_status_t bp_rt_op_create(bp_rt_device_t* device, const bp_node_t* node, bp_rt_op_t** out_op) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"device", device}, {"node", node}, {"out_op", out_op}});
    if (given.ok()) given = graph::check_node(*node);
    if (!given.ok()) return given;
    Result<std::shared_ptr<exec::Op>> op = device->opened->ops.get(device->opened->device, *node);
    if (!op.ok()) {
      context.where = {node->name != nullptr ? node->name : "", node->op};
      context.device = device->device().device().selector();
      return op.status();
    }
    *out_op = new bp_rt_op_t{*device, op.take()};
    return {};
  });
}

bp_status_t bp_rt_op_launch(bp_rt_op_t* op, bp_rt_stream_t* stream, const bp_rt_tensor_t* inputs,
                            bp_rt_tensor_t* outputs) {
  if (op == nullptr || (inputs == nullptr && op->op->input_count() > 0) || outputs == nullptr)
    return guarded([&](Context&) {
      return not_null({{"op", op}, {"inputs", inputs}, {"outputs", outputs}});
    });
  bp_status_t code = BP_OK;
  if ((stream == nullptr || stream->device.opened == op->device.opened) &&
      launch_straight(*op, inputs, outputs, &code) && code == BP_OK)
    return BP_OK;
  return guarded([&](Context& context) -> Status {
    context.where.op = op->op->name();
    context.device = op->device.device().device().selector();
    if (code != BP_OK)
      return op->device.device().device().status(code, "launch").in(op->op->name());
    return launch_any(*op, stream, inputs, outputs);
  });
}

void bp_rt_op_destroy(bp_rt_op_t* op) {
  unfailing([&] {
    const std::unique_ptr<bp_rt_op_t> owned(op);
    if (owned != nullptr) owned->device.device().retire(std::move(owned->op));
    return true;
  });
}
