// The host's pool of device memory, one for every chip: it takes large buffers from the plugin and
// cuts them up. Memory goes back in the order of streams: what was freed on a stream is used again
// on it at once, and on others when the stream has come that far. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "memory/block_map.hpp"

namespace backplane {

struct PoolStats {
  uint64_t used = 0;  // bytes handed out now, padding included
  uint64_t used_peak = 0;
  uint64_t reserved = 0;  // bytes of the plugin's buffers
  uint64_t reserved_peak = 0;
  uint64_t limit = 0;  // 0: none is known
  uint64_t allocation_count = 0;
  uint64_t retry_count = 0;   // times that the device had no memory left at first
  uint64_t largest_free = 0;  // what could be had in one piece without asking the plugin
};

struct PoolOptions {
  bp_memory_kind_t kind = BP_MEMORY_DEVICE;
  uint64_t limit = 0;                          // bytes to reserve at most; 0: what the device has
  uint64_t first_slab = uint64_t{1} << 20;     // size of the first large buffer
  uint64_t largest_slab = uint64_t{64} << 20;  // a larger request gets a buffer of its own
  uint64_t patience_ns = 10'000'000'000;       // for pending work, when memory is short
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  // Memory handed out; goes back when this does, unless given back before. Move only.
  class Memory {
   public:
    Memory() = default;
    ~Memory() { reset(); }
    Memory(Memory&& other) noexcept { swap(other); }
    Memory& operator=(Memory&& other) noexcept;

    bool has_bytes() const { return block_ != nullptr; }
    bp_buffer_t* buffer() const { return block_ != nullptr ? block_->slab->buffer : nullptr; }
    uint64_t offset() const { return block_ != nullptr ? block_->offset : 0; }
    uint64_t size() const { return size_; }  // as asked for
    // With address + i, i < size, unique in the process; real where the host can see the memory.
    uint64_t address() const;
    // In whose order it was handed out; nullptr: the host waits, or there are no bytes.
    std::shared_ptr<Stream> home() const { return block_ != nullptr ? block_->home : nullptr; }
    void reset();

   private:
    friend class Pool;
    Memory(std::shared_ptr<Pool> pool, Block* block, uint64_t size)
        : pool_(std::move(pool)), block_(block), size_(size) {}
    void swap(Memory& other) noexcept;

    std::shared_ptr<Pool> pool_;
    Block* block_ = nullptr;
    uint64_t size_ = 0;
  };

  Pool(std::shared_ptr<Device> device, PoolOptions options);
  ~Pool();  // waits for pending work; all memory has been given back
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // `size` bytes and the device's tensor padding, at a multiple of `alignment` (a power of two; 0:
  // what is cheap and good). In the order of `stream`; without one the host waits for all work on
  // it before it gives it back. Size 0 needs no bytes and has none. UNSUPPORTED: more than one
  // buffer of the device can be. OUT_OF_MEMORY: after trimming and asking once more.
  Result<Memory> allocate(uint64_t size, const std::shared_ptr<Stream>& stream,
                          uint64_t alignment = 0);
  // The memory is used on `stream` too: up to now, or (note_use) up to when it is given back.
  void use(const Memory& memory, const std::shared_ptr<Stream>& stream);
  void note_use(const Memory& memory, const std::shared_ptr<Stream>& stream);

  void trim();  // buffers without any memory in use go back to the plugin
  PoolStats stats() const;
  uint64_t preferred_alignment() const { return preferred_; }
  // Of a tensor of this size: the preferred one where it costs less than the tensor.
  uint64_t alignment_for(uint64_t size) const { return size >= preferred_ ? preferred_ : grain_; }
  const Device& device() const { return *device_; }

 private:
  void give_back(Block* block);
  void add_mark(Block& block, const std::shared_ptr<Stream>& stream, bool is_recorded_now);
  Status check(uint64_t size) const;
  Status grow(uint64_t size, uint64_t wanted);
  Result<std::unique_ptr<Slab>> create_slab(uint64_t size);
  uint64_t slab_size(uint64_t size) const;
  void reclaim();
  bool reclaim_until_joined();
  void wait_for_pending(std::unique_lock<std::mutex>& lock);
  Result<Block*> take_or_grow(std::unique_lock<std::mutex>& lock, const Stream* stream,
                              uint64_t size, uint64_t alignment);
  void release(const std::vector<std::unique_ptr<Slab>>& slabs);
  Status exhausted(uint64_t size, const Status& reason) const;

  const std::shared_ptr<Device> device_;
  const PoolOptions options_;
  const uint64_t padding_;
  const uint64_t preferred_;
  const uint64_t grain_;
  const bool passes_through_;  // the device pools by itself

  mutable std::mutex mutex_;
  EventCache events_;  // outlives the marks in map_
  BlockMap map_;
  uint64_t sequence_ = 0;
  PoolStats stats_;
};

}  // namespace backplane
