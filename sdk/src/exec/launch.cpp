#include "exec/launch.hpp"

#include "memory/transfer.hpp"

namespace backplane::exec {
namespace {

struct Once {
  std::vector<bp_tensor_t> inputs;
  std::vector<bp_tensor_t> outputs;
  std::vector<Pool::Memory> memory;
  std::vector<std::shared_ptr<const DeviceConstant>> keep;

  Status add_output(OpenDevice& device, const bp_tensor_type_t& type) {
    Result<uint64_t> size = is_absent(type) ? Result<uint64_t>(0) : byte_size(type);
    if (!size.ok()) return size.status();
    Result<Pool::Memory> block = device.pool().allocate(*size, nullptr);
    if (!block.ok()) return block.status();
    outputs.push_back(device_tensor(type, block->buffer(), block->offset()));
    memory.push_back(block.take());
    return {};
  }
};

std::vector<bp_tensor_type_t> types_of(const std::vector<ops::ConstantPtr>& constants) {
  std::vector<bp_tensor_type_t> types(constants.size());
  for (size_t i = 0; i < constants.size(); ++i)
    if (constants[i] != nullptr) types[i] = constants[i]->type;
  return types;
}

std::vector<bp_tensor_type_t> types_of(const std::vector<bp_tensor_t>& tensors) {
  std::vector<bp_tensor_type_t> types(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) types[i] = tensors[i].type;
  return types;
}

Result<ops::ConstantPtr> read_back(Stream& stream, const bp_tensor_t& tensor) {
  if (is_absent(tensor.type)) return ops::ConstantPtr();
  std::vector<char> bytes(*byte_size(tensor.type));
  Status given = read(stream, {tensor.buffer, tensor.offset, bytes.size()}, bytes.data());
  Status done = given.ok() ? stream.synchronize(kForever) : given;
  if (!done.ok()) return done;
  ops::ConstantPtr constant = ops::make_constant(tensor.type, bytes.data());
  if (constant == nullptr) return out_of_memory("no host memory for a folded constant");
  return constant;
}

Result<std::vector<ops::ConstantPtr>> launch_and_read(OpenDevice& device, const Kernel& kernel,
                                                      const Once& once) {
  Result<uint64_t> scratch_size =
      kernel.scratch_size(types_of(once.inputs).data(), types_of(once.outputs).data());
  if (!scratch_size.ok()) return scratch_size.status();
  Result<Pool::Memory> scratch =
      device.pool().allocate(*scratch_size, nullptr, device.pool().preferred_alignment());
  if (!scratch.ok()) return scratch.status();
  const bp_tensor_t scratch_argument =
      scratch_tensor(*scratch_size, scratch->buffer(), scratch->offset());

  Result<OpenDevice::Lease> lease = device.lease();
  if (!lease.ok()) return lease.status();
  const bp_status_t code = device.device().kernel().launch(
      kernel.handle(), lease->stream().turn().handle(), once.inputs.data(), once.outputs.data(),
      *scratch_size > 0 ? &scratch_argument : nullptr);
  if (code != BP_OK) return device.device().status(code, "launch");
  std::vector<ops::ConstantPtr> results;
  for (const bp_tensor_t& output : once.outputs) {
    Result<ops::ConstantPtr> result = is_absent(output.type) || *byte_size(output.type) > 0
                                          ? read_back(lease->stream(), output)
                                          : ops::make_constant(output.type, nullptr);
    if (!result.ok()) return result.status();
    results.push_back(result.take());
  }
  Status done = lease->finish();
  if (!done.ok()) return done;
  return results;
}

}  // namespace

Result<bp_tensor_t> constant_tensor(OpenDevice& device, const Kernel& kernel, uint32_t input,
                                    const ops::ConstantPtr& constant,
                                    std::vector<std::shared_ptr<const DeviceConstant>>& keep) {
  if (kernel.is_baked(input)) return bp_tensor_t{};
  if (kernel.is_host(input)) return host_tensor(constant->type, constant->bytes());
  Result<std::shared_ptr<const DeviceConstant>> there = device.upload(constant);
  if (!there.ok()) return there.status();
  keep.push_back(*there);
  return device_tensor(constant->type, (*there)->buffer, (*there)->offset);
}

Result<std::vector<ops::ConstantPtr>> run_once(OpenDevice& device, const ops::Operator& op,
                                               const std::vector<ops::ConstantPtr>& inputs,
                                               const std::vector<bp_tensor_type_t>& output_types) {
  const ops::AbiNode node(op, types_of(inputs), output_types, inputs);
  Result<std::shared_ptr<Kernel>> kernel = Kernel::create(device.shared_device(), node.node());
  if (!kernel.ok()) return kernel.status();
  Once once;
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    Result<bp_tensor_t> tensor = inputs[i] == nullptr
                                     ? bp_tensor_t{}
                                     : constant_tensor(device, **kernel, i, inputs[i], once.keep);
    if (!tensor.ok()) return tensor.status();
    once.inputs.push_back(*tensor);
  }
  for (const bp_tensor_type_t& type : output_types) {
    Status added = once.add_output(device, type);
    if (!added.ok()) return added;
  }
  return launch_and_read(device, **kernel, once);
}

}  // namespace backplane::exec
