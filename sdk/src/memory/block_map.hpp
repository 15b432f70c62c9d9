// Large buffers cut into blocks: which are free, for whom, and which smallest one fits. Neighbours
// that are free for the same stream are one block. No device is called here, and nothing is locked.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "memory/address_range.hpp"
#include "memory/mark.hpp"

namespace backplane {

struct Slab {  // one buffer of the plugin's
  bp_buffer_t* buffer = nullptr;
  uint64_t size = 0;
  uint64_t address = 0;  // of its first byte: real where the host can see it
  AddressRange names;    // else from here
};

struct Block {
  const Slab* slab = nullptr;
  uint64_t offset = 0;
  uint64_t size = 0;
  Block* previous = nullptr;  // neighbours in the slab
  Block* next = nullptr;
  bool is_free = false;
  std::shared_ptr<Stream> home;  // in whose order it was handed out; nullptr: the host waits
  std::vector<Mark> marks;       // what must be reached before anybody may use it
};

class BlockMap {
 public:
  // Whom a free block serves at once: everybody (nullptr), one stream, or nobody yet.
  using Bin = const void*;
  static Bin bin_of(const Block& block);

  ~BlockMap();
  BlockMap() = default;
  BlockMap(const BlockMap&) = delete;
  BlockMap& operator=(const BlockMap&) = delete;

  void add(std::unique_ptr<Slab> slab);  // as one free block

  // The smallest block that is free for `stream` (nullptr: for everybody) and holds `size` bytes at
  // a multiple of `alignment`; nullptr when there is none. What it has too much stays free, cut at
  // multiples of `grain`.
  Block* take(const Stream* stream, uint64_t size, uint64_t alignment, uint64_t grain);
  void give(Block* block);  // free from now on, as its marks say

  std::vector<Block*> waiting() const;  // free blocks that have marks
  void remark(Block* block, std::vector<Mark> marks);

  std::vector<std::unique_ptr<Slab>> remove_idle();  // slabs that are one block, free for everybody
  uint64_t largest_free() const;
  const std::vector<std::unique_ptr<Slab>>& slabs() const { return slabs_; }

 private:
  struct SmallestFirst {
    bool operator()(const Block* a, const Block* b) const;
  };
  using FreeSet = std::set<Block*, SmallestFirst>;

  Block* find(Bin bin, uint64_t size, uint64_t alignment) const;
  void cut(Block* block, uint64_t size);  // the rest becomes a free block with the same marks
  void put(Block* block);
  void pull(Block* block);
  Block* join(Block* block);
  void swallow_next(Block* block);

  std::vector<std::unique_ptr<Slab>> slabs_;
  std::map<const Slab*, Block*> first_;
  std::map<Bin, FreeSet> free_;
};

}  // namespace backplane
