// MatMulInteger and QLinearMatMul. Zero points are taken away first, into 16 bits, then rows of A
// meet columns of B in whole numbers of 32 bits, which wrap around.
#include <algorithm>
#include <string>

#include "matmul.hpp"
#include "quantization.hpp"

namespace backplane::cpu {

namespace {

// Where an operator has its inputs.
struct Layout {
  uint32_t a_zero_point;
  uint32_t b;
  uint32_t b_zero_point;
};
constexpr Layout kMatMulInteger = {2, 1, 3};
constexpr Layout kQLinearMatMul = {2, 3, 5};
constexpr uint32_t kAScale = 1, kBScale = 4, kYScale = 6, kYZeroPoint = 7;

const Layout& layout_of(const Node& node) {
  return node.op() == "MatMulInteger" ? kMatMulInteger : kQLinearMatMul;
}

// Rows and columns are made longer by zeros, so that vectors have no remainder.
constexpr int64_t kDepthStep = 16;
int64_t padded_depth(int64_t depth) { return (depth + kDepthStep - 1) / kDepthStep * kDepthStep; }

// Sums of one row and several columns at a time.
constexpr int64_t kColumns = 128;

struct DotBody {
  // Fewer products than could overflow 31 bits: each is below 2^16.
  static constexpr int64_t kDepth = 16384;

  BACKPLANE_CPU_INLINE static int32_t dot(const int16_t* a, const int16_t* b, int64_t depth) {
    int32_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < depth; ++k) sum += int32_t{a[k]} * int32_t{b[k]};
    return sum;
  }

  // sums[j] of a row and column j, for columns that lie `depth` apart.
  BACKPLANE_CPU_INLINE static void row(const int16_t* a, const int16_t* columns, int64_t depth,
                                       int64_t count, int32_t* sums) {
    for (int64_t j = 0; j < count; ++j) {
      uint32_t sum = 0;
      for (int64_t k = 0; k < depth; k += kDepth)
        sum +=
            static_cast<uint32_t>(dot(a + k, columns + j * depth + k, std::min(kDepth, depth - k)));
      sums[j] = static_cast<int32_t>(sum);
    }
  }
};

// `rows` rows of `depth` numbers, one `step` after the other, without their zero points.
template <class Byte>
void pack_as(const char* from, int64_t rows, int64_t row_step, int64_t depth, int64_t step,
             const ZeroPoints& zeros, int64_t zero_period, int16_t* to) {
  const Byte* bytes = reinterpret_cast<const Byte*>(from);
  const int64_t padded = padded_depth(depth);
  for (int64_t row = 0; row < rows; ++row) {
    const int32_t zero_point = zeros[row % zero_period];
    int16_t* packed = to + row * padded;
    for (int64_t k = 0; k < depth; ++k)
      packed[k] = static_cast<int16_t>(bytes[row * row_step + k * step] - zero_point);
    std::fill(packed + depth, packed + padded, int16_t{0});
  }
}

void pack(bp_dtype_t dtype, const char* from, int64_t rows, int64_t row_step, int64_t depth,
          int64_t step, const ZeroPoints& zeros, int64_t zero_period, int16_t* to) {
  visit_bytes(dtype, [&](auto type) {
    pack_as<typename decltype(type)::type>(from, rows, row_step, depth, step, zeros, zero_period,
                                           to);
  });
}

int64_t rows_of(const bp_tensor_type_t& a) { return a.rank > 1 ? a.shape[a.rank - 2] : 1; }
int64_t columns_of(const bp_tensor_type_t& b) { return b.rank > 1 ? b.shape[b.rank - 1] : 1; }

uint64_t scratch_of(const MatMulPlan& plan) {
  return static_cast<uint64_t>((plan.size.m + plan.size.n) * padded_depth(plan.size.k)) *
         sizeof(int16_t);
}

// Sums as they are.
class KeepSums {
 public:
  KeepSums(const bp_tensor_t*, const bp_tensor_t& output, int64_t) : to_(data<int32_t>(output)) {}

  void operator()(const int32_t* sums, int64_t at, int64_t, int64_t, int64_t count) const {
    std::copy_n(sums, count, to_ + at);
  }

