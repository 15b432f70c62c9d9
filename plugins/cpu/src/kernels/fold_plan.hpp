// How a reduction walks through a tensor: the same for every operator that folds axes.
#pragma once

#include <array>
#include <cstdint>

#include "../kernel.hpp"

namespace backplane::cpu {

// Axes of one kind side by side are one; axes of size 1 are gone. The kinds take turns.
struct FoldPlan {
  uint32_t rank = 0;
  std::array<int64_t, BP_MAX_RANK> sizes = {};  // outermost first
  std::array<int64_t, BP_MAX_RANK> strides = {};
  std::array<bool, BP_MAX_RANK> is_reduced = {};

  int64_t product(bool reduced) const {
    int64_t size = 1;
    for (uint32_t axis = 0; axis < rank; ++axis)
      if (is_reduced[axis] == reduced) size *= sizes[axis];
    return size;
  }
  // Where element `index`, counted over all axes of one kind but the innermost `skipped` of the
  // plan, begins.
  int64_t offset(int64_t index, bool reduced, uint32_t skipped) const {
    int64_t at = 0;
    for (uint32_t axis = rank - skipped; axis-- > 0;) {
      if (is_reduced[axis] != reduced) continue;
      at += index % sizes[axis] * strides[axis];
      index /= sizes[axis];
    }
    return at;
  }
};

inline FoldPlan plan_fold(const bp_tensor_type_t& type, uint32_t mask) {
  FoldPlan plan;
  for (uint32_t axis = 0; axis < type.rank; ++axis) {
    const bool is_reduced = (mask >> axis & 1U) != 0;
    if (type.shape[axis] == 1) continue;
    if (plan.rank == 0 || plan.is_reduced[plan.rank - 1] != is_reduced) {
      plan.is_reduced[plan.rank] = is_reduced;
      plan.sizes[plan.rank++] = 1;
    }
    plan.sizes[plan.rank - 1] *= type.shape[axis];
  }
  int64_t stride = 1;
  for (uint32_t axis = plan.rank; axis-- > 0; stride *= plan.sizes[axis])
    plan.strides[axis] = stride;
  return plan;
}

}  // namespace backplane::cpu
