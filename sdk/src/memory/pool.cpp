#include "memory/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace backplane {
namespace {

constexpr uint64_t kLeastGrain = 16;     // every element, and rounding that stays small
constexpr uint64_t kLargestGrain = 256;  // a larger preferred alignment wastes small tensors
constexpr uint64_t kLargestSize = INT64_MAX / 2;  // room for rounding

uint64_t round_up(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

uint64_t least(uint64_t power_of_two) { return std::max<uint64_t>(power_of_two, 1); }

}  // namespace

void Pool::Memory::swap(Memory& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(block_, other.block_);
  std::swap(size_, other.size_);
}

Pool::Memory& Pool::Memory::operator=(Memory&& other) noexcept {
  if (this != &other) {
    reset();
    swap(other);
  }
  return *this;
}

uint64_t Pool::Memory::address() const {
  return block_ != nullptr ? block_->slab->address + block_->offset : 0;
}

void Pool::Memory::reset() {
  if (block_ != nullptr) pool_->give_back(block_);
  block_ = nullptr;
  pool_.reset();
  size_ = 0;
}

Pool::Pool(std::shared_ptr<Device> device, PoolOptions options)
    : device_(std::move(device)),
      options_(options),
      padding_(device_->info().tensor_padding),
      preferred_(std::max(least(device_->info().preferred_alignment),
                          least(device_->info().offset_alignment))),
      grain_(std::max({kLeastGrain, least(device_->info().offset_alignment),
                       std::min(preferred_, kLargestGrain)})),
      passes_through_((device_->info().flags & BP_DEVICE_FLAG_POOLED) != 0),
      events_(device_) {
  stats_.limit = options_.limit != 0 ? options_.limit : device_->info().memory_size;
}

Pool::~Pool() {
  for (Block* block : map_.waiting()) {
    for (const Mark& mark : block->marks) wait_for(mark, *device_, options_.patience_ns);
    map_.remark(block, {});
  }
  release(map_.remove_idle());
}

Status Pool::check(uint64_t size) const {
  const uint64_t largest = std::min(device_->info().max_buffer_size, kLargestSize);
  if (size <= largest && padding_ <= largest - size) return {};
  return unsupported(fmt::format("{} bytes in one piece: the largest buffer of {} is {} bytes",
                                 size, device_->selector(), device_->info().max_buffer_size));
}

Result<Pool::Memory> Pool::allocate(uint64_t size, const std::shared_ptr<Stream>& stream,
                                    uint64_t alignment) {
  if (size == 0) return Memory();
  Status possible = check(size);
  if (!possible.ok()) return possible;
  const std::shared_ptr<Stream> order = device_->stream() != nullptr ? stream : nullptr;
  std::unique_lock<std::mutex> lock(mutex_);
  Result<Block*> block =
      take_or_grow(lock, order.get(), size + padding_, std::max(alignment, alignment_for(size)));
  if (!block.ok()) return block.status();
  (*block)->home = order;
  stats_.used += (*block)->size;
  stats_.used_peak = std::max(stats_.used_peak, stats_.used);
  ++stats_.allocation_count;
  return Memory(shared_from_this(), *block, size);
}

Result<Block*> Pool::take_or_grow(std::unique_lock<std::mutex>& lock, const Stream* stream,
                                  uint64_t size, uint64_t alignment) {
  const auto take = [&] { return map_.take(stream, size, alignment, grain_); };
  Block* block = passes_through_ ? nullptr : take();
  if (block != nullptr) return block;
  reclaim();
  if (!passes_through_) block = take();
  if (block != nullptr) return block;

  Status grown = grow(size, slab_size(size));
  if (grown.code() == BP_STATUS_OUT_OF_MEMORY) {
    ++stats_.retry_count;
    const uint64_t before = stats_.reserved;
    release(map_.remove_idle());
    if (before - stats_.reserved < size) wait_for_pending(lock);
    if (!passes_through_) block = take();
    if (block != nullptr) return block;
    release(map_.remove_idle());
    grown = grow(size, size);
  }
  if (!grown.ok()) return exhausted(size, grown);
  block = take();
  if (block == nullptr) return internal("a new buffer has no room for what it was made for");
  return block;
}

Status Pool::exhausted(uint64_t size, const Status& reason) const {
  if (reason.code() != BP_STATUS_OUT_OF_MEMORY) return reason;
  return out_of_memory(
      fmt::format("{} bytes on {}: {} (in use {}, reserved {}, limit {})", size,
                  device_->selector(), reason.text(), stats_.used, stats_.reserved,
                  stats_.limit == 0 ? std::string("unknown") : std::to_string(stats_.limit)));
}

// The first buffer is small, each next one as large as all so far, up to the largest.
uint64_t Pool::slab_size(uint64_t size) const {
  if (passes_through_ || size > options_.largest_slab / 2) return size;
  uint64_t slab = options_.first_slab;
  while (slab < options_.largest_slab && (slab < stats_.reserved || slab < size * 2)) slab *= 2;
  slab = std::min({slab, options_.largest_slab, device_->info().max_buffer_size});
  if (stats_.limit > stats_.reserved) slab = std::min(slab, stats_.limit - stats_.reserved);
  return std::max(slab, size);
}

Status Pool::grow(uint64_t size, uint64_t wanted) {
  const uint64_t largest = device_->info().max_buffer_size;
  const uint64_t rounded = std::min(round_up(std::max(size, wanted), grain_), largest);
  Result<std::unique_ptr<Slab>> slab = create_slab(rounded);
  if (!slab.ok()) return slab.status();
  map_.add(slab.take());
  return {};
}

Result<std::unique_ptr<Slab>> Pool::create_slab(uint64_t size) {
  if (options_.limit != 0 && (size > options_.limit || stats_.reserved > options_.limit - size))
    return out_of_memory("the limit set for this device would be passed");
  auto slab = std::make_unique<Slab>();
  slab->size = size;
  const bp_memory_api_t& api = device_->memory();
  const bp_status_t code = api.buffer_create(device_->handle(), options_.kind, size, &slab->buffer);
  if (code != BP_OK) return device_->status(code, "buffer_create");
  stats_.reserved += size;
  stats_.reserved_peak = std::max(stats_.reserved_peak, stats_.reserved);

  const bool is_visible = options_.kind == BP_MEMORY_STAGING ||
                          (device_->info().flags & BP_DEVICE_FLAG_HOST_ADDRESSABLE) != 0;
  void* pointer = nullptr;
  if (is_visible && api.map != nullptr && api.map(slab->buffer, &pointer) == BP_OK) {
    slab->address = reinterpret_cast<uint64_t>(pointer);
  } else {
    slab->names = AddressRange(size);
    slab->address = slab->names.begin();
  }
  return slab;
}

void Pool::release(const std::vector<std::unique_ptr<Slab>>& slabs) {
  for (const std::unique_ptr<Slab>& slab : slabs) {
    device_->memory().buffer_destroy(slab->buffer);
    stats_.reserved -= slab->size;
  }
}

void Pool::add_mark(Block& block, const std::shared_ptr<Stream>& stream, bool is_recorded_now) {
  auto mark = std::find_if(block.marks.begin(), block.marks.end(),
                           [&stream](const Mark& m) { return m.stream == stream; });
  if (mark == block.marks.end()) mark = block.marks.insert(mark, Mark{stream, nullptr, 0});
  mark->event = nullptr;
  if (is_recorded_now) record_mark(*mark, events_, ++sequence_);
}

void Pool::use(const Memory& memory, const std::shared_ptr<Stream>& stream) {
  if (!memory.has_bytes() || stream == nullptr || device_->stream() == nullptr) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (memory.block_->home != stream) add_mark(*memory.block_, stream, true);
}

void Pool::note_use(const Memory& memory, const std::shared_ptr<Stream>& stream) {
  if (!memory.has_bytes() || stream == nullptr || device_->stream() == nullptr) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (memory.block_->home != stream) add_mark(*memory.block_, stream, false);
}

void Pool::give_back(Block* block) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stats_.used -= block->size;
  if (block->home != nullptr) add_mark(*block, block->home, true);
  for (Mark& mark : block->marks) record_mark(mark, events_, ++sequence_);
  const auto has_ended = [](const Mark& mark) { return mark.stream->has_ended(); };
  block->marks.erase(std::remove_if(block->marks.begin(), block->marks.end(), has_ended),
                     block->marks.end());
  map_.give(block);
  if (passes_through_) reclaim();
}