 private:
  int32_t* to_;
};

template <class Byte>
class Requantize {
 public:
  Requantize(const bp_tensor_t* inputs, const bp_tensor_t& output, int64_t rows)
      : a_(inputs[kAScale]),
        b_(inputs[kBScale]),
        y_(inputs[kYScale]),
        zeros_(inputs[kYZeroPoint]),
        rows_(rows),
        to_(data<Byte>(output)) {}

  void operator()(const int32_t* sums, int64_t at, int64_t row, int64_t column,
                  int64_t count) const {
    const float a_scale = a_[row % rows_], y_scale = y_[row % rows_];
    const int32_t zero_point = zeros_[row % rows_];
    for (int64_t j = 0; j < count; ++j)
      to_[at + j] = requantized<Byte>(sums[j], a_scale * b_[column + j] / y_scale, zero_point);
  }

 private:
  const Scales a_, b_, y_;
  const ZeroPoints zeros_;
  const int64_t rows_;
  Byte* to_;
};

// Finish(inputs, output, rows) is called with each row's sums, where they go in the output, and the
// row and column of the first.
template <class Finish>
class IntegerMatMul : public Kernel {
 public:
  explicit IntegerMatMul(const Node& node)
      : layout_(layout_of(node)),
        op_(node.op()),
        is_known_(!has_unknown_size(node.input(0)) && !has_unknown_size(node.input(layout_.b))),
        has_a_zero_point_(node.has_input(layout_.a_zero_point)),
        has_b_zero_point_(node.has_input(layout_.b_zero_point)),
        row_(Levels<&DotBody::row>::best()) {
    if (is_known_) plan_ = plan_matmul(node.input(0), node.input(layout_.b));
    traits_.scratch_size = is_known_ ? scratch_of(plan_) : BP_SIZE_UNKNOWN;
    traits_.accumulates = BP_DTYPE_INT32;
    traits_.is_shape_free = true;
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return is_known_ ? traits_.scratch_size : scratch_of(plan_matmul(inputs[0], inputs[layout_.b]));
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    if (element_count(outputs[0].type) == 0) return;
    require_parameters(inputs);
    auto* packed = scratch != nullptr ? data<int16_t>(*scratch) : nullptr;
    if (is_known_) return run(plan_, inputs, outputs[0], packed);
    run(plan_matmul(inputs[0].type, inputs[layout_.b].type), inputs, outputs[0], packed);
  }

 private:
  // What the sizes of every parameter must be, where they were unknown before.
  void require_parameters(const bp_tensor_t* inputs) const {
    const int64_t rows = rows_of(inputs[0].type);
    const int64_t columns = columns_of(inputs[layout_.b].type);
    if (has_a_zero_point_) require_parameter(inputs[layout_.a_zero_point], rows, op_.c_str());
    if (has_b_zero_point_) require_parameter(inputs[layout_.b_zero_point], columns, op_.c_str());
    if (&layout_ != &kQLinearMatMul) return;
    for (const uint32_t i : {kAScale, kYScale, kYZeroPoint})
      require_parameter(inputs[i], rows, op_.c_str());
    require_parameter(inputs[kBScale], columns, op_.c_str());
  }

  void run(const MatMulPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& output,
           int16_t* a_packed) const {
    const bp_tensor_t& a = inputs[0];
    const bp_tensor_t& b = inputs[layout_.b];
    const ZeroPoints a_zeros(has_a_zero_point_ ? inputs[layout_.a_zero_point] : bp_tensor_t{});
    const ZeroPoints b_zeros(has_b_zero_point_ ? inputs[layout_.b_zero_point] : bp_tensor_t{});
    const Finish finish(inputs, output, rows_of(a.type));
    const int64_t m = plan.size.m, n = plan.size.n, k = plan.size.k;
    int16_t* b_packed = a_packed + m * padded_depth(k);
    for_batches(plan, [&](int64_t a_at, int64_t b_at, int64_t out_at) {
      pack(a.type.dtype, data<char>(a) + a_at * m * k, m, k, k, 1, a_zeros, rows_of(a.type),
           a_packed);
      pack(b.type.dtype, data<char>(b) + b_at * k * n, n, 1, k, n, b_zeros, n, b_packed);
      multiply(plan.size, a_packed, b_packed, out_at * m * n, finish);
    });
  }

