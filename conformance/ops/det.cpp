// Det of small matrices, by the definition: a sum of products over all permutations.
//   It is most often worked out by an LU decomposition, which gives the exact determinant of a
//   matrix that differs by at most gamma(n) |L||U| (Higham, Accuracy and Stability of Numerical
//   Algorithms, 9.3); with the largest pivots, |L||U| is at most n 2^(n-1) times the largest
//   element.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

constexpr int64_t kLargest = 5;  // 120 permutations

template <class S>
struct Matrix {
  const S* elements;
  int64_t step;                        // from one row to the next
  std::vector<int64_t> rows, columns;  // that are there

  const S& at(size_t row, size_t column) const {
    return elements[rows[row] * step + columns[column]];
  }
  Matrix without(size_t row, size_t column) const {
    Matrix rest = *this;
    rest.rows.erase(rest.rows.begin() + static_cast<int64_t>(row));
    rest.columns.erase(rest.columns.begin() + static_cast<int64_t>(column));
    return rest;
  }
};

// Adds the products over all permutations, each times `factor`.
template <class S>
void add_terms(const Matrix<S>& matrix, const S& factor, Sum<S>* sum) {
  if (matrix.rows.empty()) return sum->add(factor);
  for (size_t column = 0; column < matrix.columns.size(); ++column) {
    const S term = factor * matrix.at(0, column);
    add_terms(matrix.without(0, column), column % 2 == 0 ? term : -term, sum);
  }
}

template <class S>
S determinant(const Matrix<S>& matrix) {
  Sum<S> sum;
  add_terms(matrix, S(1), &sum);
  return sum.total();
}

// By how much the determinant changes, at most, with all elements off by what LU may add.
template <class S>
double error_of_lu(const Matrix<S>& matrix) {
  const size_t n = matrix.rows.size();
  double largest = 0;
  double cofactors = 0;
  for (size_t row = 0; row < n; ++row)
    for (size_t column = 0; column < n; ++column) {
      largest = std::max(largest, std::fabs(static_cast<double>(exact(matrix.at(row, column)))));
      const S minor = determinant(matrix.without(row, column));
      cofactors += std::fabs(static_cast<double>(exact(minor)));
    }
  const auto size = static_cast<double>(n);
  return 1.01 * size * arithmetic().unit * size * std::ldexp(1.0, static_cast<int>(n) - 1) *
         largest * cofactors;
}

struct Det {
  static Types infer(const Request& request) {
    Sizes sizes = sizes_of(request.inputs.at(0).type);
    const size_t rank = sizes.size();
    if (rank < 2 || sizes[rank - 1] != sizes[rank - 2]) throw NotDefined{"no square matrix"};
    if (sizes[rank - 1] < 1 || sizes[rank - 1] > kLargest)
      throw NotDefined{"too many permutations"};
    sizes.resize(rank - 2);
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const int64_t n = call.in(0).sizes.back();
    std::vector<int64_t> all(static_cast<size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    for (int64_t i = 0; i < call.out().count(); ++i) {
      const Matrix<S> matrix = {&call.in(0)[i * n * n], n, all, all};
      call.out()[i] = with_error(determinant(matrix), error_of_lu(matrix));
    }
  }
};

}  // namespace

void add_det(References& all) {
  all.push_back(reference<Det>("Det", 17, Precision::kComposite,
                               {Fill::kIntegers, Fill::kUnits, Fill::kReal},
                               {Slip::kDropsLastTerm}));
}

}  // namespace backplane::conformance
