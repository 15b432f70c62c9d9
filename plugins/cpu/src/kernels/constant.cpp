// Constant, Shape and Size: outputs that hang on no input's bytes.
#include <algorithm>
#include <cstring>
#include <string>

#include "../host_memory.hpp"
#include "../kernel.hpp"
#include "copy.hpp"

namespace backplane::cpu {

namespace {

// The value of a Constant node, whichever attribute has it.
struct Value {
  const void* data = nullptr;  // may be NULL in supports()
  bp_tensor_type_t type = {};
};

Value list_of(const bp_attribute_t& attribute, bp_dtype_t dtype, uint16_t rank) {
  Value value;
  value.data = attribute.data;
  value.type.dtype = dtype;
  value.type.rank = rank;
  if (rank == 1) value.type.shape[0] = attribute.count;
  return value;
}

Value value_of(const Node& node) {
  for (uint32_t i = 0; i < node.get().attribute_count; ++i) {
    const bp_attribute_t& attribute = node.get().attributes[i];
    const std::string_view name = attribute.name;
    if (name == "value" && attribute.kind == BP_ATTRIBUTE_TENSOR) {
      const auto* tensor = static_cast<const bp_constant_t*>(attribute.data);
      return {tensor->data, tensor->type};
    }
    if (name == "value_float" && attribute.kind == BP_ATTRIBUTE_FLOAT)
      return list_of(attribute, BP_DTYPE_FLOAT32, 0);
    if (name == "value_floats" && attribute.kind == BP_ATTRIBUTE_FLOATS)
      return list_of(attribute, BP_DTYPE_FLOAT32, 1);
    if (name == "value_int" && attribute.kind == BP_ATTRIBUTE_INT)
      return list_of(attribute, BP_DTYPE_INT64, 0);
    if (name == "value_ints" && attribute.kind == BP_ATTRIBUTE_INTS)
      return list_of(attribute, BP_DTYPE_INT64, 1);
  }
  refuse(node, "no value that is a tensor or made of numbers");
}

class Constant : public Kernel {
 public:
  Constant(const Node& node, const bp_host_t* host)
      : size_(byte_size(node.output(0))), bytes_(host, size_) {
    if (size_ != 0) std::memcpy(bytes_.data(), value_of(node).data, size_);
    traits_.device_memory_size = size_;
  }

  void run(const bp_tensor_t*, const bp_tensor_t* outputs, const bp_tensor_t*) const override {
    copy_bytes(data<char>(outputs[0]), bytes_.data(), size_);
  }

 private:
  const uint64_t size_;
  const HostBytes bytes_;
};

bool is_same(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  return a.dtype == b.dtype && a.rank == b.rank && std::equal(a.shape, a.shape + a.rank, b.shape);
}

void check_constant(const Node& node) {
  if (node.input_count() != 0 || node.output_count() != 1)
    refuse(node, "it has no inputs and one output");
  const Value value = value_of(node);
  if (has_unknown_size(value.type) || !is_same(value.type, node.output(0)))
    refuse(node, "its value is " + to_text(value.type) + ", its output " + to_text(node.output(0)));
}

std::unique_ptr<Kernel> create_constant(const Node& node, Device& device) {
  return std::make_unique<Constant>(node, device.host);
}

// Since 15 from `start` to `end`, axes that are clamped into the rank.
class Shape : public Kernel {
 public:
  explicit Shape(const Node& node) {
    const int64_t rank = node.input(0).rank;
    first_ = clamp(node.int_attribute("start", 0), rank);
    last_ = clamp(node.int_attribute("end", rank), rank);
    traits_.is_shape_free = true;
  }

  int64_t count() const { return std::max<int64_t>(last_ - first_, 0); }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (count() == 0) return;
    std::memcpy(data<int64_t>(outputs[0]), inputs[0].type.shape + first_,
                static_cast<size_t>(count()) * sizeof(int64_t));
  }

 private:
  static int64_t clamp(int64_t axis, int64_t rank) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  }

  int64_t first_ = 0;
  int64_t last_ = 0;
};

void check_shape(const Node& node) {
  if (node.input_count() != 1 || !node.has_input(0) || node.output_count() != 1)
    refuse(node, "it has one input and one output");
  const bp_tensor_type_t& to = node.output(0);
  if (to.dtype != BP_DTYPE_INT64 || to.rank != 1 ||
      (!has_unknown_size(to) && to.shape[0] != Shape(node).count()))
    refuse(node,
           "its output is int64[" + std::to_string(Shape(node).count()) + "], not " + to_text(to));
}

std::unique_ptr<Kernel> create_shape(const Node& node, Device&) {
  return std::make_unique<Shape>(node);
}

class Size : public Kernel {
 public:
  Size() { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    *data<int64_t>(outputs[0]) = static_cast<int64_t>(element_count(inputs[0].type));
  }
};

void check_size(const Node& node) {
  if (node.input_count() != 1 || !node.has_input(0) || node.output_count() != 1)
    refuse(node, "it has one input and one output");
  const bp_tensor_type_t& to = node.output(0);
  if (to.dtype != BP_DTYPE_INT64 || to.rank != 0)
    refuse(node, "its output is int64[], not " + to_text(to));
}

std::unique_ptr<Kernel> create_size(const Node&, Device&) { return std::make_unique<Size>(); }

}  // namespace

void add_constant(OperatorTable& table) {
  table.push_back({"Constant", {1, 9, 11, 12, 13, 19, 21, 23}, check_constant, create_constant});
  table.push_back({"Shape", {1, 13, 15, 19, 21, 23}, check_shape, create_shape});
  table.push_back({"Size", {1, 13, 19, 21, 23}, check_size, create_size});
}

}  // namespace backplane::cpu
