// One launch: the tensors as the ABI wants them, and the call.
#pragma once

#include "exec/kernel.hpp"

namespace backplane::exec {

inline bp_tensor_t device_tensor(const bp_tensor_type_t& type, bp_buffer_t* buffer,
                                 uint64_t offset) {
  return {type, buffer, offset, nullptr, nullptr};
}
inline bp_tensor_t host_tensor(const bp_tensor_type_t& type, const void* bytes) {
  return {type, nullptr, 0, nullptr, bytes};
}
inline bp_tensor_t scratch_tensor(uint64_t size, bp_buffer_t* buffer, uint64_t offset) {
  return device_tensor(tensor_type(BP_DTYPE_UINT8, {static_cast<int64_t>(size)}), buffer, offset);
}

// A constant as this input of the kernel: absent when baked, on the host or on the device.
// `keep` holds what the tensor needs as long as it is used.
Result<bp_tensor_t> constant_tensor(OpenDevice& device, const Kernel& kernel, uint32_t input,
                                    const ops::ConstantPtr& constant,
                                    std::vector<std::shared_ptr<const DeviceConstant>>& keep);

// Runs a node whose inputs are all constant, once, and reads back what it gives: one constant for
// each output, nullptr for an absent one.
Result<std::vector<ops::ConstantPtr>> run_once(OpenDevice& device, const ops::Operator& op,
                                               const std::vector<ops::ConstantPtr>& inputs,
                                               const std::vector<bp_tensor_type_t>& output_types);

}  // namespace backplane::exec
