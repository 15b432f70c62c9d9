// stream.h and kernel.h: the cpu plugin's, with failures, and with buffers in reach while work
// runs.
#include <utility>

#include "chaos.hpp"

namespace backplane::selftest::chaos {
namespace {

// ---- Streams and events ----

bp_status_t stream_create(bp_device_t* device, bp_stream_flags_t flags, bp_stream_t** out_stream) {
  Device& on = as<Device>(device);
  const bp_status_t luck = bad_luck(on, "stream_create", {BP_STATUS_UNSUPPORTED});
  if (luck != BP_OK) return luck;
  bp_stream_t* inner = nullptr;
  const bp_status_t status = honest().stream->stream_create(on.inner, flags, &inner);
  if (status == BP_OK) *out_stream = reinterpret_cast<bp_stream_t*>(new Stream(on, inner));
  return status;
}

void stream_destroy(bp_stream_t* stream) {
  if (stream == nullptr) return;
  honest().stream->stream_destroy(inner_of(stream));
  delete &as<Stream>(stream);
}

bp_status_t stream_synchronize(bp_stream_t* stream, uint64_t timeout_ns) {
  return honest().stream->stream_synchronize(inner_of(stream), timeout_ns);
}

bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event) {
  Device& on = as<Device>(device);
  const bp_status_t luck = bad_luck(on, "event_create", {BP_STATUS_UNSUPPORTED});
  if (luck != BP_OK) return luck;
  bp_event_t* inner = nullptr;
  const bp_status_t status = honest().stream->event_create(on.inner, flags, &inner);
  if (status == BP_OK) *out_event = reinterpret_cast<bp_event_t*>(new Event(on, inner));
  return status;
}

void event_destroy(bp_event_t* event) {
  if (event == nullptr) return;
  honest().stream->event_destroy(as<Event>(event).inner);
  delete &as<Event>(event);
}

bp_status_t event_record(bp_event_t* event, bp_stream_t* stream) {
  const bp_status_t luck = bad_luck(as<Event>(event).device, "event_record");
  if (luck != BP_OK) return luck;
  return honest().stream->event_record(as<Event>(event).inner, inner_of(stream));
}

bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream) {
  const bp_status_t luck = bad_luck(as<Event>(event).device, "event_wait");
  if (luck != BP_OK) return luck;
  return honest().stream->event_wait(as<Event>(event).inner, inner_of(stream));
}

bp_status_t event_query(bp_event_t* event) {
  return honest().stream->event_query(as<Event>(event).inner);
}

bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns) {
  return honest().stream->event_synchronize(as<Event>(event).inner, timeout_ns);
}

bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns) {
  return honest().stream->event_elapsed(as<Event>(start).inner, as<Event>(end).inner, out_ns);
}

bp_status_t event_signal(bp_event_t* event, bp_status_t status) {
  return honest().stream->event_signal(as<Event>(event).inner, status);
}

bp_status_t host_call(bp_stream_t* stream, void (*function)(void*, bp_status_t), void* argument) {
  if (stream != nullptr) {
    const bp_status_t luck = bad_luck(as<Stream>(stream).device, "host_call");
    if (luck != BP_OK) return luck;
  }
  return honest().stream->host_call(inner_of(stream), function, argument);
}

// ---- Kernels ----

bp_status_t supports(bp_device_t* device, const bp_node_t* node) {
  return honest().kernel->supports(as<Device>(device).inner, node);
}

// UNSUPPORTED would break what supports said.
bp_status_t kernel_create(bp_device_t* device, const bp_node_t* node, bp_kernel_t** out_kernel) {
  Device& on = as<Device>(device);
  if (bad_luck(on, "kernel_create") != BP_OK)
    return refuse(on.host, BP_STATUS_OUT_OF_MEMORY, "kernel_create: chaos");
  bp_kernel_t* inner = nullptr;
  const bp_status_t status = honest().kernel->kernel_create(on.inner, node, &inner);
  if (status == BP_OK) *out_kernel = reinterpret_cast<bp_kernel_t*>(new Kernel(on, inner, *node));
  return status;
}

void kernel_destroy(bp_kernel_t* kernel) {
  if (kernel == nullptr) return;
  honest().kernel->kernel_destroy(as<Kernel>(kernel).inner);
  delete &as<Kernel>(kernel);
}

const bp_kernel_info_t* kernel_info(const bp_kernel_t* kernel) {
  return honest().kernel->kernel_info(reinterpret_cast<const Kernel*>(kernel)->inner);
}

bp_status_t scratch_size(const bp_kernel_t* kernel, const bp_tensor_type_t* inputs,
                         const bp_tensor_type_t* outputs, uint64_t* out_size) {
  return honest().kernel->scratch_size(reinterpret_cast<const Kernel*>(kernel)->inner, inputs,
                                       outputs, out_size);
}

// Tensors over the cpu plugin's buffers; ours are added to `buffers`.
std::vector<bp_tensor_t> inner_tensors(const bp_tensor_t* tensors, size_t count, Buffers* buffers) {
  std::vector<bp_tensor_t> inner(tensors, tensors + count);
  for (bp_tensor_t& tensor : inner) {
    if (tensor.buffer == nullptr) continue;
    auto& buffer = as<Buffer>(const_cast<bp_buffer_t*>(tensor.buffer));
    buffers->push_back(&buffer);
    tensor.buffer = buffer.inner;
  }
  return inner;
}