  void multiply(const ProductSize& size, const int16_t* a, const int16_t* b, int64_t out_at,
                const Finish& finish) const {
    const int64_t depth = padded_depth(size.k);
    const auto cost = static_cast<int64_t>(std::min(size.multiplications(), 1e15));
    parallel_pieces(size.m, cost, [&](int64_t first, int64_t last) {
      int32_t sums[kColumns];
      for (int64_t column = 0; column < size.n; column += kColumns)
        for (int64_t row = first; row < last; ++row) {
          const int64_t count = std::min(kColumns, size.n - column);
          row_(a + row * depth, b + column * depth, depth, count, sums);
          finish(sums, out_at + row * size.n + column, row, column, count);
        }
    });
  }

  const Layout& layout_;
  const std::string op_;
  const bool is_known_;  // all sizes; then plan_ is made
  const bool has_a_zero_point_;
  const bool has_b_zero_point_;
  MatMulPlan plan_;
  void (*const row_)(const int16_t*, const int16_t*, int64_t, int64_t, int32_t*);
};

void check_sizes(const Node& node, const Layout& layout) {
  const bp_tensor_type_t& a = node.input(0);
  const bp_tensor_type_t& b = node.input(layout.b);
  const std::string wrong = matmul_mismatch(a, b);
  if (!wrong.empty()) refuse(node, wrong);
  check_parameter(node, layout.a_zero_point, rows_of(a));
  check_parameter(node, layout.b_zero_point, columns_of(b));
  if (has_unknown_size(a) || has_unknown_size(b) || has_unknown_size(node.output(0))) return;
  const MatMulPlan plan = plan_matmul(a, b);
  const double count = static_cast<double>(plan.size.m) * static_cast<double>(plan.size.n) *
                       static_cast<double>(plan.batch_count());
  if (static_cast<double>(element_count(node.output(0))) != count)
    refuse(node, "sizes of " + to_text(node.output(0)) + " do not follow from the inputs'");
}

void check_types(const Node& node, const Layout& layout) {
  if (!is_byte(node.input(0).dtype) || !is_byte(node.input(layout.b).dtype))
    refuse(node, "only uint8 and int8, not " + to_text(node.input(0)) + " and " +
                     to_text(node.input(layout.b)));
  check_zero_point(node, layout.a_zero_point, 0);
  check_zero_point(node, layout.b_zero_point, layout.b);
}

void check_integer(const Node& node) {
  check_types(node, kMatMulInteger);
  if (node.output(0).dtype != BP_DTYPE_INT32) refuse(node, "its output is int32");
  check_sizes(node, kMatMulInteger);
}

void check_quantized(const Node& node) {
  check_types(node, kQLinearMatMul);
  if (!is_byte(node.output(0).dtype) || node.input(kYZeroPoint).dtype != node.output(0).dtype)
    refuse(node, "its output has the type of the zero point, uint8 or int8");
  for (const uint32_t scale : {kAScale, kBScale, kYScale})
    if (node.input(scale).dtype != BP_DTYPE_FLOAT32) refuse(node, "its scales are float32");
  check_sizes(node, kQLinearMatMul);
  for (const uint32_t i : {kAScale, kYScale, kYZeroPoint})
    check_parameter(node, i, rows_of(node.input(0)));
  check_parameter(node, kBScale, columns_of(node.input(kQLinearMatMul.b)));
}

std::unique_ptr<Kernel> create_integer(const Node& node, Device&) {
  return std::make_unique<IntegerMatMul<KeepSums>>(node);
}

std::unique_ptr<Kernel> create_quantized(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_bytes(node.output(0).dtype, [&](auto type) {
    made = std::make_unique<IntegerMatMul<Requantize<typename decltype(type)::type>>>(node);
  });
  return made;
}

}  // namespace

void add_integer_matmul(OperatorTable& table) {
  table.push_back({"MatMulInteger", {10}, check_integer, create_integer});
  table.push_back({"QLinearMatMul", {10}, check_quantized, create_quantized});
}

}  // namespace backplane::cpu
