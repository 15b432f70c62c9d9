// Products of matrices.
#include <algorithm>
#include <type_traits>

#include "ops/long_sum.hpp"
#include "ops/matrices.hpp"

namespace backplane::conformance {
namespace {

// How an operand's element (row, column) is found; a slip turns it round.
struct Matrix {
  int64_t begin, rows, columns;
  bool is_transposed;  // kept with rows and columns exchanged
  int64_t place(int64_t row, int64_t column) const {
    return begin + (is_transposed ? column * rows + row : row * columns + column);
  }
};

// What products of two matrices are of, as rows of doubles: the rows of A, one column of B.
class Rows {
 public:
  template <class S>
  Rows(const Numbers<S>& a, const Numbers<S>& b) : a_(factors_of(a)), b_(factors_of(b)) {}
  bool are_there() const { return !a_.empty() && !b_.empty(); }

  void see_rows(const Matrix& a, int64_t m, int64_t k) {
    rows_.clear();
    for (int64_t i = 0; are_there() && i < m; ++i)
      for (int64_t at = 0; at < k; ++at) rows_.push_back(a_[static_cast<size_t>(a.place(i, at))]);
    k_ = k;
  }
  void see_column(const Matrix& b, int64_t j) {
    column_.clear();
    for (int64_t at = 0; are_there() && at < k_; ++at)
      column_.push_back(b_[static_cast<size_t>(b.place(at, j))]);
  }
  void add_to(Sum<Bounded>* sum, int64_t i) const {
    const LongSum row = sum_of_products(rows_.data() + i * k_, column_.data(), k_);
    sum->add_products(row.value, row.size, row.error, k_);
  }

 private:
  std::vector<double> a_;
  std::vector<double> b_;
  std::vector<double> rows_;
  std::vector<double> column_;
  int64_t k_ = 0;
};

// Row i of A with column j of B, which `rows` sees.
template <class S>
Sum<S> sum_of(const Call<S>& call, const Rows& rows, const Matrix& a, const Matrix& b, int64_t i,
              int64_t j, int64_t k) {
  Sum<S> sum;
  if constexpr (std::is_same_v<S, Bounded>)
    if (rows.are_there()) {
      rows.add_to(&sum, i);
      return sum;
    }
  for (int64_t at = 0; at < k; ++at)
    sum.add_product(call.in(0)[a.place(i, at)], call.in(1)[b.place(at, j)]);
  return sum;
}

struct MatMul {
  static Types infer(const Request& request) {
    const Operands all = operands_of(request);
    Sizes sizes = all.batch;
    if (!all.drops_m) sizes.push_back(all.m);
    if (!all.drops_n) sizes.push_back(all.n);
    return {tensor_type_of(request.inputs[0].type.dtype, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Operands all = operands_of(call.request);
    Rows rows(call.in(0), call.in(1));
    for (Odometer at(all.batch); !at.done(); at.next()) {
      const Matrix a = {matrix_at(all.a, at.index()), all.m, all.k, false};
      const Matrix b = {matrix_at(all.b, at.index()), all.k, all.n, slips(Slip::kTransposed)};
      rows.see_rows(a, all.m, all.k);
      for (int64_t j = 0; j < all.n; ++j) {
        rows.see_column(b, j);
        for (int64_t i = 0; i < all.m; ++i)
          call.out()[(at.place() * all.m + i) * all.n + j] =
              sum_of(call, rows, a, b, i, j, all.k).total();
      }
    }
  }
};

// Whether a sum may overflow before it is scaled.
bool overflows(const Bounded& sum) { return sum.freedom != 0; }
bool overflows(Emulated) { return false; }

// alpha * A' * B' + beta * C. The factors may be applied to an operand or to the sum, and C added
// before, between or after the products.
struct Gemm {
  static Types infer(const Request& request) {
    const Matrices all(request);
    if (has_input(request, 2) &&
        broadcast_sizes(sizes_of(request.inputs[2].type), {all.m, all.n}) != Sizes{all.m, all.n})
      throw NotDefined{"C does not stretch to the product"};
    return {tensor_type_of(request.inputs[0].type.dtype, {all.m, all.n})};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Matrices all(call.request);
    const S alpha(call.settings.number("alpha", 1));
    Rows rows(call.in(0), call.in(1));
    rows.see_rows(all.a, all.m, all.k);
    for (Odometer at({all.n, all.m}); !at.done(); at.next()) {
      const int64_t j = at.index()[0];
      const int64_t i = at.index()[1];
      if (i == 0) rows.see_column(all.b, j);
      const Sum<S> plain = sum_of(call, rows, all.a, all.b, i, j, all.k);
      Sum<S> sum = alpha == S(1) ? plain : scaled_sum(call, all, alpha, i, j);
      const S result = call.has(2) ? with_bias(call, {i, j}, &sum) : sum.total();
      call.out()[i * all.n + j] =
          overflows(plain.total()) ? with_freedom(result, kAnything) : result;
    }
  }

 private:
  struct Matrices {
    int64_t m, k, n;
    Matrix a, b;
    explicit Matrices(const Request& request) {
      const Settings settings(request);
      const Sizes x = sizes_of(request.inputs.at(0).type);
      const Sizes y = sizes_of(request.inputs.at(1).type);
      if (x.size() != 2 || y.size() != 2) throw NotDefined{"Gemm is of matrices"};
      const bool turns_a = settings.integer("transA", 0) != 0;
      const bool turns_b = settings.integer("transB", 0) != 0;
      m = x[turns_a ? 1 : 0];
      k = x[turns_a ? 0 : 1];
      n = y[turns_b ? 0 : 1];
      if (y[turns_b ? 1 : 0] != k) throw NotDefined{"inner sizes differ"};
      a = {0, m, k, turns_a};
      b = {0, k, n, turns_b != slips(Slip::kTransposed)};
    }
  };

  // With alpha applied to an operand.
  template <class S>
  static Sum<S> scaled_sum(const Call<S>& call, const Matrices& all, const S& alpha, int64_t i,
                           int64_t j) {
    Sum<S> sum;
    for (int64_t k = 0; k < all.k; ++k)
      sum.add_product(alpha * call.in(0)[all.a.place(i, k)], call.in(1)[all.b.place(k, j)]);
    return sum;
  }

  // beta = 0 times a C that is not finite is NaN, or nothing where a kernel leaves C out.
  template <class S>
  static S with_bias(Call<S>& call, const Sizes& index, Sum<S>* sum) {
    const S beta(call.settings.number("beta", 1));
    const Sizes turned = {index[1], index[0]};
    const Sizes& sizes = call.in(2).sizes;
    const int64_t place = slips(Slip::kBiasAlongRows) && call.in(2).count() > 0
                              ? broadcast_place(sizes, turned) % call.in(2).count()
                              : broadcast_place(sizes, index);
    const S& c = call.in(2)[place];
    if (beta == S(0) && !is_finite(exact(c))) return with_freedom(sum->total(), kAnything);
    if (!(beta == S(0))) sum->add(beta == S(1) ? c : beta * c);
    return sum->total();
  }
};

}  // namespace

void add_matmul(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kUnits, Fill::kReal, Fill::kCancelling,
                                   Fill::kSpecial};
  all.push_back(reference<MatMul>("MatMul", 17, Precision::kDot, fills,
                                  {Slip::kTransposed, Slip::kForgetsBroadcast}));
  all.push_back(
      reference<Gemm>("Gemm", 17, Precision::kDot, fills,
                      {Slip::kTransposed, Slip::kBiasAlongRows, Slip::kForgetsBroadcast}));
}

}  // namespace backplane::conformance
