// Arithmetic on sizes: overflow is noticed, and sizes that are not known (negative) stay so.
#pragma once

#include "support/tensor_type.hpp"

namespace backplane::ops {

constexpr int64_t kUnknown = -1;  // known at launch, equal to no other
inline bool is_unknown(int64_t size) { return BP_DIM_IS_UNKNOWN(size); }

// A number that remembers whether it ever left int64.
struct Checked {
  int64_t value = 0;
  bool overflowed = false;

  Checked(int64_t number) : value(number) {}  // NOLINT: implicit, so that 2 * x can be written
};
Checked operator+(Checked a, Checked b);
Checked operator-(Checked a, Checked b);
Checked operator*(Checked a, Checked b);

// "[2,-3]": numbers that are no sizes, or not yet known to be.
std::string list_text(const std::vector<int64_t>& numbers);

// INVALID_ARGUMENT when a step overflowed.
Result<int64_t> size_from(Checked number);

// A zero makes the product zero; one unknown among ones is itself; else with an unknown, kUnknown.
Result<int64_t> product_of(const Shape& sizes);
// Zeros add nothing, so one unknown among zeros is itself.
Result<int64_t> sum_of(const Shape& sizes);
// Two sizes of which the definition says that they are equal: the one that says more.
// INVALID_ARGUMENT: both are known and differ.
Result<int64_t> same_size(int64_t a, int64_t b);

}  // namespace backplane::ops
