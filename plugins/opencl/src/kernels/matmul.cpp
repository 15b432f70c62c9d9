// MatMul, numpy's way (batches are broadcast, and a vector is a matrix of one row or column), and
// Gemm.
#include <optional>

#include "gemm.hpp"
#include "sources.hpp"

namespace backplane::opencl {

namespace {

constexpr uint64_t kRegisters = 4;  // of matmul.cl, each way

// Any element type and any size, without tiles.
class SimpleProduct {
 public:
  SimpleProduct(Device& device, bp_dtype_t dtype, const std::string& options,
                const Epilogue& epilogue)
      : epilogue_(epilogue),
        compute_(device, epilogue.before(kMatmulSource).get(),
                 element_option(dtype) + " -DWIDTH=4" + options, "multiply") {}

  void launch(Stream& stream, const Product& product) {
    const auto tiles = [](uint64_t size) { return (size + kRegisters - 1) / kRegisters; };
    const Work work =
        tiles_over(tiles(product.sizes.rows), tiles(product.sizes.columns), product.batch.count());
    compute_.launch(stream, work, [&](Arguments& arguments) {
      arguments.add(product.a);
      arguments.add(product.b);
      if (product.c != nullptr) arguments.add(*product.c);
      epilogue_.add_to(arguments, product.inputs, product.y);
      arguments.add(product.y);
      arguments.add(product.sizes.rows);
      arguments.add(product.sizes.columns);
      arguments.add(product.sizes.inner);
      arguments.add(product.steps);
      arguments.add(product.batch);
      arguments.add(product.alpha);
      arguments.add(product.beta);
    });
  }

 private:
  const Epilogue epilogue_;
  Compute compute_;
};

// In tiles where they pay, else simply. What the sizes rule out is not built; nullopt: sizes come
// with a launch.
class Multiplier {
 public:
  Multiplier(Device& device, bp_dtype_t dtype, const std::string& options,
             const std::optional<Sizes>& sizes, bool is_b_transposed, const Epilogue& epilogue) {
    const bool may_be_tiled = is_tiled(dtype) && (!sizes || is_tiled(*sizes));
    if (may_be_tiled)
      tiled_.emplace(device, tiling_for(device, is_b_transposed), dtype, options, epilogue);
    if (!may_be_tiled || !sizes) simple_.emplace(device, dtype, options, epilogue);
  }

  void launch(Stream& stream, const Product& product) {
    if (tiled_ && (!simple_ || is_tiled(product.sizes)))
      tiled_->launch(stream, product);
    else
      simple_->launch(stream, product);
  }

 private:
  // A row of a transposed B is no vector, so B is better packed.
  static Tiling tiling_for(Device& device, bool is_b_transposed) {
    const std::optional<Tiling> packing =
        is_b_transposed ? device.tuning.with_panel(device) : std::nullopt;
    return packing ? *packing : device.tuning.any(device);
  }

  std::optional<TiledProduct> tiled_;
  std::optional<SimpleProduct> simple_;
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

// Known only where every size is.
bool has_known_sizes(const Node& node) {
  return !has_unknown_size(node.input(0)) && !has_unknown_size(node.input(1)) &&
         !has_unknown_size(node.output(0));
}

class MatMul : public Kernel {
 public:
  MatMul(const Node& node, Device& device, const Epilogue& epilogue)
      : multiplier_(device, node.input(0).dtype, "",
                    has_known_sizes(node)
                        ? std::optional<Sizes>(sizes_of(node.input(0), node.input(1)))
                        : std::nullopt,
                    false, epilogue) {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    if (plugin::element_count(outputs[0].type) == 0) return;
    const Sizes sizes = sizes_of(inputs[0].type, inputs[1].type);
    Steps steps;
    steps.a_row = sizes.inner;
    steps.b_inner = sizes.columns;
    multiplier_.launch(
        stream, {with_buffer(inputs[0], outputs[0]), with_buffer(inputs[1], outputs[0]), nullptr,
                 outputs[0], sizes, steps,
                 batch_of(outputs[0].type, inputs[0].type, inputs[1].type), 1, 0, inputs});
  }

 private:
  static Sizes sizes_of(const bp_tensor_type_t& left, const bp_tensor_type_t& right) {
    const bp_tensor_type_t a = matrix_of(left, true);
    const bp_tensor_type_t b = matrix_of(right, false);
    return {static_cast<cl_ulong>(a.shape[a.rank - 2]), static_cast<cl_ulong>(b.shape[b.rank - 1]),
            static_cast<cl_ulong>(a.shape[a.rank - 1])};
  }

  Multiplier multiplier_;
};

class Gemm : public Kernel {
 public:
  Gemm(const Node& node, Device& device, const Epilogue& epilogue)
      : is_a_transposed_(node.int_attribute("transA", 0) != 0),
        is_b_transposed_(node.int_attribute("transB", 0) != 0),
        has_c_(node.has_input(2)),
        alpha_(node.float_attribute("alpha", 1)),
        beta_(node.float_attribute("beta", 1)),
        multiplier_(
            device, node.input(0).dtype, std::string(" -DIS_GEMM=1") + (has_c_ ? " -DHAS_C=1" : ""),
            has_known_sizes(node) ? std::optional<Sizes>(sizes_of(node.input(0), node.output(0)))
                                  : std::nullopt,
            is_b_transposed_, epilogue) {}

  void launch(Stream& stream, const bp_tensor_t* inputs, const bp_tensor_t* outputs) override {
    const bp_tensor_type_t& type = outputs[0].type;
    if (plugin::element_count(type) == 0) return;
    const Sizes sizes = sizes_of(inputs[0].type, type);
    Steps steps;
    steps.a_row = is_a_transposed_ ? 1 : sizes.inner;
    steps.a_inner = is_a_transposed_ ? sizes.rows : 1;
    steps.b_inner = is_b_transposed_ ? 1 : sizes.columns;
    steps.b_column = is_b_transposed_ ? sizes.inner : 1;
    if (has_c_) set_steps_of_c(steps, type, inputs[2].type);
    multiplier_.launch(stream, {with_buffer(inputs[0], outputs[0]),
                                with_buffer(inputs[1], outputs[0]), has_c_ ? &inputs[2] : nullptr,
                                outputs[0], sizes, steps, Walk{}, alpha_, beta_, inputs});
  }

 private:
  Sizes sizes_of(const bp_tensor_type_t& a, const bp_tensor_type_t& y) const {
    return {static_cast<cl_ulong>(y.shape[0]), static_cast<cl_ulong>(y.shape[1]),
            static_cast<cl_ulong>(a.shape[is_a_transposed_ ? 0 : 1])};
  }

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
  Multiplier multiplier_;
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
  return std::make_unique<Made>(node, device, Epilogue());
}

template <class Made>
std::unique_ptr<Kernel> create_folded(const Node& node, Device& device) {
  return std::make_unique<Made>(node, device, Epilogue(node));
}

template <auto kCheck>
void check_folded(const Node& node, const DeviceFacts& facts) {
  kCheck(node, facts);
  check_epilogue(node);
}

}  // namespace

void add_matmul(OperatorTable& table) {
  table.push_back({"MatMul", {1, 9, 13}, check_matmul, create<MatMul>});
  table.push_back({"Gemm", {7, 9, 11, 13}, check_gemm, create<Gemm>});
  table.push_back({"MatMul", {1}, check_folded<check_matmul>, create_folded<MatMul>, kPluginId});
  table.push_back({"Gemm", {1}, check_folded<check_gemm>, create_folded<Gemm>, kPluginId});
}

}  // namespace backplane::opencl
