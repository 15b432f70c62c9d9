#include "exec/tensor_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "memory/strided.hpp"

namespace backplane::exec {
namespace {

uint64_t bytes_of(uint64_t elements, bp_dtype_t dtype) {
  return (elements * dtype_bits(dtype) + 7) / 8;
}

// Host memory that stands in for a tensor's, from its first element to its last.
struct Bounce {
  std::vector<char> bytes;
  const int64_t* strides = nullptr;
};

// The stream itself where it is of this device, else one that is waited for.
class Along {
 public:
  static Result<Along> of(Stream& stream, OpenDevice& device) {
    if (stream.shared_device() == device.shared_device()) return Along(&stream, {});
    Result<OpenDevice::Lease> lease = device.lease();
    if (!lease.ok()) return lease.status();
    return Along(nullptr, lease.take());
  }
  Stream& stream() { return stream_ != nullptr ? *stream_ : lease_->stream(); }
  Status wait() {
    if (stream_ != nullptr) return stream_->synchronize(kForever);
    return lease_->finish();
  }
  Status wait_if_borrowed() { return stream_ != nullptr ? Status() : lease_->finish(); }

 private:
  Along(Stream* stream, std::optional<OpenDevice::Lease> lease)
      : stream_(stream), lease_(std::move(lease)) {}

  Stream* stream_;
  std::optional<OpenDevice::Lease> lease_;
};

Status to_device(Stream& stream, const TensorView& target, const void* bytes, uint64_t size) {
  Result<Along> along = Along::of(stream, *target.device);
  if (!along.ok()) return along.status();
  Status given = write(along->stream(), {target.range.buffer, target.range.offset, size}, bytes);
  Status done = along->wait_if_borrowed();
  return given.ok() ? done : given;
}

// Waits for the bytes where `is_needed_now`, and always when the stream is another device's.
Status from_device(Stream& stream, const TensorView& source, void* bytes, uint64_t size,
                   bool is_needed_now) {
  Result<Along> along = Along::of(stream, *source.device);
  if (!along.ok()) return along.status();
  Status given = read(along->stream(), {source.range.buffer, source.range.offset, size}, bytes);
  if (!given.ok()) return given;
  return is_needed_now ? along->wait() : along->wait_if_borrowed();
}

// Other work may still be writing it: in the order of `stream`, unless it is another device's.
Status fetch(Stream& stream, const TensorView& source, Bounce& bounce) {
  Result<uint64_t> span = element_span(source.type, source.strides);
  if (!span.ok()) return span.status();
  bounce.strides = source.strides;
  bounce.bytes.resize(bytes_of(*span, source.type.dtype));
  return from_device(stream, source, bounce.bytes.data(), bounce.bytes.size(), true);
}

// A staging buffer's own range, where the other tensor is on the same device.
std::optional<BufferRange> range_for(const TensorView& view, const OpenDevice* device) {
  if (view.device == device) return view.range;
  if (view.staged_on == device) return view.staged;
  return std::nullopt;
}

Status copy_on_device(Stream& stream, OpenDevice& device, BufferRange target, BufferRange source,
                      uint64_t size) {
  Result<Along> along = Along::of(stream, device);
  if (!along.ok()) return along.status();
  target.size = source.size = size;
  Status given = copy(along->stream(), target, source);
  Status done = along->wait_if_borrowed();
  return given.ok() ? done : given;
}

Status copy_dense(Stream& stream, const TensorView& target, const TensorView& source,
                  uint64_t size) {
  if (!target.is_on_device() && !source.is_on_device()) {
    std::memmove(target.host, source.host, size);
    return {};
  }
  OpenDevice* const device = target.is_on_device() ? target.device : source.device;
  const std::optional<BufferRange> to = range_for(target, device);
  const std::optional<BufferRange> from = range_for(source, device);
  if (to.has_value() && from.has_value()) return copy_on_device(stream, *device, *to, *from, size);
  if (!source.is_on_device()) return to_device(stream, target, source.host, size);
  if (!target.is_on_device()) return from_device(stream, source, target.host, size, false);
  std::vector<char> bytes(size);
  Status fetched = from_device(stream, source, bytes.data(), size, true);
  return fetched.ok() ? to_device(stream, target, bytes.data(), size) : fetched;
}

// By way of host memory; the bytes between the target's elements stay as they are.
Status copy_strided(Stream& stream, const TensorView& target, const TensorView& source) {
  Bounce from;
  if (source.is_on_device()) {
    Status fetched = fetch(stream, source, from);
    if (!fetched.ok()) return fetched;
  }
  const void* const bytes = source.is_on_device() ? from.bytes.data() : source.host;
  if (!target.is_on_device()) {
    strided_copy(target.type, target.host, target.strides, bytes, source.strides);
    return {};
  }
  Bounce to;
  Status fetched = fetch(stream, target, to);
  if (!fetched.ok()) return fetched;
  strided_copy(target.type, to.bytes.data(), target.strides, bytes, source.strides);
  return to_device(stream, target, to.bytes.data(), to.bytes.size());
}

Status check_pair(const TensorView& target, const TensorView& source) {
  if (!same_type(target.type, source.type))
    return invalid_argument("a copy from " + to_text(source.type) + " to " + to_text(target.type) +
                            ": dtype and shape must be equal");
  for (const TensorView* view : {&target, &source}) {
    Status valid = check_view(*view);
    if (!valid.ok()) return valid;
  }
  return {};
}

}  // namespace

Status check_view(const TensorView& view) {
  if (view.type.layout != 0)
    return unsupported(fmt::format("layout {}: only row-major tensors", view.type.layout));
  Result<uint64_t> size = byte_size(view.type);
  if (!size.ok()) return size.status();
  Result<uint64_t> span = element_span(view.type, view.strides);
  if (!span.ok()) return span.status();
  if (*span == 0 || view.host != nullptr) return {};
  if (!view.is_on_device())
    return invalid_argument(to_text(view.type) + " has neither memory nor a host pointer");
  const uint32_t element = std::max(dtype_bits(view.type.dtype) / 8, 1u);
  if (view.range.offset % element != 0)
    return invalid_argument(fmt::format("{} at offset {}, which is no multiple of its element",
                                        to_text(view.type), view.range.offset));
  const uint64_t needed = bytes_of(*span, view.type.dtype);
  if (*span > UINT64_MAX / 64 || needed > view.range.size)
    return invalid_argument(fmt::format("{} needs {} bytes, and its memory has {} from there on",
                                        to_text(view.type), needed, view.range.size));
  return {};
}

Status copy_tensor(Stream& stream, const TensorView& target, const TensorView& source) {
  Status valid = check_pair(target, source);
  if (!valid.ok()) return valid;
  Result<uint64_t> size = byte_size(target.type);
  if (!size.ok() || *size == 0) return size.status();
  if (is_dense(target.type, target.strides) && is_dense(source.type, source.strides))
    return copy_dense(stream, target, source, *size);
  return copy_strided(stream, target, source);
}

Status copy_on_host(const TensorView& target, const TensorView& source) {
  Status valid = check_pair(target, source);
  if (!valid.ok()) return valid;
  Result<uint64_t> size = byte_size(target.type);
  if (!size.ok() || *size == 0) return size.status();
  if (is_dense(target.type, target.strides) && is_dense(source.type, source.strides))
    std::memmove(target.host, source.host, *size);
  else
    strided_copy(target.type, target.host, target.strides, source.host, source.strides);
  return {};
}

}  // namespace backplane::exec
