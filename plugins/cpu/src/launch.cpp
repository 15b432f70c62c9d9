#include "launch.hpp"

#include <cstring>
#include <utility>

#include "host_memory.hpp"
#include "stream.hpp"
#include "threads.hpp"

namespace backplane::cpu {

namespace {

constexpr uint64_t kSlot = 8;  // every piece of a capture starts at a multiple

uint64_t padded(uint64_t size) { return (size + kSlot - 1) / kSlot * kSlot; }

uint64_t host_size(const bp_tensor_t& tensor) {
  return tensor.host != nullptr ? byte_size(tensor.type) : 0;
}

uint64_t strides_size(const bp_tensor_t& tensor) {
  return tensor.strides != nullptr ? tensor.type.rank * sizeof(int64_t) : 0;
}

// The arrays of a launch with everything reachable from them, in one piece: the caller's own may be
// gone when the stream gets there. [BP-BASE-8]
class CapturedLaunch {
 public:
  CapturedLaunch(const LaunchableKernel& kernel, const bp_tensor_t* inputs,
                 const bp_tensor_t* outputs, const bp_tensor_t* scratch)
      : kernel_(&kernel), has_scratch_(scratch != nullptr) {
    const uint32_t count = kernel.input_count + kernel.tensor_count;
    uint64_t size = (count + 1) * sizeof(bp_tensor_t);
    for (uint32_t i = 0; i < count; ++i) {
      const bp_tensor_t& tensor =
          i < kernel.input_count ? inputs[i] : outputs[i - kernel.input_count];
      size += padded(host_size(tensor)) + strides_size(tensor);
    }
    bytes_ = HostBytes(kernel.device->host, size);
    free_ = bytes_.data() + (count + 1) * sizeof(bp_tensor_t);
    for (uint32_t i = 0; i < kernel.input_count; ++i) capture(inputs[i], tensors() + i);
    for (uint32_t i = 0; i < kernel.tensor_count; ++i)
      capture(outputs[i], tensors() + kernel.input_count + i);
    if (has_scratch_) capture(*scratch, tensors() + count);
  }

  void run() const {
    const bp_tensor_t* outputs = tensors() + kernel_->input_count;
    const ThreadScope threads(kernel_->device->threads);
    kernel_->kernel->run(tensors(), outputs,
                         has_scratch_ ? outputs + kernel_->tensor_count : nullptr);
  }

 private:
  bp_tensor_t* tensors() const { return reinterpret_cast<bp_tensor_t*>(bytes_.data()); }

  void capture(const bp_tensor_t& from, bp_tensor_t* to) {
    *to = from;
    to->host = take(from.host, host_size(from));
    to->strides = static_cast<const int64_t*>(take(from.strides, strides_size(from)));
  }

  const void* take(const void* bytes, uint64_t size) {
    if (size == 0) return nullptr;
    std::memcpy(free_, bytes, size);
    return std::exchange(free_, free_ + padded(size));
  }

  const LaunchableKernel* kernel_;
  bool has_scratch_;
  char* free_ = nullptr;
  HostBytes bytes_;
};

void give_launch(const LaunchableKernel& kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                 const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  Stream& on = *stream_of(*kernel.device, stream, "launch");
  CapturedLaunch captured(kernel, inputs, outputs, scratch);
  give_work(on, BP_TEST_LAUNCH, [captured = std::move(captured)] { captured.run(); });
}

bool is_staging(const bp_tensor_t& tensor) {
  const auto* buffer = reinterpret_cast<const Buffer*>(tensor.buffer);
  return buffer != nullptr && buffer->kind == BP_MEMORY_STAGING;
}

void require_device_memory(const LaunchableKernel& kernel, const bp_tensor_t* inputs,
                           const bp_tensor_t* outputs) {
  bool is_any = false;
  for (uint32_t i = 0; i < kernel.input_count; ++i) is_any |= is_staging(inputs[i]);
  for (uint32_t i = 0; i < kernel.tensor_count; ++i) is_any |= is_staging(outputs[i]);
  if (is_any)
    fail(BP_STATUS_INVALID_ARGUMENT, "launch: STAGING memory is for map, copy and destroy only");
}

uint32_t bounded_count(const KernelTraits& traits) {
  uint32_t count = 0;
  for (const bp_argument_flags_t flags : traits.outputs)
    count += (flags & BP_ARGUMENT_FLAG_BOUNDED) != 0 ? 1 : 0;
  return count;
}

}  // namespace

LaunchableKernel::LaunchableKernel(Device& on, const Node& node, std::unique_ptr<Kernel> made)
    : device(&on),
      kernel(std::move(made)),
      input_count(node.input_count()),
      output_count(node.output_count()),
      tensor_count(output_count + bounded_count(kernel->traits())),
      counted(on.hooks.kernels) {
  const KernelTraits& traits = kernel->traits();
  if (!traits.inputs.empty() && traits.inputs.size() != input_count)
    fail(BP_STATUS_INTERNAL, std::string(node.op()) + ": flags for " +
                                 std::to_string(traits.inputs.size()) + " inputs of " +
                                 std::to_string(input_count));
  info.struct_size = sizeof info;
  info.numerics = traits.numerics;
  info.products = traits.products;
  info.accumulates = traits.accumulates;
  info.scratch_size = traits.scratch_size;
  info.device_memory_size = traits.device_memory_size;
  info.inputs = traits.inputs.empty() ? nullptr : traits.inputs.data();
  info.outputs = traits.outputs.empty() ? nullptr : traits.outputs.data();
  info.in_place = traits.in_place.empty() ? nullptr : traits.in_place.data();
  info.in_place_count = static_cast<uint32_t>(traits.in_place.size());
  info.is_shape_free = traits.is_shape_free ? 1 : 0;
}

// On the synchronous device nothing but the virtual call: no allocation, no lock.
bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch) {
  const auto& launched = *reinterpret_cast<const LaunchableKernel*>(kernel);
  Device& device = *launched.device;
  return served(device, BP_TEST_LAUNCH, [&] {
    require_device_memory(launched, inputs, outputs);
    if (!device.is_synchronous()) {
      give_launch(launched, stream, inputs, outputs, scratch);
    } else if (device.threads == 0) {
      launched.kernel->run(inputs, outputs, scratch);
    } else {
      const ThreadScope threads(device.threads);
      launched.kernel->run(inputs, outputs, scratch);
    }
    device.hooks.count_launch();
  });
}

}  // namespace backplane::cpu
