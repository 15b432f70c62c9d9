// MatMul, Gemm, and products of 8-bit integers.
#include <fmt/format.h>

#include "ops/broadcast.hpp"
#include "ops/inference.hpp"
#include "ops/rewrite.hpp"

namespace backplane::ops {
namespace {

Status check_inner(int64_t a, int64_t b) {
  if (same_size(a, b).ok()) return {};
  return invalid_argument(fmt::format("inner sizes {} and {} differ", a, b));
}

// As numpy: a vector on the left is a row, on the right a column, and its added axis goes again.
Status infer_product(Inference& node, uint32_t second) {
  Shape a = node.shape(0);
  Shape b = node.shape(second);
  if (a.empty() || b.empty()) return invalid_argument("a scalar is no matrix");
  const bool is_row = a.size() == 1;
  const bool is_column = b.size() == 1;
  if (is_row) a.insert(a.begin(), 1);
  if (is_column) b.push_back(1);
  Status inner = check_inner(a.back(), b[b.size() - 2]);
  if (!inner.ok()) return inner;

  Result<Shape> shape = broadcast({Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2)});
  if (!shape.ok()) return shape.status();
  if (!is_row) shape->push_back(a[a.size() - 2]);
  if (!is_column) shape->push_back(b.back());
  return node.set_shape(0, *shape);
}

Status infer_matmul(Inference& node) { return infer_product(node, 1); }
Status infer_scaled_matmul(Inference& node) { return infer_product(node, 3); }

Result<Shape> matrix(const Inference& node, uint32_t input, bool is_transposed) {
  const Shape shape = node.shape(input);
  if (shape.size() != 2)
    return invalid_argument(
        fmt::format("input {} must be a matrix, found {}", input, to_text(node.input(input))));
  return is_transposed ? Shape{shape[1], shape[0]} : shape;
}

Status infer_gemm(Inference& node) {
  const Result<Shape> a = matrix(node, 0, node.integer("transA") != 0);
  if (!a.ok()) return a.status();
  const Result<Shape> b = matrix(node, 1, node.integer("transB") != 0);
  if (!b.ok()) return b.status();
  Status inner = check_inner((*a)[1], (*b)[0]);
  if (!inner.ok()) return inner;
  const Shape shape = {(*a)[0], (*b)[1]};
  if (node.has_input(2)) {
    Status fits = check_broadcast_to(node.shape(2), shape);
    if (!fits.ok()) return fits.in("input 2 (C)");
  }
  return node.set_shape(0, shape);
}

// `broadcast` said whether C may have fewer elements; since version 7 it always may.
Status upgrade_gemm(Rewrite& rewrite) {
  rewrite.take("broadcast");
  return {};
}

}  // namespace

void define_matmul(Definitions& definitions) {
  definitions.add("MatMul", {1, 9, 13})
      .input("A", 'T', kFloat | kWide)
      .input("B", 'T', kFloat | kWide)
      .output("Y", 'T')
      .infers(infer_matmul);
  constexpr Dtypes kByte = set_of({BP_DTYPE_INT8, BP_DTYPE_UINT8});
  definitions.add("MatMulInteger", {10})
      .input("A", 'A', kByte)
      .input("B", 'B', kByte)
      .input("a_zero_point", 'A', kByte, Presence::kOptional)
      .input("b_zero_point", 'B', kByte, Presence::kOptional)
      .output("Y", 0, set_of({BP_DTYPE_INT32}))
      .infers(infer_matmul);
  constexpr Dtypes kScale = set_of({BP_DTYPE_FLOAT32});
  definitions.add("QLinearMatMul", {10})
      .input("a", 'A', kByte)
      .input("a_scale", 0, kScale)
      .input("a_zero_point", 'A', kByte)
      .input("b", 'B', kByte)
      .input("b_scale", 0, kScale)
      .input("b_zero_point", 'B', kByte)
      .input("y_scale", 0, kScale)
      .input("y_zero_point", 'Y', kByte)
      .output("y", 'Y')
      .widened_in(21)
      .infers(infer_scaled_matmul);
  definitions.add("Gemm", {1, 6, 7, 9, 11, 13})
      .input("A", 'T', kFloat | kWide)
      .input("B", 'T', kFloat | kWide)
      .input("C", 'T', kFloat | kWide, Presence::kRequired, before(11))
      .input("C", 'T', kFloat | kWide, Presence::kOptional, from(11))
      .output("Y", 'T')
      .attribute(float_attribute("alpha", 1.0f))
      .attribute(float_attribute("beta", 1.0f))
      .flag("transA", false)
      .flag("transB", false)
      .flag("broadcast", false, before(7))
      .form_since(7, upgrade_gemm)
      .infers(infer_gemm);
}

}  // namespace backplane::ops
