// MatMul. float32 of known sizes is oneDNN's matmul primitive, of unknown sizes its sgemm; tiny
// products and all other types are plain loops. float16 and bfloat16 are summed in float.
#include "matmul.hpp"

#include <string>
#include <utility>

#include "node_checks.hpp"

namespace backplane::cpu {

namespace {

// Sizes from the right, ones in front: an operand of rank 1 has no row (first) or column (second).
struct Operand {
  const bp_tensor_type_t& type;

  int64_t batch(uint32_t from_right) const {
    return from_right + 2 < type.rank ? type.shape[type.rank - 3 - from_right] : 1;
  }
  uint32_t batch_rank() const { return type.rank > 2 ? type.rank - 2U : 0; }
};

int64_t row_count(const bp_tensor_type_t& a) { return a.rank > 1 ? a.shape[a.rank - 2] : 1; }
int64_t inner_of_a(const bp_tensor_type_t& a) { return a.shape[a.rank - 1]; }
int64_t inner_of_b(const bp_tensor_type_t& b) { return b.shape[b.rank > 1 ? b.rank - 2 : 0]; }
int64_t column_count(const bp_tensor_type_t& b) { return b.rank > 1 ? b.shape[b.rank - 1] : 1; }

bool is_unknown(int64_t size) { return BP_DIM_IS_UNKNOWN(size); }

// Puts an axis in front of the plan's, merged with the first one where both are walked alike.
void add_outer_axis(MatMulPlan& plan, int64_t a, int64_t b) {
  const int64_t size = a == 1 ? b : a;
  if (size == 1) return;
  if (plan.batch_rank > 0 && (plan.a_batch[0] == 1) == (a == 1) &&
      (plan.b_batch[0] == 1) == (b == 1)) {
    plan.batch[0] *= size;
    plan.a_batch[0] *= a;
    plan.b_batch[0] *= b;
    return;
  }
  for (uint32_t axis = plan.batch_rank++; axis > 0; --axis) {
    plan.batch[axis] = plan.batch[axis - 1];
    plan.a_batch[axis] = plan.a_batch[axis - 1];
    plan.b_batch[axis] = plan.b_batch[axis - 1];
  }
  plan.batch[0] = size;
  plan.a_batch[0] = a;
  plan.b_batch[0] = b;
}

// One matrix for all batches of the first operand: its batches are only more rows.
void fold_batches_into_rows(MatMulPlan& plan) {
  if (plan.batch_rank != 1 || plan.b_batch[0] != 1) return;
  plan.size.m *= plan.batch[0];
  plan.batch_rank = 0;
}

}  // namespace

std::string matmul_mismatch(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  if (a.rank == 0 || b.rank == 0) return "an operand is a scalar";
  const int64_t inner_a = inner_of_a(a), inner_b = inner_of_b(b);
  if (!is_unknown(inner_a) && !is_unknown(inner_b) && inner_a != inner_b)
    return "inner sizes " + std::to_string(inner_a) + " and " + std::to_string(inner_b) + " differ";
  for (uint32_t i = 0; i < BP_MAX_RANK; ++i) {
    const int64_t size_a = Operand{a}.batch(i), size_b = Operand{b}.batch(i);
    if (!is_unknown(size_a) && !is_unknown(size_b) && size_a != size_b && size_a != 1 &&
        size_b != 1)
      return "batch sizes " + std::to_string(size_a) + " and " + std::to_string(size_b) +
             " do not broadcast";
  }
  return "";
}

int64_t MatMulPlan::batch_count() const {
  int64_t count = 1;
  for (uint32_t axis = 0; axis < batch_rank; ++axis) count *= batch[axis];
  return count;
}

MatMulPlan plan_matmul(const bp_tensor_type_t& a, const bp_tensor_type_t& b) {
  const std::string wrong = matmul_mismatch(a, b);
  if (!wrong.empty()) fail(BP_STATUS_INVALID_ARGUMENT, "MatMul: " + wrong);
  MatMulPlan plan;
  plan.size = {row_count(a), column_count(b), inner_of_a(a)};
  const uint32_t rank = std::max(Operand{a}.batch_rank(), Operand{b}.batch_rank());
  for (uint32_t i = 0; i < rank; ++i)
    add_outer_axis(plan, Operand{a}.batch(i), Operand{b}.batch(i));
  fold_batches_into_rows(plan);
  return plan;
}

MatMulProblem problem_of(const MatMulPlan& plan) {
  MatMulProblem problem;
  problem.a.assign(plan.a_batch.begin(), plan.a_batch.begin() + plan.batch_rank);
  problem.b.assign(plan.b_batch.begin(), plan.b_batch.begin() + plan.batch_rank);
  problem.target.assign(plan.batch.begin(), plan.batch.begin() + plan.batch_rank);
  problem.a.insert(problem.a.end(), {plan.size.m, plan.size.k});
  problem.b.insert(problem.b.end(), {plan.size.k, plan.size.n});
  problem.target.insert(problem.target.end(), {plan.size.m, plan.size.n});
  return problem;
}

namespace {

bool has_unknown_operand(const Node& node) {
  return has_unknown_size(node.input(0)) || has_unknown_size(node.input(1));
}

// Where the plan comes from: made once, or at each launch.
class MatMulKernel : public Kernel {
 public:
  explicit MatMulKernel(const Node& node) : is_fixed_(!has_unknown_operand(node)) {
    if (is_fixed_) plan_ = plan_matmul(node.input(0), node.input(1));
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    if (is_fixed_) return run_plan(plan_, inputs, outputs[0]);
    run_plan(plan_matmul(inputs[0].type, inputs[1].type), inputs, outputs[0]);
  }

