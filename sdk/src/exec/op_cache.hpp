// Prepared operators of one device, found again by everything of their nodes but the name.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "exec/node_key.hpp"
#include "exec/op.hpp"

namespace backplane::exec {

class OpCache {
 public:
  explicit OpCache(size_t capacity = 4096) : capacity_(capacity) {}

  // The one there is, or a new one; the least used goes when there are too many. A hit allocates
  // nothing. The node has been checked.
  Result<std::shared_ptr<Op>> get(const std::shared_ptr<OpenDevice>& device, const bp_node_t& node);
  size_t size() const;

 private:
  struct Entry {
    uint64_t hash;
    NodeKey key;
    std::shared_ptr<Op> op;
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<Op> find(uint64_t hash, const bp_node_t& node);

  const size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;  // the last used first
  std::unordered_multimap<uint64_t, Entries::iterator> by_hash_;
};

}  // namespace backplane::exec
