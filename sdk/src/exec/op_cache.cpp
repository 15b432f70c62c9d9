#include "exec/op_cache.hpp"

namespace backplane::exec {

std::shared_ptr<Op> OpCache::find(uint64_t hash, const bp_node_t& node) {
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (!it->second->key.matches(node)) continue;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->op;
  }
  return nullptr;
}

Result<std::shared_ptr<Op>> OpCache::get(const std::shared_ptr<OpenDevice>& device,
                                         const bp_node_t& node) {
  const uint64_t hash = hash_node(node);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::shared_ptr<Op> found = find(hash, node)) return found;
  }
  Result<std::shared_ptr<Op>> made = Op::create(device, node);  // may compile: not under the lock
  if (!made.ok()) return made;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::shared_ptr<Op> found = find(hash, node)) return found;  // another thread was faster
  entries_.push_front({hash, NodeKey(node), *made});
  by_hash_.emplace(hash, entries_.begin());
  if (entries_.size() > capacity_) {
    const auto last = std::prev(entries_.end());
    const auto [first_same, last_same] = by_hash_.equal_range(last->hash);
    for (auto it = first_same; it != last_same; ++it) {
      if (it->second != last) continue;
      by_hash_.erase(it);
      break;
    }
    device->retire(last->op);
    entries_.erase(last);
  }
  return made;
}

size_t OpCache::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace backplane::exec
