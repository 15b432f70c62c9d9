#include "exec/open_device.hpp"

#include <algorithm>

#include "memory/transfer.hpp"

namespace backplane::exec {
namespace {

// Nothing lies behind a tensor in the host's memory, so kernels that need padding cannot use it.
bp_buffer_t* usable_host_space(const Device& device) {
  return device.info().tensor_padding == 0 ? host_space(device) : nullptr;
}

PoolOptions options_of(bp_memory_kind_t kind, uint64_t limit) {
  PoolOptions options;
  options.kind = kind;
  options.limit = limit;
  return options;
}

}  // namespace

OpenDevice::OpenDevice(std::shared_ptr<Device> device, uint64_t memory_limit)
    : device_(std::move(device)),
      pool_(std::make_shared<Pool>(device_, options_of(BP_MEMORY_DEVICE, memory_limit))),
      staging_(std::make_shared<Pool>(device_, options_of(BP_MEMORY_STAGING, 0))),
      host_space_(usable_host_space(*device_)),
      events_(device_) {
  if (!device_->is_synchronous()) return;
  Result<std::shared_ptr<Stream>> stream = Stream::create(device_, 0);  // cannot fail there
  if (stream.ok()) all_done_ = stream.take();
}

OpenDevice::~OpenDevice() = default;

OpenDevice::Lease::~Lease() {
  if (stream_ != nullptr) (void)finish();
}

Status OpenDevice::Lease::finish() {
  std::shared_ptr<Stream> stream = std::move(stream_);
  if (stream == nullptr || owner_ == nullptr) return {};
  Status done = stream->synchronize(kForever);
  if (done.ok()) owner_->give_back(std::move(stream));  // a failed one is of no more use
  return done;
}

Result<OpenDevice::Lease> OpenDevice::lease() {
  if (all_done_ != nullptr) return Lease(nullptr, all_done_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      Lease lease(this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
  }
  Result<std::shared_ptr<Stream>> stream = Stream::create(device_, 0);
  if (!stream.ok()) return stream.status();
  return Lease(this, stream.take());
}

Result<std::shared_ptr<Stream>> OpenDevice::create_stream(bp_stream_flags_t flags) {
  Result<std::shared_ptr<Stream>> stream = Stream::create(device_, flags);
  if (!stream.ok() || device_->is_synchronous()) return stream;
  const std::lock_guard<std::mutex> lock(mutex_of_retired_);
  const auto is_gone = [](const std::weak_ptr<Stream>& s) { return s.expired(); };
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), is_gone), streams_.end());
  streams_.push_back(*stream);
  return stream;
}

void OpenDevice::retire(std::shared_ptr<const void> kernels) {
  if (device_->is_synchronous()) return;
  const std::lock_guard<std::mutex> lock(mutex_of_retired_);
  retired_.push_back({std::move(kernels), marks_of_streams()});
  sweep();
}

void OpenDevice::sweep_retired() {
  const std::lock_guard<std::mutex> lock(mutex_of_retired_);
  sweep();
}

void OpenDevice::give_up_retired() {
  std::vector<Retired> over;
  const std::lock_guard<std::mutex> lock(mutex_of_retired_);
  over.swap(retired_);
}

std::vector<Mark> OpenDevice::marks_of_streams() {
  std::vector<Mark> marks;
  for (const std::weak_ptr<Stream>& weak : streams_)
    if (std::shared_ptr<Stream> stream = weak.lock())
      marks.push_back({std::move(stream), nullptr, 0});
  return marks;
}

// A mark that could not be recorded at once is recorded later, which is late enough.
void OpenDevice::sweep() {
  for (Retired& retired : retired_) {
    std::vector<Mark>& marks = retired.marks;
    for (Mark& mark : marks) record_mark(mark, events_, ++sequence_);
    const auto reached = [this](const Mark& mark) { return is_reached(mark, *device_); };
    marks.erase(std::remove_if(marks.begin(), marks.end(), reached), marks.end());
  }
  const auto is_over = [](const Retired& retired) { return retired.marks.empty(); };
  retired_.erase(std::remove_if(retired_.begin(), retired_.end(), is_over), retired_.end());
}

void OpenDevice::give_back(std::shared_ptr<Stream> stream) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(stream));
}

Result<std::shared_ptr<const DeviceConstant>> OpenDevice::upload(const ops::ConstantPtr& constant) {
  const std::lock_guard<std::mutex> lock(mutex_of_constants_);
  std::weak_ptr<const DeviceConstant>& slot = constants_[constant->id];
  std::shared_ptr<const DeviceConstant> found = constant->id != 0 ? slot.lock() : nullptr;
  if (found != nullptr) return found;
  auto fresh = std::make_shared<DeviceConstant>();
  fresh->constant = constant;
  Status placed = place(*fresh);
  if (!placed.ok()) return placed.in("a constant of " + to_text(constant->type));
  slot = fresh;
  forget_unused();
  return std::shared_ptr<const DeviceConstant>(fresh);
}

void OpenDevice::forget_unused() {
  if (constants_.size() < 2 * constants_used_) return;
  for (auto it = constants_.begin(); it != constants_.end();)
    it = it->second.expired() ? constants_.erase(it) : std::next(it);
  constants_used_ = std::max<size_t>(constants_.size(), 64);
}

Status OpenDevice::place(DeviceConstant& target) {
  Result<uint64_t> size = byte_size(target.constant->type);
  if (!size.ok()) return size.status();
  if (*size == 0) return {};
  const void* const bytes = target.constant->bytes();
  if (reads_host(bytes)) {
    target.buffer = host_space_;
    target.offset = reinterpret_cast<uint64_t>(bytes);
    return {};
  }
  Result<Pool::Memory> memory = pool_->allocate(*size, nullptr);
  if (!memory.ok()) return memory.status();
  target.memory = memory.take();
  target.buffer = target.memory.buffer();
  target.offset = target.memory.offset();
  Result<Lease> lease = this->lease();
  if (!lease.ok()) return lease.status();
  Status given = write(lease->stream(), {target.buffer, target.offset, *size}, bytes);
  Status done = lease->finish();
  return given.ok() ? done : given;
}

}  // namespace backplane::exec
