// For tests only: a node made of plain values, and its one launch on a device, between guard zones.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "half.hpp"
#include "kernel.hpp"
#include "test_host.hpp"

namespace backplane::cpu::testing {

using Shape = std::vector<int64_t>;

template <class T>
constexpr bp_dtype_t dtype_of() {
  if constexpr (std::is_same_v<T, float>) return BP_DTYPE_FLOAT32;
  if constexpr (std::is_same_v<T, double>) return BP_DTYPE_FLOAT64;
  if constexpr (std::is_same_v<T, Half>) return BP_DTYPE_FLOAT16;
  if constexpr (std::is_same_v<T, Bfloat16>) return BP_DTYPE_BFLOAT16;
  if constexpr (std::is_same_v<T, int8_t>) return BP_DTYPE_INT8;
  if constexpr (std::is_same_v<T, int16_t>) return BP_DTYPE_INT16;
  if constexpr (std::is_same_v<T, int32_t>) return BP_DTYPE_INT32;
  if constexpr (std::is_same_v<T, int64_t>) return BP_DTYPE_INT64;
  if constexpr (std::is_same_v<T, uint8_t>) return BP_DTYPE_UINT8;
  if constexpr (std::is_same_v<T, uint16_t>) return BP_DTYPE_UINT16;
  if constexpr (std::is_same_v<T, uint32_t>) return BP_DTYPE_UINT32;
  if constexpr (std::is_same_v<T, uint64_t>) return BP_DTYPE_UINT64;
  return 0;
}

// What GoogleTest calls a typed test.
struct TypeName {
  template <class T>
  static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's word
    return dtype_of<T>() == 0 ? "bool" : name_of(dtype_of<T>());
  }
};

inline bp_tensor_type_t type_of(bp_dtype_t dtype, const Shape& shape) {
  bp_tensor_type_t type = {dtype, static_cast<uint16_t>(shape.size()), 0, {}};
  std::copy(shape.begin(), shape.end(), type.shape);
  return type;
}

struct Tensor {
  bp_tensor_type_t type = {};
  std::vector<char> bytes;

