// Everything of a node but its name, as a key to look prepared operators up by: hashed and compared
// without allocating.
#pragma once

#include <backplane/kernel.h>

#include <cstddef>
#include <vector>

namespace backplane::exec {

// A constant with an id is known by it, one without by its bytes. The node has been checked
// (from_abi.hpp).
uint64_t hash_node(const bp_node_t& node);

class NodeKey {
 public:
  explicit NodeKey(const bp_node_t& node);
  bool matches(const bp_node_t& node) const;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace backplane::exec
