// bp_rt_memory_t: from the pool, or imported; and copies.
#include <cstdlib>

#include "memory/transfer.hpp"
#include "runtime/error.hpp"
#include "runtime/tensor.hpp"

namespace backplane::runtime {
namespace {

constexpr uint64_t kHostAlignment = 64;

// Staging where the device has none of its own.
Result<std::shared_ptr<void>> host_memory(uint64_t size) {
  if (size > INT64_MAX / 2) return out_of_memory(std::to_string(size) + " bytes of host memory");
  const uint64_t rounded = (size + kHostAlignment - 1) / kHostAlignment * kHostAlignment;
  std::shared_ptr<void> bytes(std::aligned_alloc(kHostAlignment, rounded), std::free);
  if (bytes == nullptr) return out_of_memory(std::to_string(size) + " bytes of host memory");
  return bytes;
}

Result<std::unique_ptr<bp_rt_memory_t>> make_staging(const bp_rt_device& device,
                                                     const std::shared_ptr<Stream>& stream,
                                                     uint64_t size) {
  Result<Pool::Memory> pooled = device.device().staging().allocate(size, stream);
  const bool is_theirs = pooled.ok() || pooled.status().code() != BP_STATUS_UNSUPPORTED;
  if (is_theirs && !pooled.ok()) return pooled.status();
  std::unique_ptr<bp_rt_memory_t> memory =
      make_memory(device, is_theirs ? pooled.take() : Pool::Memory());
  memory->info.kind = BP_MEMORY_STAGING;
  if (is_theirs) return memory;
  Result<std::shared_ptr<void>> bytes = host_memory(size);
  if (!bytes.ok()) return bytes.status();
  memory->host = bytes.take();
  memory->info.size = size;
  memory->info.address = reinterpret_cast<uint64_t>(memory->host.get());
  return memory;
}

Result<std::unique_ptr<bp_rt_memory_t>> make_of_kind(const bp_rt_device& device,
                                                     const std::shared_ptr<Stream>& stream,
                                                     bp_memory_kind_t kind, uint64_t size) {
  if (kind == BP_MEMORY_STAGING) return make_staging(device, stream, size);
  if (kind != BP_MEMORY_DEVICE)
    return unsupported("memory of kind " + std::to_string(kind) + "; DEVICE and STAGING are known");
  Result<Pool::Memory> pooled = device.device().pool().allocate(size, stream);
  if (!pooled.ok()) return pooled.status();
  return make_memory(device, pooled.take());
}

// A buffer over a caller's memory, which is told when the last use is over.
class Imported {
 public:
  Imported(std::shared_ptr<OpenedDevice> device, bp_buffer_t* buffer, void (*release)(void*),
           void* user, uint64_t size)
      : device_(std::move(device)), buffer_(buffer), release_(release), user_(user), names_(size) {}
  ~Imported() {
    device_->device->device().memory().buffer_destroy(buffer_);
    if (release_ != nullptr) release_(user_);
  }
  Imported(const Imported&) = delete;
  Imported& operator=(const Imported&) = delete;
  uint64_t names() const { return names_.begin(); }

 private:
  const std::shared_ptr<OpenedDevice> device_;
  bp_buffer_t* const buffer_;
  void (*const release_)(void*);
  void* const user_;
  const AddressRange names_;
};

bool is_on(const exec::TensorView& view) {
  return view.is_on_device() || view.staged_on != nullptr;
}

exec::OpenDevice* device_of(const exec::TensorView& view) {
  return view.is_on_device() ? view.device : view.staged_on;
}

}  // namespace

std::unique_ptr<bp_rt_memory_t> make_memory(const bp_rt_device& device, Pool::Memory pooled) {
  auto memory = std::make_unique<bp_rt_memory_t>();
  memory->device = device;
  memory->pooled = std::move(pooled);
  const Pool::Memory& from = memory->pooled;
  memory->info = {sizeof(bp_rt_memory_info_t),
                  BP_MEMORY_DEVICE,
                  from.size(),
                  from.address(),
                  &memory->device,
                  from.buffer(),
                  from.offset()};
  return memory;
}

}  // namespace backplane::runtime

