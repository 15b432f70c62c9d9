// How two tensors are walked together, numpy's way: sizes of 1 repeat. Axes that can be walked as
// one are merged, so that most nodes become one or two loops.
#pragma once

#include <backplane/tensor.h>

#include <cstdint>

namespace backplane::cpu {

enum class InnerLoop { kBoth, kFirstRepeats, kSecondRepeats };

struct BroadcastPlan {
  uint32_t rank = 1;                // >= 1
  int64_t count = 1;                // elements of the output
  int64_t sizes[BP_MAX_RANK];       // [0] is the innermost axis
  int64_t strides[2][BP_MAX_RANK];  // of both inputs, in elements
  InnerLoop inner = InnerLoop::kBoth;

  int64_t rows() const { return sizes[0] == 0 ? 0 : count / sizes[0]; }
};

// Sizes are known. The output's are those that broadcasting the inputs gives.
BroadcastPlan plan_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                             const bp_tensor_type_t& output);

// Are the sizes of the output those of the inputs broadcast together, as far as they are known?
bool can_broadcast(const bp_tensor_type_t& first, const bp_tensor_type_t& second,
                   const bp_tensor_type_t& output);

// Where one row begins in both inputs and in the output, in elements.
struct BroadcastRow {
  int64_t first = 0;
  int64_t second = 0;
  int64_t output = 0;
};

// Calls body(row) for rows [begin, end) of the plan.
template <class Body>
void for_rows(const BroadcastPlan& plan, int64_t begin, int64_t end, const Body& body) {
  int64_t index[BP_MAX_RANK] = {};
  BroadcastRow row;
  row.output = begin * plan.sizes[0];
  int64_t rest = begin;
  for (uint32_t axis = 1; axis < plan.rank; ++axis) {
    index[axis] = rest % plan.sizes[axis];
    rest /= plan.sizes[axis];
    row.first += index[axis] * plan.strides[0][axis];
    row.second += index[axis] * plan.strides[1][axis];
  }
  for (int64_t i = begin; i < end; ++i) {
    body(row);
    row.output += plan.sizes[0];
    for (uint32_t axis = 1; axis < plan.rank; ++axis) {
      row.first += plan.strides[0][axis];
      row.second += plan.strides[1][axis];
      if (++index[axis] < plan.sizes[axis]) break;
      index[axis] = 0;
      row.first -= plan.sizes[axis] * plan.strides[0][axis];
      row.second -= plan.sizes[axis] * plan.strides[1][axis];
    }
  }
}

}  // namespace backplane::cpu
