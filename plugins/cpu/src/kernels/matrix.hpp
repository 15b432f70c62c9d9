// Matrix products by plain loops: every element type, any strides, sizes known only now.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>

#include "../threads.hpp"
#include "sum.hpp"

namespace backplane::cpu {

inline void check_product_types(const Node& node) {
  for (uint32_t i = 0; i < node.input_count(); ++i) {
    const bp_dtype_t dtype = node.input(i).dtype;
    if (i >= 2 && dtype == 0) continue;  // Gemm's C may be absent
    if (dtype != node.input(0).dtype || !is_summed(dtype))
      refuse(node, std::string("only ") + kSummedTypes + ", one for all inputs; input " +
                       std::to_string(i) + " is " + to_text(node.input(i)));
  }
}

template <class T>
struct Matrix {
  const T* data;
  int64_t row_stride;
  int64_t column_stride;

  const T& at(int64_t row, int64_t column) const {
    return data[row * row_stride + column * column_stride];
  }
};

// As it lies in memory, `rows` by `columns`, or with `is_transposed` the other way round.
template <class T>
Matrix<T> matrix_of(const T* data, int64_t rows, int64_t columns, bool is_transposed) {
  return is_transposed ? Matrix<T>{data, 1, rows} : Matrix<T>{data, columns, 1};
}

struct ProductSize {
  int64_t m, n, k;

  double multiplications() const {
    return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};

// Below this many multiplications a loop beats the cost of calling a oneDNN primitive.
constexpr double kTinyProduct = 1024;

// One block of the target. `finish(row, column, sum)` gets every sum once, in any order.
template <class T>
class ProductBlock {
 public:
  static constexpr int64_t kRows = 16;
  static constexpr int64_t kColumns = 64;
  static constexpr int64_t kDepth = 64;

  ProductBlock(const Matrix<T>& a, const Matrix<T>& b, const ProductSize& size, int64_t row,
               int64_t column)
      : a_(a),
        b_(b),
        depth_(size.k),
        row_(row),
        column_(column),
        rows_(std::min(kRows, size.m - row)),
        columns_(std::min(kColumns, size.n - column)) {}

  template <class Finish>
  void compute(const Finish& finish) {
    for (int64_t i = 0; i < rows_; ++i) std::fill_n(sums_[i], columns_, Sum<T>(0));
    for (int64_t k = 0; k < depth_; k += kDepth) add_slice(k, std::min(kDepth, depth_ - k));
    for (int64_t i = 0; i < rows_; ++i)
      for (int64_t j = 0; j < columns_; ++j) finish(row_ + i, column_ + j, sums_[i][j]);
  }

 private:
  void add_slice(int64_t begin, int64_t depth) {
    if constexpr (std::is_same_v<T, Sum<T>>) {
      if (b_.column_stride == 1) return add(begin, depth, &b_.at(begin, column_), b_.row_stride);
    }
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t j = 0; j < columns_; ++j)
        packed_[k * kColumns + j] = to_sum(b_.at(begin + k, column_ + j));
    add(begin, depth, packed_, kColumns);
  }

  void add(int64_t begin, int64_t depth, const Sum<T>* b, int64_t b_stride) {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int64_t k = 0; k < depth; ++k) {
        const Sum<T> factor = to_sum(a_.at(row_ + i, begin + k));
        const Sum<T>* b_row = b + k * b_stride;
        Sum<T>* sums = sums_[i];
#pragma omp simd
        for (int64_t j = 0; j < columns_; ++j) sums[j] += factor * b_row[j];
      }
    }
  }

  const Matrix<T>& a_;
  const Matrix<T>& b_;
  int64_t depth_, row_, column_, rows_, columns_;
  Sum<T> sums_[kRows][kColumns];
  Sum<T> packed_[kDepth * kColumns];
};

// a[m, k] * b[k, n], each sum handed to `finish`, which several threads may call at once.
template <class T, class Finish>
void multiply(const Matrix<T>& a, const Matrix<T>& b, const ProductSize& size,
              const Finish& finish) {
  using Block = ProductBlock<T>;
  const int64_t block_columns = (size.n + Block::kColumns - 1) / Block::kColumns;
  const int64_t blocks = (size.m + Block::kRows - 1) / Block::kRows * block_columns;
  const auto cost = static_cast<int64_t>(std::min(size.multiplications(), 1e15));
  parallel_pieces(blocks, cost, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      Block(a, b, size, i / block_columns * Block::kRows, i % block_columns * Block::kColumns)
          .compute(finish);
  });
}

}  // namespace backplane::cpu
