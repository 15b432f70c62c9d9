// An input that is a short list of integers which places and sizes hang on: starts, axes, pads.
// Copied when it never changes, else brought as host bytes by each launch.
#pragma once

#include "../kernel.hpp"

namespace backplane::opencl {

// int32 or int64, wherever they lie; borrowed.
struct IntegerList {
  const void* bytes = nullptr;
  bp_dtype_t dtype = 0;  // 0: the list is absent
  uint64_t count = 0;

  bool is_there() const { return dtype != 0; }
  int64_t operator[](uint64_t index) const;
};

class Integers {
 public:
  // Input `index`; `attribute` is what older definitions have in its place.
  Integers(const Node& node, uint32_t index, const char* attribute = nullptr);

  // Are the values here before a launch?
  bool is_known() const { return !is_brought_; }
  // `inputs` are a launch's, and not read when the values are known.
  IntegerList list(const bp_tensor_t* inputs) const;
  bp_argument_flags_t flags() const { return flags_; }

 private:
  const uint32_t index_;
  const bool is_brought_;
  bool is_there_ = false;
  bp_argument_flags_t flags_ = 0;
  std::vector<int64_t> values_;
};

// Refuses an input that is neither absent nor a vector of int32 or int64, and a constant that is
// too long to be told in `supports`.
void check_integers(const Node& node, uint32_t index);

// The flags of an input that no launch reads, because the output's sizes say it all.
bp_argument_flags_t unread_flags(const Node& node, uint32_t index);

// The axis that `axis` names, counted from the end when it is negative; `rank` when it names none.
uint32_t named_axis(int64_t axis, uint32_t rank);

}  // namespace backplane::opencl
