#include "memory/block_map.hpp"

#include <algorithm>
#include <utility>

namespace backplane {
namespace {

constexpr char kNobodyYet = 0;  // its address is the bin of blocks that several streams have marked

uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

uint64_t lead(const Block& block, uint64_t alignment) {
  return align_up(block.offset, alignment) - block.offset;
}

}  // namespace

BlockMap::Bin BlockMap::bin_of(const Block& block) {
  if (block.marks.empty()) return nullptr;
  return block.marks.size() == 1 ? static_cast<Bin>(block.marks[0].stream.get()) : &kNobodyYet;
}

bool BlockMap::SmallestFirst::operator()(const Block* a, const Block* b) const {
  if (a->size != b->size) return a->size < b->size;
  if (a->slab != b->slab) return std::less<>()(a->slab, b->slab);
  return a->offset < b->offset;
}

BlockMap::~BlockMap() {
  for (const auto& [slab, first] : first_)
    for (Block *block = first, *next = nullptr; block != nullptr; block = next) {
      next = block->next;
      delete block;
    }
}

void BlockMap::add(std::unique_ptr<Slab> slab) {
  auto* block = new Block;
  block->slab = slab.get();
  block->size = slab->size;
  first_[slab.get()] = block;
  slabs_.push_back(std::move(slab));
  block->is_free = true;
  put(block);
}

void BlockMap::put(Block* block) { free_[bin_of(*block)].insert(block); }

void BlockMap::pull(Block* block) {
  const auto bin = free_.find(bin_of(*block));
  bin->second.erase(block);
  if (bin->second.empty() && bin->first != nullptr) free_.erase(bin);
}

Block* BlockMap::find(Bin bin, uint64_t size, uint64_t alignment) const {
  const auto blocks = free_.find(bin);
  if (blocks == free_.end()) return nullptr;
  Block key;
  key.size = size;
  for (auto it = blocks->second.lower_bound(&key); it != blocks->second.end(); ++it)
    if ((*it)->size - size >= lead(**it, alignment)) return *it;
  return nullptr;
}

Block* BlockMap::take(const Stream* stream, uint64_t size, uint64_t alignment, uint64_t grain) {
  Block* block = find(nullptr, size, alignment);
  if (stream != nullptr) {
    Block* const own = find(stream, size, alignment);
    if (own != nullptr && (block == nullptr || own->size <= block->size)) block = own;
  }
  if (block == nullptr) return nullptr;
  pull(block);
  const uint64_t front = lead(*block, alignment);
  if (front > 0) {
    cut(block, front);
    Block* const rest = block->next;
    pull(rest);
    put(block);
    block = rest;
  }
  const uint64_t wanted = std::min(align_up(size, grain), block->size);
  if (block->size > wanted) cut(block, wanted);
  block->is_free = false;
  block->marks.clear();
  return block;
}

void BlockMap::cut(Block* block, uint64_t size) {
  auto* rest = new Block;
  rest->slab = block->slab;
  rest->offset = block->offset + size;
  rest->size = block->size - size;
  rest->previous = block;
  rest->next = block->next;
  rest->marks = block->marks;
  rest->is_free = true;
  if (rest->next != nullptr) rest->next->previous = rest;
  block->next = rest;
  block->size = size;
  put(rest);
}

void BlockMap::give(Block* block) {
  block->is_free = true;
  block->home.reset();
  put(join(block));
}

void BlockMap::remark(Block* block, std::vector<Mark> marks) {
  pull(block);
  block->marks = std::move(marks);
  put(join(block));
}

// `block` is in no bin; joins it with the free neighbours that serve the same.
Block* BlockMap::join(Block* block) {
  const auto joins = [](const Block* a, const Block* b) {
    return a != nullptr && b != nullptr && a->is_free && b->is_free && bin_of(*a) == bin_of(*b) &&
           bin_of(*a) != &kNobodyYet;
  };
  if (joins(block, block->next)) {
    pull(block->next);
    swallow_next(block);
  }
  if (joins(block->previous, block)) {
    block = block->previous;
    pull(block);
    swallow_next(block);
  }
  return block;
}

void BlockMap::swallow_next(Block* block) {
  Block* const next = block->next;
  merge_marks(block->marks, next->marks);
  block->size += next->size;
  block->next = next->next;
  if (block->next != nullptr) block->next->previous = block;
  delete next;
}

std::vector<Block*> BlockMap::waiting() const {
  std::vector<Block*> blocks;
  for (const auto& [bin, set] : free_)
    if (bin != nullptr) blocks.insert(blocks.end(), set.begin(), set.end());
  return blocks;
}

std::vector<std::unique_ptr<Slab>> BlockMap::remove_idle() {
  std::vector<std::unique_ptr<Slab>> removed;
  for (auto& slab : slabs_) {
    Block* const first = first_[slab.get()];
    if (first->next != nullptr || !first->is_free || bin_of(*first) != nullptr) continue;
    pull(first);
    delete first;
    first_.erase(slab.get());
    removed.push_back(std::move(slab));
  }
  slabs_.erase(std::remove(slabs_.begin(), slabs_.end(), nullptr), slabs_.end());
  return removed;
}

uint64_t BlockMap::largest_free() const {
  const auto blocks = free_.find(nullptr);
  return blocks == free_.end() || blocks->second.empty() ? 0 : (*blocks->second.rbegin())->size;
}

}  // namespace backplane
