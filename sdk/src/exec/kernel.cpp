#include "exec/kernel.hpp"

namespace backplane::exec {

Status Kernel::check(const Device& device, const bp_node_t& node) {
  const bp_kernel_api_t& api = device.kernel();
  if (api.supports == nullptr || api.kernel_create == nullptr)
    return unsupported(device.selector() + ": it compiles whole graphs and has no kernels");
  const bp_status_t code = api.supports(device.handle(), &node);
  return code == BP_OK ? Status() : device.status(code, "supports");
}

Result<std::shared_ptr<Kernel>> Kernel::create(const std::shared_ptr<Device>& device,
                                               const bp_node_t& node, Bounded bounded) {
  Status possible = check(*device, node);
  if (!possible.ok()) return possible;
  std::shared_ptr<Kernel> kernel(new Kernel(device));
  const bp_status_t code =
      device->kernel().kernel_create(device->handle(), &node, &kernel->handle_);
  if (code != BP_OK) {
    kernel->handle_ = nullptr;
    return device->status(code, "kernel_create");
  }
  Status known = kernel->read_info(node);
  if (!known.ok()) return known;
  for (uint32_t i = 0; bounded == Bounded::kRefused && i < node.output_count; ++i)
    if (kernel->is_bounded(i))
      return unsupported(device->selector() + ": the sizes of output " + std::to_string(i) +
                         " of " + node.op + " hang on the data, which is not possible here");
  return kernel;
}

Kernel::~Kernel() {
  if (handle_ != nullptr) device_->kernel().kernel_destroy(handle_);
}

Status Kernel::read_info(const bp_node_t& node) {
  const bp_kernel_api_t& api = device_->kernel();
  const bp_kernel_info_t* info = api.kernel_info != nullptr ? api.kernel_info(handle_) : nullptr;
  if (info == nullptr) return {};
  if (info->inputs != nullptr) flags_.assign(info->inputs, info->inputs + node.input_count);
  if (info->in_place != nullptr)
    in_place_.assign(info->in_place, info->in_place + info->in_place_count);
  scratch_size_ = info->scratch_size;
  is_shape_free_ = info->is_shape_free != 0;
  if (info->outputs != nullptr)
    output_flags_.assign(info->outputs, info->outputs + node.output_count);
  if (scratch_size_ == BP_SIZE_UNKNOWN && api.scratch_size == nullptr)
    return internal(device_->selector() +
                    ": kernel_info says that scratch is asked for, and there is no scratch_size");
  return {};
}

Result<uint64_t> Kernel::scratch_size(const bp_tensor_type_t* inputs,
                                      const bp_tensor_type_t* outputs) const {
  if (scratch_size_ != BP_SIZE_UNKNOWN) return scratch_size_;
  uint64_t size = 0;
  const bp_status_t code = device_->kernel().scratch_size(handle_, inputs, outputs, &size);
  if (code != BP_OK) return device_->status(code, "scratch_size");
  return size;
}

}  // namespace backplane::exec
