// An input that is a short list of integers which shapes hang on: axes, starts, pads. Baked when it
// is a constant, else brought as host bytes by each launch.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "../kernel.hpp"

namespace backplane::cpu {

// Integers of a tensor, int32 or int64, wherever they lie.
struct IntegerView {
  const void* bytes = nullptr;
  bp_dtype_t dtype = 0;  // 0: the list is absent
  int64_t count = 0;

  bool is_present() const { return dtype != 0; }
  int64_t operator[](int64_t index) const {
    if (dtype == BP_DTYPE_INT32) {
      int32_t value;
      std::memcpy(&value, static_cast<const char*>(bytes) + index * sizeof value, sizeof value);
      return value;
    }
    int64_t value;
    std::memcpy(&value, static_cast<const char*>(bytes) + index * sizeof value, sizeof value);
    return value;
  }
};

class IntegerInput {
 public:
  // From an input of `node`. With `attribute`, older definitions' attribute of that name stands in
  // when the node has no such input.
  IntegerInput(const Node& node, uint32_t index, const char* attribute = nullptr);

  // Are the values here already, so that launch brings none?
  bool is_fixed() const { return !is_brought_; }
  // `inputs` are a launch's; not read when fixed. The view lives as long as both.
  IntegerView view(const bp_tensor_t* inputs) const;

  bp_argument_flags_t flags() const;

 private:
  void copy(const IntegerView& from);

  uint32_t index_;
  bool is_brought_ = false;
  bool is_baked_ = false;
  bool is_present_ = false;
  std::vector<int64_t> values_;
};

// Refuses an input that is neither absent nor a vector of int32 or int64, and a constant whose
// values cannot be seen yet.
void check_integers(const Node& node, uint32_t index, const char* name);

// Flags for a launch that needs no value of input `index`, because the output's type says it all.
bp_argument_flags_t unread_flags(const Node& node, uint32_t index);

}  // namespace backplane::cpu