 private:
  virtual void run_plan(const MatMulPlan& plan, const bp_tensor_t* inputs,
                        const bp_tensor_t& target) const = 0;
  bool is_fixed_;
  MatMulPlan plan_;
};

template <class T>
class LoopMatMul : public MatMulKernel {
 public:
  explicit LoopMatMul(const Node& node) : MatMulKernel(node) {
    traits_.is_shape_free = has_unknown_operand(node);
  }

 private:
  void run_plan(const MatMulPlan& plan, const bp_tensor_t* inputs,
                const bp_tensor_t& target) const override {
    const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
    const T* a = data<T>(inputs[0]);
    const T* b = data<T>(inputs[1]);
    T* out = data<T>(target);
    for_batches(plan, [&](int64_t a_at, int64_t b_at, int64_t out_at) {
      T* to = out + out_at * m * n;
      multiply(matrix_of(a + a_at * m * k, m, k, false), matrix_of(b + b_at * k * n, k, n, false),
               plan.size, [&](int64_t row, int64_t column, Sum<T> sum) {
                 to[row * n + column] = from_sum<T>(sum);
               });
    });
  }
};

// Not shape-free: a primitive for known sizes packs constants, and takes all batches at once.
class SgemmMatMul : public MatMulKernel {
 public:
  using MatMulKernel::MatMulKernel;

 private:
  void run_plan(const MatMulPlan& plan, const bp_tensor_t* inputs,
                const bp_tensor_t& target) const override {
    const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
    if (m * n == 0) return;
    const auto* a = data<float>(inputs[0]);
    const auto* b = data<float>(inputs[1]);
    auto* out = data<float>(target);
    if (k == 0) return static_cast<void>(std::fill_n(out, element_count(target.type), 0.0F));
    for_batches(plan, [&](int64_t a_at, int64_t b_at, int64_t out_at) {
      run_sgemm("MatMul", {false, false, m, n, k}, a + a_at * m * k, b + b_at * k * n,
                out + out_at * m * n);
    });
  }
};

class ProgramMatMul : public Kernel {
 public:
  ProgramMatMul(const Node& node, Device& device, std::unique_ptr<DnnlProgram> program)
      : program_(std::move(program)) {
    traits_.inputs.assign(node.input_count(), 0);
    if (const bp_constant_t* weights = node.constant(1)) {
      traits_.device_memory_size = program_->bind_weights(*weights, device);
      traits_.inputs[1] = BP_ARGUMENT_FLAG_BAKED;
    }
    traits_.scratch_size = program_->scratch_size();
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    program_->run({data<float>(inputs[0]), data<float>(inputs[1]), nullptr, data<float>(outputs[0]),
                   scratch != nullptr ? data<char>(*scratch) : nullptr});
  }

 private:
  std::unique_ptr<DnnlProgram> program_;
};

std::unique_ptr<Kernel> create_float_matmul(const Node& node, Device& device) {
  if (has_unknown_operand(node)) return std::make_unique<SgemmMatMul>(node);
  const MatMulPlan plan = plan_matmul(node.input(0), node.input(1));
  if (plan.size.multiplications() * static_cast<double>(plan.batch_count()) <= kTinyProduct)
    return std::make_unique<LoopMatMul<float>>(node);
  MatMulProblem problem = problem_of(plan);
  problem.packs_weights = node.constant(1) != nullptr;
  if (auto program = make_matmul("MatMul", problem))
    return std::make_unique<ProgramMatMul>(node, device, std::move(program));
  return std::make_unique<SgemmMatMul>(node);
}

void check_matmul(const Node& node) {
  check_product_types(node);
  const std::string wrong = matmul_mismatch(node.input(0), node.input(1));
  if (!wrong.empty()) refuse(node, wrong);
  if (has_unknown_operand(node)) return check_output(node, 0, false);
  const MatMulPlan plan = plan_matmul(node.input(0), node.input(1));
  double count = static_cast<double>(plan.size.m) * static_cast<double>(plan.size.n);
  for (uint32_t axis = 0; axis < plan.batch_rank; ++axis)
    count *= static_cast<double>(plan.batch[axis]);
  check_output(node, count, true);
}

std::unique_ptr<Kernel> create_matmul(const Node& node, Device& device) {
  if (node.input(0).dtype == BP_DTYPE_FLOAT32) return create_float_matmul(node, device);
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<LoopMatMul<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_matmul(OperatorTable& table) {
  table.push_back({"MatMul", {1, 9, 13}, check_matmul, create_matmul});
}

}  // namespace backplane::cpu
