#include "runtime/tensor.hpp"

#include "runtime/error.hpp"

namespace backplane::runtime {

Result<exec::TensorView> view_of(const bp_rt_tensor_t& tensor) {
  exec::TensorView view;
  view.type = tensor.type;
  view.strides = tensor.strides;
  if (tensor.memory != nullptr && tensor.host != nullptr)
    return invalid_argument("a tensor has memory and a host pointer; at most one is possible");
  if (tensor.memory == nullptr) {
    view.host = tensor.host != nullptr ? static_cast<char*>(tensor.host) + tensor.offset : nullptr;
    return view;
  }
  const bp_rt_memory_t& memory = *tensor.memory;
  if (tensor.offset > memory.info.size)
    return invalid_argument("a tensor at offset " + std::to_string(tensor.offset) +
                            " of memory that has " + std::to_string(memory.info.size) + " bytes");
  const BufferRange range = {memory.info.buffer, memory.info.offset + tensor.offset,
                             memory.info.size - tensor.offset};
  exec::OpenDevice& device = memory.device.device();
  view.device = &device;
  view.range = range;
  view.memory = memory.pooled.has_bytes() ? &memory.pooled : nullptr;
  if (!memory.is_staging()) return view;
  Status fits = is_absent(view.type) ? Status() : exec::check_view(view);
  if (!fits.ok()) return fits;
  view.device = nullptr;
  view.memory = nullptr;
  view.host = reinterpret_cast<void*>(memory.info.address + tensor.offset);  // NOLINT: it is real
  if (memory.info.buffer != nullptr) view.staged_on = &device;
  view.staged = range;
  return view;
}

Result<std::vector<exec::TensorView>> views_of(const bp_rt_tensor_t* tensors, uint32_t count) {
  std::vector<exec::TensorView> views;
  for (uint32_t i = 0; i < count; ++i) {
    Result<exec::TensorView> view = view_of(tensors[i]);
    if (!view.ok()) return view.status().in("input " + std::to_string(i));
    views.push_back(view.take());
  }
  return views;
}

Outputs::Outputs(const bp_rt_device& device, const bp_rt_stream_t* stream, bp_rt_tensor_t* outputs,
                 uint32_t count)
    : device_(device), stream_(stream), outputs_(outputs), views_(count), fresh_(count) {}

Status Outputs::add(uint32_t index, const bp_tensor_type_t& actual) {
  const bp_rt_tensor_t& output = outputs_[index];
  if (is_absent(output.type)) return {};  // nobody wants it
  if (output.type.dtype != actual.dtype)
    return invalid_argument("it is " + to_text(actual) + " and was given as " +
                            dtype_name(output.type.dtype));
  if (output.memory == nullptr && output.host == nullptr) return make(index, actual);
  const bool is_exact = output.host != nullptr || output.strides != nullptr;
  if (is_exact && !same_type(output.type, actual))
    return invalid_argument("it is " + to_text(actual) + " and was given room for " +
                            to_text(output.type));
  bp_rt_tensor_t as_it_will_be = output;
  as_it_will_be.type = actual;
  Result<exec::TensorView> view = view_of(as_it_will_be);
  if (view.ok()) views_[index] = view.take();
  return view.status();
}

Status Outputs::make(uint32_t index, const bp_tensor_type_t& actual) {
  Result<uint64_t> size = byte_size(actual);
  if (!size.ok()) return size.status();
  Result<Pool::Memory> pooled = device_.device().pool().allocate(*size, shared(stream_));
  if (!pooled.ok()) return pooled.status();
  fresh_[index] = make_memory(device_, pooled.take());
  bp_rt_tensor_t made = {actual, nullptr, fresh_[index].get(), nullptr, 0};
  Result<exec::TensorView> view = view_of(made);
  if (view.ok()) views_[index] = view.take();
  return view.status();
}

void Outputs::hand_over(const std::vector<bp_tensor_type_t>& actual) {
  for (size_t i = 0; i < views_.size(); ++i) {
    if (is_absent(views_[i].type)) continue;
    outputs_[i].type = i < actual.size() ? actual[i] : views_[i].type;
    if (fresh_[i] == nullptr) continue;
    outputs_[i].strides = nullptr;
    outputs_[i].offset = 0;
    outputs_[i].memory = fresh_[i]->info.size > 0 ? fresh_[i].release() : nullptr;
  }
}

}  // namespace backplane::runtime
