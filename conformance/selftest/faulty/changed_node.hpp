// Faults of what a node says: the honest plugin is asked for another node than the one that was
// given, and launched with other tensors than those that were brought.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fault.hpp"

namespace backplane::selftest {

// A copy of a node. What its functions give is NULL where the node has no such thing, and may be
// written.
class ChangedNode {
 public:
  explicit ChangedNode(const bp_node_t& given);
  ChangedNode(const ChangedNode&) = delete;
  ChangedNode& operator=(const ChangedNode&) = delete;

  bool is(const char* op) const;
  uint16_t rank_of(uint32_t input) const { return node_.inputs[input].rank; }
  int64_t* integer(const char* attribute);
  float* number(const char* attribute);
  std::vector<int64_t>* integers(const char* attribute);
  std::string text(const char* attribute);
  void set_text(const char* attribute, const char* text);
  std::vector<int64_t>* constant(uint32_t input);  // of int64

  // As it is now; valid until the next change.
  const bp_node_t& node();

 private:
  struct Attribute {
    float number = 0;
    std::vector<int64_t> integers;
    std::string text;
    bp_string_t words = {};
  };
  struct Constant {
    bp_constant_t head = {};
    std::vector<int64_t> integers;
  };
  Attribute* find(const char* attribute, bp_attribute_kind_t kind);

  bp_node_t node_;
  std::vector<bp_attribute_t> heads_;
  std::vector<Attribute> attributes_;
  std::vector<Constant> constants_;
  std::vector<const bp_constant_t*> pointers_;
};

using ChangeNode = void (*)(ChangedNode& node);
// Where the honest plugin refuses the changed node it gets the one that was given.
void plant_changed_node(Tables* tables, ChangeNode change);

// The tensors of a launch of `op`, which may be written.
using ChangeTensors = void (*)(const std::string& op, std::vector<bp_tensor_t>& inputs,
                               std::vector<bp_tensor_t>& outputs);
void plant_changed_tensors(Tables* tables, ChangeTensors change);

// The same as Faults' own functions.
template <ChangeNode change>
void plant_node(Tables* tables) {
  plant_changed_node(tables, change);
}

template <ChangeTensors change>
void plant_tensors(Tables* tables) {
  plant_changed_tensors(tables, change);
}

}  // namespace backplane::selftest
