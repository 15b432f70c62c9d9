// Gemm: alpha * A' * B' + beta * C, in this order, each step rounded. C is not read when beta is 0,
// so that a NaN in it stays there. float32 is oneDNN's matmul, with C as its bias where it is one
// plain row; tiny products and all other types are plain loops.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "axis.hpp"
#include "matmul.hpp"
#include "node_checks.hpp"

namespace backplane::cpu {

namespace {

struct GemmAttributes {
  bool is_a_transposed, is_b_transposed;
  float alpha, beta;

  explicit GemmAttributes(const Node& node)
      : is_a_transposed(node.int_attribute("transA", 0) != 0),
        is_b_transposed(node.int_attribute("transB", 0) != 0),
        alpha(node.float_attribute("alpha", 1.0F)),
        beta(node.has_input(2) ? node.float_attribute("beta", 1.0F) : 0.0F) {}
};

struct GemmPlan {
  ProductSize size;
  int64_t c_row_stride = 0;  // 0 where C repeats
  int64_t c_column_stride = 0;
};

int64_t rows_of(const bp_tensor_type_t& type, bool is_transposed) {
  return type.shape[is_transposed ? 1 : 0];
}
int64_t columns_of(const bp_tensor_type_t& type, bool is_transposed) {
  return type.shape[is_transposed ? 0 : 1];
}

// C's sizes as a matrix: 1 in front of a row.
int64_t c_size(const bp_tensor_type_t& c, uint32_t axis) {
  const uint32_t missing = 2U - c.rank;
  return axis < missing ? 1 : c.shape[axis - missing];
}

std::string mismatch_of_c(const bp_tensor_type_t& c, int64_t m, int64_t n) {
  if (c.dtype == 0) return "";
  const auto repeats_or_is = [](int64_t size, int64_t whole) {
    return size == 1 || !sizes_differ(size, whole);
  };
  if (c.rank > 2 || !repeats_or_is(c_size(c, 0), m) || !repeats_or_is(c_size(c, 1), n))
    return "C, " + to_text(c) + ", does not broadcast to [" + std::to_string(m) + "," +
           std::to_string(n) + "]";
  return "";
}

// What is wrong with the sizes, as far as they are known; "" when nothing is.
std::string mismatch(const GemmAttributes& attributes, const bp_tensor_type_t& a,
                     const bp_tensor_type_t& b, const bp_tensor_type_t& c) {
  if (a.rank != 2 || b.rank != 2)
    return "A and B are matrices, not " + to_text(a) + " and " + to_text(b);
  const int64_t inner_a = columns_of(a, attributes.is_a_transposed);
  const int64_t inner_b = rows_of(b, attributes.is_b_transposed);
  if (sizes_differ(inner_a, inner_b))
    return "inner sizes " + std::to_string(inner_a) + " and " + std::to_string(inner_b) + " differ";
  return mismatch_of_c(c, rows_of(a, attributes.is_a_transposed),
                       columns_of(b, attributes.is_b_transposed));
}

GemmPlan plan_gemm(const GemmAttributes& attributes, const bp_tensor_type_t& a,
                   const bp_tensor_type_t& b, const bp_tensor_type_t& c) {
  const std::string wrong = mismatch(attributes, a, b, c);
  if (!wrong.empty()) fail(BP_STATUS_INVALID_ARGUMENT, "Gemm: " + wrong);
  GemmPlan plan;
  plan.size = {rows_of(a, attributes.is_a_transposed), columns_of(b, attributes.is_b_transposed),
               columns_of(a, attributes.is_a_transposed)};
  if (c.dtype == 0) return plan;
  plan.c_column_stride = c_size(c, 1) == 1 ? 0 : 1;
  plan.c_row_stride = c_size(c, 0) == 1 ? 0 : c_size(c, 1);
  return plan;
}

bool has_unknown_operand(const Node& node) {
  return has_unknown_size(node.input(0)) || has_unknown_size(node.input(1)) ||
         has_unknown_size(node.input(2));
}

// alpha * sum + beta * c, computed in the type that sums are kept in. A factor of 1 changes
// nothing.
template <class T>
class Finish {
 public:
  Finish(const GemmAttributes& attributes, const GemmPlan& plan, const T* c, T* target)
      : alpha_(factor(attributes.alpha)),
        beta_(factor(attributes.beta)),
        c_{attributes.beta == 0 ? nullptr : c, plan.c_row_stride, plan.c_column_stride},
        target_(target),
        columns_(plan.size.n) {}

