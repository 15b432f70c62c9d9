// An input that is a short list of floats which an output hangs on: scales, a region. Copied when
// it is a constant, else brought as host bytes by each launch.
#pragma once

#include <cstring>
#include <string>

#include "number.hpp"

namespace backplane::cpu {

class FloatInput {
 public:
  FloatInput(const Node& node, uint32_t index) : index_(index), is_there_(node.has_input(index)) {
    const bp_constant_t* constant = is_there_ ? node.constant(index) : nullptr;
    is_baked_ = constant != nullptr;
    if (is_baked_) copy(constant->type, constant->data, values_);
  }

  bp_argument_flags_t flags() const {
    if (is_baked_) return BP_ARGUMENT_FLAG_BAKED;
    return is_there_ ? BP_ARGUMENT_FLAG_HOST : 0;
  }
  static constexpr uint64_t kMost = uint64_t{2} * BP_MAX_RANK;  // one or two for each axis
  struct List {
    int64_t count = 0;
    double values[kMost] = {};
  };
  List list(const bp_tensor_t* inputs) const {
    if (is_baked_ || !is_there_) return values_;
    List found;
    copy(inputs[index_].type, inputs[index_].host, found);
    return found;
  }

 private:
  static void copy(const bp_tensor_type_t& type, const void* bytes, List& to) {
    const uint64_t count = element_count(type);
    if (count > kMost)
      fail(BP_STATUS_INVALID_ARGUMENT, "a list of " + std::to_string(count) + " numbers");
    to.count = static_cast<int64_t>(count);
    visit_floats(type.dtype, [&](auto found) {
      using T = typename decltype(found)::type;
      for (size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, static_cast<const char*>(bytes) + i * sizeof(T), sizeof(T));
        to.values[i] = static_cast<double>(load(value));
      }
    });
  }

  uint32_t index_;
  bool is_there_;
  bool is_baked_ = false;
  List values_;
};

// Refuses an input that is neither absent nor a vector of floats, and a constant that is too long.
inline void check_floats(const Node& node, uint32_t index, const char* name) {
  if (!node.has_input(index)) return;
  const bp_tensor_type_t& type = node.input(index);
  const bool is_long = node.constant(index) != nullptr && element_count(type) > FloatInput::kMost;
  if (!is_float(type.dtype) || type.rank != 1 || is_long)
    refuse(node, std::string(name) + " is a vector of floats, not " + to_text(type));
}

}  // namespace backplane::cpu