// Blocks whose streams have come far enough are free for everybody.
void Pool::reclaim() {
  while (reclaim_until_joined()) {
  }
  if (passes_through_) release(map_.remove_idle());
}

// Stops, with true, when a block that still waits has changed: it may have joined with others.
bool Pool::reclaim_until_joined() {
  std::map<const bp_event_t*, bool> asked;  // neighbours share their events
  for (Block* block : map_.waiting()) {
    std::vector<Mark> left;
    for (Mark& mark : block->marks) {
      record_mark(mark, events_, ++sequence_);
      const auto [answer, is_new] = asked.try_emplace(mark.event.get(), false);
      if (is_new || mark.event == nullptr) answer->second = is_reached(mark, *device_);
      if (!answer->second) left.push_back(mark);
    }
    if (left.size() == block->marks.size()) continue;
    const bool is_free_now = left.empty();
    map_.remark(block, std::move(left));
    if (!is_free_now) return true;
  }
  return false;
}

void Pool::wait_for_pending(std::unique_lock<std::mutex>& lock) {
  std::vector<Mark> pending;
  for (const Block* block : map_.waiting())
    pending.insert(pending.end(), block->marks.begin(), block->marks.end());
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::nanoseconds(options_.patience_ns);
  lock.unlock();
  for (const Mark& mark : pending) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left.count() > 0)
      wait_for(mark, *device_, static_cast<uint64_t>(std::chrono::nanoseconds(left).count()));
  }
  pending.clear();
  lock.lock();
  reclaim();
}

void Pool::trim() {
  const std::lock_guard<std::mutex> lock(mutex_);
  reclaim();
  release(map_.remove_idle());
}

PoolStats Pool::stats() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  PoolStats now = stats_;
  now.largest_free = map_.largest_free();
  return now;
}

}  // namespace backplane