  void operator()(int64_t row, int64_t column, Sum<T> sum) const {
    Sum<T> result = alpha_ * sum;
    if (c_.data != nullptr) result += beta_ * to_sum(c_.at(row, column));
    target_[row * columns_ + column] = from_sum<T>(result);
  }

 private:
  // Whole numbers for integer types: `check` has seen to it.
  static Sum<T> factor(float value) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<Sum<T>>(static_cast<int64_t>(value));
    else
      return static_cast<Sum<T>>(value);
  }

  Sum<T> alpha_, beta_;
  Matrix<T> c_;
  T* target_;
  int64_t columns_;
};

class GemmKernel : public Kernel {
 public:
  explicit GemmKernel(const Node& node)
      : attributes_(node), is_fixed_(!has_unknown_operand(node)), has_c_(node.has_input(2)) {
    if (is_fixed_) plan_ = plan_gemm(attributes_, node.input(0), node.input(1), node.input(2));
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    if (is_fixed_) return run_plan(plan_, inputs, outputs[0], scratch);
    const bp_tensor_type_t absent = {};
    run_plan(
        plan_gemm(attributes_, inputs[0].type, inputs[1].type, has_c_ ? inputs[2].type : absent),
        inputs, outputs[0], scratch);
  }

 protected:
  template <class T>
  Finish<T> finish(const GemmPlan& plan, const bp_tensor_t* inputs,
                   const bp_tensor_t& target) const {
    return {attributes_, plan, has_c_ ? data<T>(inputs[2]) : nullptr, data<T>(target)};
  }
  // The part after the product, where oneDNN has left A' * B' in the target.
  void finish_in_place(const GemmPlan& plan, const bp_tensor_t* inputs,
                       const bp_tensor_t& target) const {
    if (attributes_.alpha == 1.0F && attributes_.beta == 0.0F) return;
    const int64_t rows = plan.size.m, columns = plan.size.n;
    const Finish<float> last = finish<float>(plan, inputs, target);
    const auto* sums = data<float>(target);
    parallel_pieces(rows, rows * columns, [&](int64_t first, int64_t end) {
      for (int64_t row = first; row < end; ++row)
        for (int64_t column = 0; column < columns; ++column)
          last(row, column, sums[row * columns + column]);
    });
  }

  GemmAttributes attributes_;

 private:
  virtual void run_plan(const GemmPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& target,
                        const bp_tensor_t* scratch) const = 0;
  bool is_fixed_, has_c_;
  GemmPlan plan_ = {};
};

template <class T>
class LoopGemm : public GemmKernel {
 public:
  explicit LoopGemm(const Node& node) : GemmKernel(node) {
    traits_.is_shape_free = has_unknown_operand(node);
  }

 private:
  void run_plan(const GemmPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& target,
                const bp_tensor_t*) const override {
    const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
    multiply(matrix_of(data<const T>(inputs[0]), m, k, attributes_.is_a_transposed),
             matrix_of(data<const T>(inputs[1]), k, n, attributes_.is_b_transposed), plan.size,
             finish<T>(plan, inputs, target));
  }
};

class SgemmGemm : public GemmKernel {
 public:
  using GemmKernel::GemmKernel;

 private:
  void run_plan(const GemmPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& target,
                const bp_tensor_t*) const override {
    const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
    if (m * n == 0) return;
    auto* out = data<float>(target);
    if (k == 0)
      std::fill_n(out, m * n, 0.0F);
    else
      run_sgemm("Gemm", {attributes_.is_a_transposed, attributes_.is_b_transposed, m, n, k},
                data<float>(inputs[0]), data<float>(inputs[1]), out);
    finish_in_place(plan, inputs, target);
  }
};

class ProgramGemm : public GemmKernel {
 public:
  ProgramGemm(const Node& node, Device& device, std::unique_ptr<DnnlProgram> program, bool has_bias)
      : GemmKernel(node), program_(std::move(program)), has_bias_(has_bias) {
    traits_.inputs.assign(node.input_count(), 0);
    if (const bp_constant_t* weights = node.constant(1)) {
      traits_.device_memory_size = program_->bind_weights(*weights, device);
      traits_.inputs[1] = BP_ARGUMENT_FLAG_BAKED;
    }
    traits_.scratch_size = program_->scratch_size();
  }