using namespace backplane;           // NOLINT: the C API's functions are in no namespace
using namespace backplane::runtime;  // NOLINT

bp_status_t bp_rt_memory_create(bp_rt_device_t* device, bp_rt_stream_t* stream,
                                bp_memory_kind_t kind, uint64_t size, bp_rt_memory_t** out_memory) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"device", device}, {"out_memory", out_memory}});
    if (!given.ok()) return given;
    context.device = device->device().device().selector();
    given = check_stream(*device, stream);
    if (!given.ok()) return given;
    Result<std::unique_ptr<bp_rt_memory_t>> memory =
        make_of_kind(*device, shared(stream), kind, size);
    if (!memory.ok()) return memory.status();
    *out_memory = memory->release();
    return {};
  });
}

bp_status_t bp_rt_memory_import(bp_rt_device_t* device, bp_handle_kind_t kind, uint64_t handle,
                                uint64_t size, void (*release)(void* user), void* user,
                                bp_rt_memory_t** out_memory) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"device", device}, {"out_memory", out_memory}});
    if (!given.ok()) return given;
    if (size == 0) return invalid_argument("an import of 0 bytes");
    const Device& on = device->device().device();
    context.device = on.selector();
    Result<bp_buffer_t*> buffer = import_buffer(on, kind, handle, size);
    if (!buffer.ok()) return buffer.status();
    auto imported = std::make_shared<Imported>(device->opened, *buffer, release, user,
                                               kind == BP_HANDLE_HOST_POINTER ? 1 : size);
    std::unique_ptr<bp_rt_memory_t> memory = make_memory(*device, {});
    memory->info.size = size;
    memory->info.buffer = *buffer;
    memory->info.address = kind == BP_HANDLE_HOST_POINTER ? handle : imported->names();
    memory->imported = std::move(imported);
    *out_memory = memory.release();
    return {};
  });
}

bp_status_t bp_rt_memory_use(bp_rt_memory_t* memory, bp_rt_stream_t* stream) {
  return guarded([&](Context&) -> Status {
    Status given = not_null({{"memory", memory}});
    if (!given.ok() || stream == nullptr) return given;
    given = check_stream(memory->device, stream);
    if (given.ok() && memory->pooled.has_bytes())
      (memory->is_staging() ? memory->device.device().staging() : memory->device.device().pool())
          .use(memory->pooled, stream->stream);
    return given;
  });
}

const bp_rt_memory_info_t* bp_rt_get_memory_info(const bp_rt_memory_t* memory) {
  return memory != nullptr ? &memory->info : nullptr;
}

void bp_rt_memory_destroy(bp_rt_memory_t* memory) {
  unfailing([&] {
    const std::unique_ptr<bp_rt_memory_t> owned(memory);
    if (owned != nullptr && owned->imported != nullptr)
      owned->device.device().retire(std::move(owned->imported));
    return true;
  });
}

bp_status_t bp_rt_copy(bp_rt_stream_t* stream, const bp_rt_tensor_t* target,
                       const bp_rt_tensor_t* source) {
  return guarded([&](Context& context) -> Status {
    Status given = not_null({{"target", target}, {"source", source}});
    if (!given.ok()) return given;
    Result<exec::TensorView> to = view_of(*target);
    if (!to.ok()) return to.status().in("target");
    Result<exec::TensorView> from = view_of(*source);
    if (!from.ok()) return from.status().in("source");
    if (stream != nullptr) {
      context.device = stream->device.device().device().selector();
      return exec::copy_tensor(*stream->stream, *to, *from);
    }
    if (!is_on(*to) && !is_on(*from)) return exec::copy_on_host(*to, *from);
    Result<exec::OpenDevice::Lease> lease = device_of(is_on(*to) ? *to : *from)->lease();
    if (!lease.ok()) return lease.status();
    Status copied = exec::copy_tensor(lease->stream(), *to, *from);
    Status done = lease->finish();
    return copied.ok() ? done : copied;
  });
}
