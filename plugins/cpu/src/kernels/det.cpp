// Det: the product of the pivots of an LU decomposition, rows exchanged so that each pivot is the
// largest of its column, in double.
#include <algorithm>
#include <cmath>
#include <string>

#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

// Destroys the matrix of `size` rows.
double determinant(double* matrix, int64_t size) {
  double product = 1;
  for (int64_t k = 0; k < size; ++k) {
    double* top = matrix + k * size;
    int64_t best = k;
    for (int64_t row = k + 1; row < size; ++row)
      if (std::fabs(matrix[row * size + k]) > std::fabs(matrix[best * size + k])) best = row;
    if (best != k) {
      std::swap_ranges(top, top + size, matrix + best * size);
      product = -product;
    }
    product *= top[k];
    if (top[k] == 0) continue;
    for (int64_t row = k + 1; row < size; ++row) {
      double* below = matrix + row * size;
      const double factor = below[k] / top[k];
      for (int64_t i = k + 1; i < size; ++i) below[i] -= factor * top[i];
    }
  }
  return product;
}

template <class T>
class Det : public Kernel {
 public:
  explicit Det(const Node& node) {
    traits_.is_shape_free = true;
    traits_.scratch_size =
        has_unknown_size(node.input(0)) ? BP_SIZE_UNKNOWN : matrix_bytes(node.input(0));
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return matrix_bytes(inputs[0]);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const int64_t size = inputs[0].type.shape[inputs[0].type.rank - 1];
    const auto count = static_cast<int64_t>(element_count(outputs[0].type));
    const T* from = data<const T>(inputs[0]);
    double* matrix = size == 0 ? nullptr : reinterpret_cast<double*>(data<char>(*scratch));
    for (int64_t i = 0; i < count; ++i, from += size * size) {
      for (int64_t k = 0; k < size * size; ++k) matrix[k] = static_cast<double>(load(from[k]));
      data<T>(outputs[0])[i] = store<T>(static_cast<Computed<T>>(determinant(matrix, size)));
    }
  }

 private:
  static uint64_t matrix_bytes(const bp_tensor_type_t& type) {
    const auto size = static_cast<uint64_t>(type.shape[type.rank - 1]);
    return size * size * sizeof(double);
  }
};

void check(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  constexpr int64_t kMost = 1 << 28;  // so that the matrix's bytes are a size
  if (x.rank < 2) refuse(node, to_text(x) + " holds no matrix");
  const int64_t rows = x.shape[x.rank - 2];
  const int64_t columns = x.shape[x.rank - 1];
  const bool is_known = !BP_DIM_IS_UNKNOWN(rows) && !BP_DIM_IS_UNKNOWN(columns);
  if ((is_known && rows != columns) || rows > kMost || columns > kMost)
    refuse(node, to_text(x) + " holds no square matrices, or larger ones than are served");
  bp_tensor_type_t expected = x;
  expected.rank = static_cast<uint16_t>(x.rank - 2);
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<Det<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_det(OperatorTable& table) { table.push_back({"Det", {11, 22}, check, create}); }

}  // namespace backplane::cpu
