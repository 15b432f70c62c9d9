#include "broadcast.hpp"

namespace backplane::cpu {

namespace {

// The size of `type` at the axis that is `from_end` from the last one; 1 where it has none.
int64_t size_at(const bp_tensor_type_t& type, uint32_t from_end) {
  return from_end < type.rank ? type.shape[type.rank - 1 - from_end] : 1;
}

// Is `output` what broadcasting `first` and `second` gives, as far as they are known?
bool broadcasts_to(int64_t first, int64_t second, int64_t output) {
  if (BP_DIM_IS_UNKNOWN(first) || BP_DIM_IS_UNKNOWN(second) || BP_DIM_IS_UNKNOWN(output))
    return true;
  return output == (first == 1 ? second : first) && (second == 1 || second == output);
}

// Adds an axis outside those that are there, or merges it into the outermost of them.
void add_axis(BroadcastPlan& plan, uint32_t& rank, int64_t size, int64_t first, int64_t second) {
  if (rank > 0) {
    const uint32_t outer = rank - 1;
    if (first == plan.strides[0][outer] * plan.sizes[outer] &&
        second == plan.strides[1][outer] * plan.sizes[outer]) {
      plan.sizes[outer] *= size;
      return;
    }
  }
  plan.sizes[rank] = size;
  plan.strides[0][rank] = first;
  plan.strides[1][rank] = second;
  ++rank;
}

}  // namespace

BroadcastPlan plan_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                             const bp_tensor_type_t& output) {
  BroadcastPlan plan;
  uint32_t rank = 0;
  int64_t first_stride = 1;
  int64_t second_stride = 1;
  for (uint32_t i = 0; i < output.rank; ++i) {
    const int64_t size = size_at(output, i);
    const int64_t first_size = size_at(first, i);
    const int64_t second_size = size_at(second, i);
    plan.count *= size;
    if (size != 1)
      add_axis(plan, rank, size, first_size == 1 ? 0 : first_stride,
               second_size == 1 ? 0 : second_stride);
    first_stride *= first_size;
    second_stride *= second_size;
  }
  if (rank == 0) add_axis(plan, rank, 1, 1, 1);
  plan.rank = rank;
  if (plan.strides[0][0] == 0) plan.inner = InnerLoop::kFirstRepeats;
  if (plan.strides[1][0] == 0) plan.inner = InnerLoop::kSecondRepeats;
  return plan;
}

bool can_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                   const bp_tensor_type_t& output) {
  if (first.rank > output.rank || second.rank > output.rank) return false;
  for (uint32_t i = 0; i < output.rank; ++i)
    if (!broadcasts_to(size_at(first, i), size_at(second, i), size_at(output, i))) return false;
  return true;
}

}  // namespace backplane::cpu