  template <class T>
  std::vector<T> as() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

template <class T>
Tensor tensor(const Shape& shape, const std::vector<T>& values, bp_dtype_t dtype = dtype_of<T>()) {
  Tensor made{type_of(dtype, shape), std::vector<char>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(made.bytes.data(), values.data(), made.bytes.size());
  EXPECT_EQ(byte_size(made.type), made.bytes.size());
  return made;
}

// An output that is still to be computed.
inline Tensor wanted(bp_dtype_t dtype, const Shape& shape) { return {type_of(dtype, shape), {}}; }

// Owns everything that the bp_node_t points to.
class TestNode {
 public:
  TestNode(std::string op, uint32_t since, std::vector<Tensor> given, std::vector<Tensor> made)
      : inputs(std::move(given)),
        outputs(std::move(made)),
        constant(inputs.size(), false),
        constant_ids(inputs.size(), 0),
        op_(std::move(op)),
        since_(since) {}

  std::vector<Tensor> inputs;  // dtype 0: absent
  std::vector<Tensor> outputs;
  std::vector<bool> constant;          // per input: is its value told beforehand?
  std::vector<uint64_t> constant_ids;  // see bp_constant_t::id
  bool has_unknown_sizes = false;      // are sizes told no earlier than at launch?
  bp_numerics_flags_t refused = 0;
  const char* domain = "";

  void add_input(Tensor input, bool is_constant) {
    inputs.push_back(std::move(input));
    constant.push_back(is_constant);
    constant_ids.push_back(0);
  }

  void add(const char* name, int64_t value) { add(name, BP_ATTRIBUTE_INT, Shape{value}); }
  void add(const char* name, int value) { add(name, int64_t{value}); }
  void add(const char* name, const Shape& values) { add(name, BP_ATTRIBUTE_INTS, values); }
  void add(const char* name, float value) {
    floats_.push_back(value);
    attributes_.push_back({name, BP_ATTRIBUTE_FLOAT, 1, &floats_.back()});
  }
  void add(const char* name, const char* value) {
    strings_.push_back({value, std::strlen(value)});
    attributes_.push_back({name, BP_ATTRIBUTE_STRING, 1, &strings_.back()});
  }
  void add(const char* name, const std::vector<const char*>& values) {
    string_lists_.emplace_back();
    for (const char* value : values) string_lists_.back().push_back({value, std::strlen(value)});
    attributes_.push_back({name, BP_ATTRIBUTE_STRINGS, static_cast<uint32_t>(values.size()),
                           string_lists_.back().data()});
  }
  void add(const char* name, const Tensor& value) {
    constants_.push_back({value.type, value.bytes.data(), 0});
    attributes_.push_back({name, BP_ATTRIBUTE_TENSOR, 1, &constants_.back()});
  }

  // An attribute of another node, with what it points to.
  void add_copy(const bp_attribute_t& from) {
    names_.emplace_back(from.name);
    const char* name = names_.back().c_str();
    const auto text = [&](uint32_t i) {
      const bp_string_t& one = static_cast<const bp_string_t*>(from.data)[i];
      return names_.emplace_back(one.data, static_cast<size_t>(one.size)).c_str();
    };
    const auto* ints = static_cast<const int64_t*>(from.data);
    if (from.kind == BP_ATTRIBUTE_INT) return add(name, *ints);
    if (from.kind == BP_ATTRIBUTE_INTS) return add(name, Shape(ints, ints + from.count));
    if (from.kind == BP_ATTRIBUTE_FLOAT) return add(name, *static_cast<const float*>(from.data));
    if (from.kind == BP_ATTRIBUTE_STRING) return add(name, text(0));
    ASSERT_EQ(from.kind, uint32_t{BP_ATTRIBUTE_STRINGS}) << name;
    std::vector<const char*> texts;
    for (uint32_t i = 0; i < from.count; ++i) texts.push_back(text(i));
    add(name, texts);
  }

  // Valid until the next call.
  const bp_node_t& get() {
    input_types_ = types(inputs);
    output_types_ = types(outputs);
    node_constants_.clear();
    constant_pointers_.assign(inputs.size(), nullptr);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!constant[i]) continue;
      node_constants_.push_back({inputs[i].type, inputs[i].bytes.data(), constant_ids[i]});
      constant_pointers_[i] = &node_constants_.back();
    }
    node_ = {};
    node_.struct_size = sizeof node_;
    node_.since = since_;
    node_.domain = domain;
    node_.op = op_.c_str();
    node_.name = "";
    node_.input_count = static_cast<uint32_t>(inputs.size());
    node_.output_count = static_cast<uint32_t>(outputs.size());
    node_.attribute_count = static_cast<uint32_t>(attributes_.size());
    node_.refused = refused;
    node_.inputs = input_types_.data();
    node_.outputs = output_types_.data();
    node_.attributes = attributes_.data();
    node_.constants = constant_pointers_.data();
    return node_;
  }

 private:
  void add(const char* name, bp_attribute_kind_t kind, const Shape& values) {
    ints_.push_back(values);
    attributes_.push_back({name, kind, static_cast<uint32_t>(values.size()), ints_.back().data()});
  }

  std::vector<bp_tensor_type_t> types(const std::vector<Tensor>& tensors) const {
    std::vector<bp_tensor_type_t> found;
    for (const Tensor& one : tensors) {
      found.push_back(one.type);
      if (has_unknown_sizes) std::fill_n(found.back().shape, one.type.rank, -1);
    }
    return found;
  }

  std::string op_;
  uint32_t since_;
  std::deque<Shape> ints_;
  std::deque<float> floats_;
  std::deque<bp_string_t> strings_;
  std::deque<std::string> names_;
  std::deque<std::vector<bp_string_t>> string_lists_;
  std::deque<bp_constant_t> constants_;
  std::deque<bp_constant_t> node_constants_;
  std::vector<bp_attribute_t> attributes_;
  std::vector<bp_tensor_type_t> input_types_;
  std::vector<bp_tensor_type_t> output_types_;
  std::vector<const bp_constant_t*> constant_pointers_;
  bp_node_t node_ = {};
};

}  // namespace backplane::cpu::testing
