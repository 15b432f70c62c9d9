// How MatMul's operands meet, numpy's way: 1-D operands, and batches that repeat.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "../dnnl_bridge.hpp"
#include "matrix.hpp"

namespace backplane::cpu {

// Batch axes that can be walked as one are merged; sizes of 1 are gone.
struct MatMulPlan {
  ProductSize size = {1, 1, 1};
  uint32_t batch_rank = 0;
  std::array<int64_t, BP_MAX_RANK> batch = {};  // outermost first
  // The same axis in each operand: its size, or 1 where the operand repeats.
  std::array<int64_t, BP_MAX_RANK> a_batch = {};
  std::array<int64_t, BP_MAX_RANK> b_batch = {};

  int64_t batch_count() const;
};

// What is wrong with the operands' sizes, as far as they are known; "" when nothing is.
std::string matmul_mismatch(const bp_tensor_type_t& a, const bp_tensor_type_t& b);

// Sizes are known; throws INVALID_ARGUMENT where they do not fit.
MatMulPlan plan_matmul(const bp_tensor_type_t& a, const bp_tensor_type_t& b);

// The problem in oneDNN's words: every operand has the batch axes.
MatMulProblem problem_of(const MatMulPlan& plan);

// Of a Gemm of known sizes; its bias is C where C is one plain row and nothing is scaled.
MatMulProblem gemm_problem(const Node& node);

// Calls body(a_matrix, b_matrix, target_matrix) with the numbers of the matrices of each product.
template <class Body>
void for_batches(const MatMulPlan& plan, const Body& body) {
  const int64_t count = plan.batch_count();
  for (int64_t target = 0; target < count; ++target) {
    int64_t rest = target;
    int64_t a = 0, b = 0, a_stride = 1, b_stride = 1;
    for (uint32_t axis = plan.batch_rank; axis-- > 0;) {
      const int64_t index = rest % plan.batch[axis];
      rest /= plan.batch[axis];
      if (plan.a_batch[axis] != 1) a += index * a_stride;
      if (plan.b_batch[axis] != 1) b += index * b_stride;
      a_stride *= plan.a_batch[axis];
      b_stride *= plan.b_batch[axis];
    }
    body(a, b, target);
  }
}

}  // namespace backplane::cpu
