// One node while its output types are worked out: what an operator's infer function reads from
// (inputs, attributes with defaults, constant values) and writes to (shapes, dtypes).
#pragma once

#include "ops/schema.hpp"
#include "ops/sizes.hpp"

namespace backplane::ops {

class Inference {
 public:
  // `node` has passed check_node; it and the definition outlive this.
  Inference(const bp_node_t& node, const Definition& definition);

  uint32_t input_count() const { return node_.input_count; }
  bool has_input(uint32_t index) const;
  const bp_tensor_type_t& input(uint32_t index) const;  // dtype 0: absent
  Shape shape(uint32_t index) const { return shape_of(input(index)); }
  size_t rank(uint32_t index) const { return input(index).rank; }

  // Attributes of the node, else their defaults. Without either: 0, empty, "", nullptr.
  bool has_attribute(const char* name) const;
  int64_t integer(const char* name) const;
  float number(const char* name) const;
  std::vector<int64_t> integers(const char* name) const;
  std::string text(const char* name) const;
  const bp_constant_t* tensor(const char* name) const;

  // The length of a vector that an operator reads numbers from, eg axes; negative: not known.
  // INVALID_ARGUMENT unless it is one.
  Result<int64_t> length(uint32_t index) const;
  // Its value when it never changes and is loaded, else nullptr.
  const bp_constant_t* constant(uint32_t index) const;
  bool is_constant(uint32_t index) const { return constant(index) != nullptr; }
  // The numbers in it. NOT_READY: it is no constant.
  Result<std::vector<int64_t>> values(uint32_t index) const;

  // `axis` counted from the front. INVALID_ARGUMENT: outside [-rank, rank - 1].
  Result<size_t> axis(int64_t axis, size_t rank) const;
  // One flag an axis, set for those listed. INVALID_ARGUMENT: outside, or listed twice.
  Result<std::vector<bool>> axes(const std::vector<int64_t>& axes, size_t rank) const;
  // INVALID_ARGUMENT unless the input is a scalar or has one element.
  Status check_scalar(uint32_t index) const;
  // How many of something a scalar says; kUnknown: it is no constant. INVALID_ARGUMENT: below 1.
  Result<int64_t> count(uint32_t index) const;

  uint32_t output_count() const { return node_.output_count; }
  // Somebody wants it, as far as node.outputs says.
  bool wants_output(uint32_t index) const;
  // UNSUPPORTED: more than 8 axes. Outputs that the node does not list are left out.
  Status set_shape(uint32_t index, const Shape& shape);
  void set_dtype(uint32_t index, bp_dtype_t dtype);  // its group's, if this is not called

  Status refuse(const char* word, const std::string& text) const;
  const std::vector<bp_tensor_type_t>& outputs() const { return outputs_; }

 private:
  const bp_attribute_t* attribute(const char* name) const;
  const Attribute* fallback(const char* name) const;

  const bp_node_t& node_;
  const Definition& definition_;
  std::vector<bp_tensor_type_t> outputs_;
};

Status infer_same_shape(Inference& node);  // every output has the shape of input 0
Status infer_broadcast(Inference& node);   // output 0 has the shape that all inputs stretch to

}  // namespace backplane::ops
