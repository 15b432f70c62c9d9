// Valid nodes that are damaged in one place: what reaches a plugin from a host with a mistake, or a
// model that nobody checked. Every array is as long as the node says, so that a plugin can look at
// all of it; what is said is wrong.
#pragma once

#include <backplane/kernel.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "run/guarded_bytes.hpp"

namespace backplane::conformance {

enum class Damage { kDtype, kRank, kSizes, kAttribute, kKind, kConstant, kCounts, kNames };

// A copy of a node that may be changed; borrows names, attribute data and constants of the
// original.
class DamagedNode {
 public:
  DamagedNode(const bp_node_t& node, Damage damage, std::mt19937_64& random);
  DamagedNode(const DamagedNode&) = delete;
  DamagedNode& operator=(const DamagedNode&) = delete;

  const bp_node_t& node() const { return node_; }
  // "input 1 has dtype 99"
  const std::string& what() const { return what_; }

 private:
  uint64_t below(uint64_t count) { return random_() % count; }
  bp_tensor_type_t& some_type();
  void damage_dtype();
  void damage_rank();
  void damage_sizes();
  void damage_attribute();
  void damage_kind();
  const void* value_of(bp_attribute_kind_t kind) const;
  void damage_constant();
  void damage_counts();
  void damage_names();

  std::mt19937_64& random_;
  std::vector<bp_tensor_type_t> inputs_;
  std::vector<bp_tensor_type_t> outputs_;
  std::vector<bp_attribute_t> attributes_;
  std::vector<const bp_constant_t*> constants_;
  std::vector<int64_t> numbers_;  // stands for any data
  bp_constant_t constant_ = {};
  bp_string_t string_ = {};
  float real_ = 0.5F;
  std::optional<GuardedBytes> guarded_;  // the data of an attribute of another kind
  bp_node_t node_ = {};
  std::string what_;
};

}  // namespace backplane::conformance
