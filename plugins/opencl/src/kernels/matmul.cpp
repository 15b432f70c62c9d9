// MatMul, numpy's way (batches are broadcast, and a vector is a matrix of one row or column), and
// Gemm.
#include "sources.hpp"
#include "walk.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kRegisters = 4;  // of matmul.cl, each way

// matmul.cl's: from one element to the next along each axis.
struct Steps {
  cl_ulong a_row = 0, a_inner = 1, b_inner = 0, b_column = 1, c_row = 0, c_column = 0;
};

struct Sizes {
  cl_ulong rows = 0, columns = 0, inner = 0;
};

// One product of matrices, or a batch of them.
class Product {
 public:
  Product(Device& device, bp_dtype_t dtype, const std::string& options)
      : compute_(device, kMatmulSource, element_option(dtype) + options, "multiply") {}

  // `c` is nullptr unless built with HAS_C.
  void launch(Stream& stream, const bp_tensor_t& a, const bp_tensor_t& b, const bp_tensor_t* c,
              const bp_tensor_t& y, const Sizes& sizes, const Steps& steps, const Walk& batch,
              cl_float alpha, cl_float beta) {
    const auto tiles = [](uint64_t size) { return (size + kRegisters - 1) / kRegisters; };
    const Work work = tiles_over(tiles(sizes.rows), tiles(sizes.columns), batch.count());
    compute_.launch(stream, work, [&](Arguments& arguments) {
      arguments.add(a);
      arguments.add(b);
      if (c != nullptr) arguments.add(*c);
      arguments.add(y);
      arguments.add(sizes.rows);
      arguments.add(sizes.columns);
      arguments.add(sizes.inner);
      arguments.add(steps);
      arguments.add(batch);
      arguments.add(alpha);
      arguments.add(beta);
    });
  }

 private:
  Compute compute_;
};

// A vector seen as a matrix: on the left a row, on the right a column.
bp_tensor_type_t matrix_of(bp_tensor_type_t type, bool is_left) {
  if (type.rank != 1) return type;
  type.rank = 2;
  type.shape[is_left ? 1 : 0] = type.shape[0];
  type.shape[is_left ? 0 : 1] = 1;
  return type;
}

// The axes of the batch: the output's, without those of its matrices.
Walk batch_of(const bp_tensor_type_t& output, const bp_tensor_type_t& a,
              const bp_tensor_type_t& b) {
  const uint32_t of_matrix = (a.rank > 1 ? 1u : 0u) + (b.rank > 1 ? 1u : 0u);
  Walk batch = walk_of(output, output.rank - of_matrix);
  if (a.rank > 2) repeat(batch, 0, a, a.rank - 2u);
  if (b.rank > 2) repeat(batch, 1, b, b.rank - 2u);
  return batch;
}

class MatMul : public Kernel {
 public:
  MatMul(const Node& node, Device& device) : product_(device, node.input(0).dtype, "") {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const bp_tensor_type_t a = matrix_of(inputs[0].type, true);
    const bp_tensor_type_t b = matrix_of(inputs[1].type, false);
    Sizes sizes;
    sizes.rows = static_cast<cl_ulong>(a.shape[a.rank - 2]);
    sizes.inner = static_cast<cl_ulong>(a.shape[a.rank - 1]);
    sizes.columns = static_cast<cl_ulong>(b.shape[b.rank - 1]);
    Steps steps;
    steps.a_row = sizes.inner;
    steps.b_inner = sizes.columns;
    product_.launch(stream, with_buffer(inputs[0], outputs[0]), with_buffer(inputs[1], outputs[0]),
                    nullptr, outputs[0], sizes, steps,
                    batch_of(outputs[0].type, inputs[0].type, inputs[1].type), 1, 0);
  }

 private:
  Product product_;
};

class Gemm : public Kernel {
 public:
  Gemm(const Node& node, Device& device)
      : is_a_transposed_(node.int_attribute("transA", 0) != 0),
        is_b_transposed_(node.int_attribute("transB", 0) != 0),
        has_c_(node.has_input(2)),
        alpha_(node.float_attribute("alpha", 1)),
        beta_(node.float_attribute("beta", 1)),
        product_(device, node.input(0).dtype,
                 std::string(" -DIS_GEMM=1") + (has_c_ ? " -DHAS_C=1" : "")) {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    if (plugin::element_count(type) == 0) return;
    const auto size = [](const bp_tensor_type_t& of, int axis) {
      return static_cast<cl_ulong>(of.shape[axis]);
    };
    Sizes sizes;
    sizes.rows = size(type, 0);
    sizes.columns = size(type, 1);
    sizes.inner = size(inputs[0].type, is_a_transposed_ ? 0 : 1);
    Steps steps;
    steps.a_row = is_a_transposed_ ? 1 : sizes.inner;
    steps.a_inner = is_a_transposed_ ? sizes.rows : 1;
    steps.b_inner = is_b_transposed_ ? 1 : sizes.columns;
    steps.b_column = is_b_transposed_ ? sizes.inner : 1;
    if (has_c_) set_steps_of_c(steps, type, inputs[2].type);
    Walk one;
    product_.launch(stream, with_buffer(inputs[0], outputs[0]), with_buffer(inputs[1], outputs[0]),
                    has_c_ ? &inputs[2] : nullptr, outputs[0], sizes, steps, one, alpha_, beta_);
  }

 private:
  static void set_steps_of_c(Steps& steps, const bp_tensor_type_t& output,
                             const bp_tensor_type_t& c) {
    Walk walk = walk_of(output, 2);
    repeat(walk, 0, c, c.rank);
    steps.c_row = walk.strides[0][0];
    steps.c_column = walk.strides[0][1];
  }

  const bool is_a_transposed_;
  const bool is_b_transposed_;
  const bool has_c_;
  const cl_float alpha_;
  const cl_float beta_;
  Product product_;
};

void check_matmul(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  if (node.input(0).dtype == BP_DTYPE_BOOL) refuse(node, "only numbers, not bool");
  check_dtype(node, facts, node.input(0).dtype);
  if (node.input(1).dtype != node.input(0).dtype) refuse(node, "both inputs have one element type");
  if (node.input(0).rank == 0 || node.input(1).rank == 0) refuse(node, "a scalar is no matrix");
}

void check_gemm(const Node& node, const DeviceFacts& facts) {
  check_same_dtype(node);
  check_floating(node, facts, node.input(0).dtype);
  for (uint32_t i : {1u, 2u})
    if (node.has_input(i) && node.input(i).dtype != node.input(0).dtype)
      refuse(node, "all inputs have one element type");
  if (node.input(0).rank != 2 || node.input(1).rank != 2 || node.input(2).rank > 2)
    refuse(node, "A and B are matrices, and C no more than one");
}

template <class Made>
std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  return std::make_unique<Made>(node, device);
}

}  // namespace

void add_matmul(OperatorTable& table) {
  table.push_back({"MatMul", {1, 9, 13}, check_matmul, create<MatMul>});
  table.push_back({"Gemm", {7, 9, 11, 13}, check_gemm, create<Gemm>});
}

}  // namespace backplane::opencl
