// memory.h.
#include "check/guards.hpp"
#include "check/hash.hpp"
#include "check/wrapped.hpp"

namespace backplane::check::wrapped {
namespace {

// host_space is neither destroyed, mapped nor exported.
Buffer* use_mappable(Call& call, const bp_buffer_t* handle) {
  Buffer* buffer = call.use<Buffer>(handle, "buffer");
  if (buffer != nullptr && buffer->is_host_space)
    call.refuse("BP-HOST-9", buffer->name() + " is host_space, which belongs to its device");
  return buffer;
}

void note_transfer(Call& call, Stream* stream, const Order::Access& access) {
  if (access.begin != access.end) call.note_work(stream, "", &access, 1);
}

}  // namespace

bp_status_t buffer_create(State& state, bp_device_t* handle, bp_memory_kind_t kind, uint64_t size,
                          bp_buffer_t** out_buffer) {
  Call call(state, Function::kBufferCreate);
  Device* device = call.use<Device>(handle, "device");
  Out<bp_buffer_t*> out(call, "out_buffer", out_buffer);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.memory.buffer_create(inner(device), kind, size, out.plugins()); }));
  if (status == BP_OK)
    out.hand_over(call.adopt(std::make_unique<Buffer>(out.value(), device, size)));
  return status;
}

void buffer_destroy(State& state, bp_buffer_t* handle) {
  Call call(state, Function::kBufferDestroy);
  const std::unique_ptr<Object> ended =
      destroy<Buffer>(state, call, handle, state.inner.memory.buffer_destroy);
  if (ended == nullptr) return;
  const auto& buffer = static_cast<const Buffer&>(*ended);
  if (buffer.has_address)  // another may lie there now
    state.order.forget(state.order.addresses, buffer.address, buffer.address + buffer.size);
}

bp_status_t write(State& state, bp_stream_t* stream_handle, bp_buffer_t* target, uint64_t offset,
                  const void* source, uint64_t size) {
  Call call(state, Function::kWrite);
  Buffer* buffer = call.use<Buffer>(target, "target");
  if (buffer == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, buffer->device);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = call.run(
      [&] { return state.inner.memory.write(inner(stream), inner(buffer), offset, source, size); });
  if (status == BP_OK) note_transfer(call, stream, call.access(*buffer, offset, size, true));
  return status;
}

bp_status_t read(State& state, bp_stream_t* stream_handle, const bp_buffer_t* source,
                 uint64_t offset, void* target, uint64_t size) {
  Call call(state, Function::kRead);
  Buffer* buffer = call.use<Buffer>(source, "source");
  if (buffer == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, buffer->device);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = call.run(
      [&] { return state.inner.memory.read(inner(stream), inner(buffer), offset, target, size); });
  if (status == BP_OK) note_transfer(call, stream, call.access(*buffer, offset, size, false));
  return status;
}

bp_status_t copy(State& state, bp_stream_t* stream_handle, bp_buffer_t* target_handle,
                 uint64_t target_offset, const bp_buffer_t* source_handle, uint64_t source_offset,
                 uint64_t size) {
  Call call(state, Function::kCopy);
  Buffer* target = call.use<Buffer>(target_handle, "target");
  if (target == nullptr) return Call::kRefusal;
  Buffer* source = call.use<Buffer>(source_handle, "source", target->device);
  Stream* stream = call.enter_stream(stream_handle, target->device);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = call.run([&] {
    return state.inner.memory.copy(inner(stream), inner(target), target_offset, inner(source),
                                   source_offset, size);
  });
  const Order::Access accesses[] = {call.access(*source, source_offset, size, false),
                                    call.access(*target, target_offset, size, true)};
  if (status == BP_OK && size != 0) call.note_work(stream, "", accesses, 2);
  return status;
}