 private:
  void run_plan(const GemmPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& target,
                const bp_tensor_t* scratch) const override {
    program_->run({data<float>(inputs[0]), data<float>(inputs[1]),
                   has_bias_ ? data<float>(inputs[2]) : nullptr, data<float>(target),
                   scratch != nullptr ? data<char>(*scratch) : nullptr});
    if (!has_bias_) finish_in_place(plan, inputs, target);
  }

  std::unique_ptr<DnnlProgram> program_;
  bool has_bias_;
};

MatMulProblem problem_of(const Node& node, const GemmAttributes& attributes, const GemmPlan& plan) {
  const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
  MatMulProblem problem;
  problem.a = {m, k};
  problem.b = {k, n};
  problem.target = {m, n};
  problem.is_a_transposed = attributes.is_a_transposed;
  problem.is_b_transposed = attributes.is_b_transposed;
  problem.has_bias = attributes.alpha == 1.0F && attributes.beta == 1.0F &&
                     plan.c_row_stride == 0 && plan.c_column_stride == 1;
  problem.packs_weights = node.constant(1) != nullptr;
  return problem;
}

std::unique_ptr<Kernel> create_float_gemm(const Node& node, Device& device) {
  if (has_unknown_operand(node)) return std::make_unique<SgemmGemm>(node);
  const GemmAttributes attributes(node);
  const GemmPlan plan = plan_gemm(attributes, node.input(0), node.input(1), node.input(2));
  if (plan.size.multiplications() <= kTinyProduct) return std::make_unique<LoopGemm<float>>(node);
  const MatMulProblem problem = problem_of(node, attributes, plan);
  if (auto program = make_matmul("Gemm", problem))
    return std::make_unique<ProgramGemm>(node, device, std::move(program), problem.has_bias);
  return std::make_unique<SgemmGemm>(node);
}

// Integer types take whole factors only: what else would round in the middle is left open by ONNX.
void check_factor(const Node& node, const char* name) {
  constexpr float kLargest = 2147483648.0F;
  const float factor = node.float_attribute(name, 1.0F);
  if (is_float(node.input(0).dtype) ||
      (factor == std::trunc(factor) && std::fabs(factor) < kLargest))
    return;
  refuse(node, std::string(name) + " " + std::to_string(factor) + " with " +
                   name_of(node.input(0).dtype) + ": only whole numbers below 2^31");
}

void check_gemm(const Node& node) {
  check_product_types(node);
  check_factor(node, "alpha");
  check_factor(node, "beta");
  const GemmAttributes attributes(node);
  const std::string wrong = mismatch(attributes, node.input(0), node.input(1), node.input(2));
  if (!wrong.empty()) refuse(node, wrong);
  if (has_unknown_operand(node)) return check_output(node, 0, false);
  const GemmPlan plan = plan_gemm(attributes, node.input(0), node.input(1), node.input(2));
  check_output(node, static_cast<double>(plan.size.m) * static_cast<double>(plan.size.n), true);
}

std::unique_ptr<Kernel> create_gemm(const Node& node, Device& device) {
  if (node.input(0).dtype == BP_DTYPE_FLOAT32) return create_float_gemm(node, device);
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<LoopGemm<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

MatMulProblem gemm_problem(const Node& node) {
  const GemmAttributes attributes(node);
  return problem_of(node, attributes,
                    plan_gemm(attributes, node.input(0), node.input(1), node.input(2)));
}

void add_gemm(OperatorTable& table) {
  table.push_back({"Gemm", {6, 7, 9, 11, 13}, check_gemm, create_gemm});
}

}  // namespace backplane::cpu
