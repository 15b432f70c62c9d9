// An operator's node while the host owns it: names and values instead of pointers, and the way to a
// bp_node_t, which borrows them.
#pragma once

#include <backplane/kernel.h>

#include <memory>
#include <string>
#include <vector>

#include "support/status.hpp"
#include "support/tensor_type.hpp"

namespace backplane::ops {

// Bytes that never change: a weight, a folded value, an attribute's tensor.
struct Constant {
  bp_tensor_type_t type = {};
  std::shared_ptr<const void> data;  // dense, little-endian, aligned to its element
  uint64_t id = 0;                   // see bp_constant_t::id

  const void* bytes() const { return data.get(); }
  bp_constant_t view() const { return {type, data.get(), id}; }
};
using ConstantPtr = std::shared_ptr<const Constant>;

// Never given before in this process, so it can name one constant's bytes for good.
uint64_t fresh_constant_id();

// A constant with its own copy of `bytes` and an id; nullptr when `type` has an unknown size or
// does not fit into memory.
ConstantPtr make_constant(const bp_tensor_type_t& type, const void* bytes);
ConstantPtr make_int64_constant(const std::vector<int64_t>& values);  // a vector
// Integers of a constant of dtype int32 or int64, widened; INVALID_ARGUMENT for any other dtype.
Result<std::vector<int64_t>> integers_of(const bp_constant_t& constant);

struct Attribute {
  std::string name;
  bp_attribute_kind_t kind = 0;
  std::vector<float> floats;  // one, or a list: what `kind` says decides which member is used
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  ConstantPtr tensor;
};

Attribute int_attribute(std::string name, int64_t value);
Attribute ints_attribute(std::string name, std::vector<int64_t> values);
Attribute float_attribute(std::string name, float value);
Attribute string_attribute(std::string name, std::string value);
Attribute tensor_attribute(std::string name, ConstantPtr value);

struct Operator {
  std::string domain;  // "" is ai.onnx
  std::string op;
  std::string name;  // of the node in the model, for messages
  uint32_t since = 0;
  std::vector<Attribute> attributes;

  const Attribute* attribute(const std::string& attribute_name) const;  // nullptr: not there
};

// A bp_node_t over an Operator and types; borrows the operator and the constants, owns the rest.
class AbiNode {
 public:
  // `constants`: one per input, nullptr where the value is not known; or empty: none.
  AbiNode(const Operator& op, std::vector<bp_tensor_type_t> inputs,
          std::vector<bp_tensor_type_t> outputs, const std::vector<ConstantPtr>& constants);
  AbiNode(const AbiNode&) = delete;
  AbiNode& operator=(const AbiNode&) = delete;

  const bp_node_t& node() const { return node_; }

 private:
  void add_constants(const std::vector<ConstantPtr>& constants);
  void add_attribute(const Attribute& attribute);
  void add_strings(const std::vector<std::string>& strings, bp_attribute_t& result);
  void add_tensor(const ConstantPtr& tensor, bp_attribute_t& result);

  std::vector<bp_tensor_type_t> inputs_;
  std::vector<bp_tensor_type_t> outputs_;
  std::vector<bp_constant_t> constants_;
  std::vector<const bp_constant_t*> constant_pointers_;
  std::vector<bp_attribute_t> attributes_;
  std::vector<std::unique_ptr<bp_constant_t>> attribute_tensors_;
  std::vector<std::unique_ptr<std::vector<bp_string_t>>> attribute_strings_;
  bp_node_t node_ = {};
};

}  // namespace backplane::ops