uint64_t byte_size(const bp_tensor_type_t& type) {
  const bool is_wide = type.dtype == BP_DTYPE_FLOAT64 || type.dtype == BP_DTYPE_INT64;
  const bool is_word = type.dtype == BP_DTYPE_FLOAT32 || type.dtype == BP_DTYPE_INT32;
  uint64_t size = is_wide ? 8 : is_word ? 4 : 0;
  for (uint16_t axis = 0; axis < type.rank; ++axis) size *= static_cast<uint64_t>(type.shape[axis]);
  return size;
}

// A kernel may overwrite the padding behind an output, and this one does.
bp_status_t scribble(const Device& device, bp_stream_t* stream,
                     const std::vector<bp_tensor_t>& outputs) {
  const char pattern = '\x5a';
  for (const bp_tensor_t& output : outputs) {
    const uint64_t size = byte_size(output.type);
    if (output.buffer == nullptr || size == 0 || device.manner.tensor_padding == 0) continue;
    const bp_status_t status =
        honest().memory->fill(stream, const_cast<bp_buffer_t*>(output.buffer), output.offset + size,
                              device.manner.tensor_padding, &pattern, 1);
    if (status != BP_OK)
      return refuse(device.host, BP_STATUS_INTERNAL, "launch: the host left no room for padding");
  }
  return BP_OK;
}

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  auto& launched = as<Kernel>(kernel);
  Device& device = launched.device;
  const bp_status_t luck = bad_luck(device, "launch");
  if (luck != BP_OK) return luck;
  Buffers buffers;
  const std::vector<bp_tensor_t> in = inner_tensors(inputs, launched.input_count, &buffers);
  const std::vector<bp_tensor_t> out = inner_tensors(outputs, launched.output_count, &buffers);
  const std::vector<bp_tensor_t> room =
      inner_tensors(scratch, scratch != nullptr ? 1 : 0, &buffers);
  bp_stream_t* on = inner_of(stream);
  return with_buffers(device, on, buffers, [&] {
    const bp_status_t status = honest().kernel->launch(launched.inner, on, in.data(), out.data(),
                                                       room.empty() ? nullptr : room.data());
    return status == BP_OK ? scribble(device, on, out) : status;
  });
}

}  // namespace

Kernel::Kernel(Device& on, bp_kernel_t* made, const bp_node_t& node)
    : Wrapped(on, made), input_count(node.input_count), output_count(node.output_count) {
  const bp_kernel_info_t* info = honest().kernel->kernel_info(made);
  for (uint32_t i = 0; info != nullptr && info->outputs != nullptr && i < node.output_count; ++i)
    if ((info->outputs[i] & BP_ARGUMENT_FLAG_BOUNDED) != 0) ++output_count;
}

bp_status_t begin_use(bp_stream_t* stream, const Buffers& buffers) {
  if (stream == nullptr) {
    for (Buffer* buffer : buffers) buffer->begin_use();
    return BP_OK;
  }
  auto* given = new Buffers(buffers);
  const auto call = [](void* argument, bp_status_t) {
    for (Buffer* buffer : *static_cast<Buffers*>(argument)) buffer->begin_use();
    delete static_cast<Buffers*>(argument);
  };
  const bp_status_t status = honest().stream->host_call(stream, call, given);
  if (status != BP_OK) delete given;
  return status;
}

void end_use(bp_stream_t* stream, Buffers buffers) {
  if (stream == nullptr) {
    for (Buffer* buffer : buffers) buffer->end_use();
    return;
  }
  const auto call = [](void* argument, bp_status_t) {
    for (Buffer* buffer : *static_cast<Buffers*>(argument)) buffer->end_use();
    delete static_cast<Buffers*>(argument);
  };
  honest().stream->host_call(stream, call, new Buffers(std::move(buffers)));
}

// The call was taken; its stream fails for good when it gets there.
bp_status_t fail_the_work(Device& device, bp_stream_t* stream) {
  if (bad_luck(device, "work") == BP_OK) return BP_OK;
  bp_event_t* event = nullptr;
  if (honest().stream->event_create(device.inner, BP_EVENT_FLAG_HOST_SIGNALED, &event) != BP_OK)
    return BP_OK;
  honest().stream->event_wait(event, stream);
  honest().stream->event_signal(event, BP_STATUS_INTERNAL);
  honest().stream->event_destroy(event);
  return BP_OK;
}

void plant_work(bp_stream_api_t* streams, bp_kernel_api_t* kernels) {
  *streams = {sizeof *streams, stream_create, stream_destroy, stream_synchronize, event_create,
              event_destroy,   event_record,  event_wait,     event_query,        event_synchronize,
              event_elapsed,   event_signal,  host_call};
  *kernels = {};
  kernels->struct_size = sizeof *kernels;
  kernels->supports = supports;
  kernels->kernel_create = kernel_create;
  kernels->kernel_destroy = kernel_destroy;
  kernels->kernel_info = kernel_info;
  if (honest().kernel->scratch_size != nullptr) kernels->scratch_size = scratch_size;
  kernels->launch = launch;
}

}  // namespace backplane::selftest::chaos
