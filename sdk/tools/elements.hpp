// Tensors' elements as numbers, for people to look at.
#pragma once

#include <backplane/tensor.h>

namespace backplane {

struct Summary {
  double least = 0;  // NaN when there are no elements, or one is NaN
  double largest = 0;
  double mean = 0;
};
Summary summarise(const bp_tensor_type_t& type, const void* bytes);

// The same values for the same seed: between -1 and 1, small integers, 0 and 1 for bool.
void fill_with_random(const bp_tensor_type_t& type, void* bytes, uint32_t seed);

}  // namespace backplane