bp_status_t fill(State& state, bp_stream_t* stream_handle, bp_buffer_t* target, uint64_t offset,
                 uint64_t size, const void* pattern, uint32_t pattern_size) {
  Call call(state, Function::kFill);
  Buffer* buffer = call.use<Buffer>(target, "target");
  if (buffer == nullptr) return Call::kRefusal;
  Stream* stream = call.enter_stream(stream_handle, buffer->device);
  if (call.is_refused()) return Call::kRefusal;
  constexpr uint32_t kLargestPattern = 8;
  const Unchanged guard(call, "BP-BASE-8", "pattern", [=] {
    const bool is_pattern = pattern != nullptr && pattern_size <= kLargestPattern;
    return is_pattern ? Hash().add(pattern, pattern_size).value() : 0;
  });
  const bp_status_t status = call.run([&] {
    return state.inner.memory.fill(inner(stream), inner(buffer), offset, size, pattern,
                                   pattern_size);
  });
  if (status == BP_OK) note_transfer(call, stream, call.access(*buffer, offset, size, true));
  return status;
}

bp_status_t map(State& state, bp_buffer_t* handle, void** out_pointer) {
  Call call(state, Function::kMap);
  const Buffer* buffer = use_mappable(call, handle);
  Out<void*> out(call, "out_pointer", out_pointer);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status =
      out.judge(call.run([&] { return state.inner.memory.map(inner(buffer), out.plugins()); }));
  if (status == BP_OK) out.hand_over();
  return status;
}

bp_status_t buffer_import(State& state, bp_device_t* handle, bp_handle_kind_t kind,
                          uint64_t imported, uint64_t size, bp_buffer_t** out_buffer) {
  Call call(state, Function::kBufferImport);
  Device* device = call.use<Device>(handle, "device");
  Out<bp_buffer_t*> out(call, "out_buffer", out_buffer);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run([&] {
    return state.inner.memory.buffer_import(inner(device), kind, imported, size, out.plugins());
  }));
  if (status != BP_OK) return status;
  auto buffer = std::make_unique<Buffer>(out.value(), device, size);
  buffer->has_address = kind == BP_HANDLE_HOST_POINTER;
  buffer->address = imported;
  out.hand_over(call.adopt(std::move(buffer)));
  return BP_OK;
}

bp_status_t buffer_export(State& state, bp_buffer_t* handle, bp_handle_kind_t kind,
                          uint64_t* out_handle) {
  Call call(state, Function::kBufferExport);
  const Buffer* buffer = use_mappable(call, handle);
  Out<uint64_t> out(call, "out_handle", out_handle);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = out.judge(call.run(
      [&] { return state.inner.memory.buffer_export(inner(buffer), kind, out.plugins()); }));
  if (status == BP_OK) out.hand_over();
  return status;
}

bp_buffer_t* host_space(State& state, bp_device_t* handle) {
  Call call(state, Function::kHostSpace);
  Device* device = call.use<Device>(handle, "device");
  if (call.is_refused()) return nullptr;
  bp_buffer_t* space = call.run([&] { return state.inner.memory.host_space(inner(device)); });
  if (space == nullptr) return nullptr;
  auto buffer = std::make_unique<Buffer>(space, device, UINT64_MAX);
  buffer->is_host_space = true;
  buffer->has_address = true;
  return static_cast<bp_buffer_t*>(call.adopt_host_space(std::move(buffer)).handle);
}

bp_status_t usage(State& state, bp_device_t* handle, uint64_t* out_free, uint64_t* out_total) {
  Call call(state, Function::kUsage);
  const Device* device = call.use<Device>(handle, "device");
  Out<uint64_t> free(call, "out_free", out_free);
  Out<uint64_t> total(call, "out_total", out_total);
  if (call.is_refused()) return Call::kRefusal;
  const bp_status_t status = total.judge(free.judge(call.run(
      [&] { return state.inner.memory.usage(inner(device), free.plugins(), total.plugins()); })));
  if (status != BP_OK) return status;
  if (free.value() > total.value()) call.blame("BP-MEM-17", "says that more is free than there is");
  free.hand_over();
  total.hand_over();
  return BP_OK;
}

}  // namespace backplane::check::wrapped
