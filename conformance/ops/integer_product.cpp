// Sums of products of quantized numbers: MatMulInteger and QLinearMatMul.
#include "ops/matrices.hpp"
#include "ops/quantization.hpp"

namespace backplane::conformance {
namespace {

// A zero point of each row of A: one, [M] or [batch, M, 1]; of each column of B: one, [N] or
// [batch, 1, N].
struct ZeroPoint {
  size_t input;
  int64_t lines;

  void check(const Request& request, int64_t batches) const {
    if (!has_input(request, input)) return;
    const int64_t count = count_of(sizes_of(request.inputs[input].type));
    if (count != 1 && count != lines && count != lines * batches)
      throw NotDefined{"sizes of a zero point"};
  }

  template <class S>
  S at(const Call<S>& call, int64_t batch, int64_t line) const {
    if (!call.has(input)) return S(0);
    const int64_t count = call.in(input).count();
    if (count == 1) return call.in(input)[0];
    return call.in(input)[count == lines ? line : batch * lines + line];
  }
};

Sizes product_sizes(const Operands& all) {
  Sizes sizes = all.batch;
  if (!all.drops_m) sizes.push_back(all.m);
  if (!all.drops_n) sizes.push_back(all.n);
  return sizes;
}

// The exact sums, in the order of the output.
template <class S, class Store>
void multiply(Call<S>& call, const Operands& all, size_t right, ZeroPoint a_zero, ZeroPoint b_zero,
              Store store) {
  int64_t out = 0;
  int64_t batch = 0;
  for (Odometer at(all.batch); !at.done(); at.next(), ++batch) {
    const int64_t a = matrix_at(all.a, at.index());
    const int64_t b = matrix_at(all.b, at.index());
    for (int64_t i = 0; i < all.m; ++i)
      for (int64_t j = 0; j < all.n; ++j) {
        S sum(0);
        const S zero_a = a_zero.at(call, batch, i);
        const S zero_b = b_zero.at(call, batch, j);
        for (int64_t k = 0; k < all.k; ++k)
          sum = sum + (call.in(0)[a + i * all.k + k] - zero_a) *
                          (call.in(right)[b + k * all.n + j] - zero_b);
        store(out++, sum);
      }
  }
}

struct MatMulInteger {
  static Types infer(const Request& request) {
    const Operands all = operands_of(request);
    ZeroPoint{2, all.m}.check(request, count_of(all.batch));
    ZeroPoint{3, all.n}.check(request, count_of(all.batch));
    return {tensor_type_of(BP_DTYPE_INT32, product_sizes(all))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Operands all = operands_of(call.request);
    multiply(call, all, 1, {2, all.m}, {3, all.n},
             [&](int64_t place, const S& sum) { call.out()[place] = sum; });
  }
};

// Inputs: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point.
struct QLinearMatMul {
  static Types infer(const Request& request) {
    const Operands all = operands_of(request, 0, 3);
    ZeroPoint{2, all.m}.check(request, 1);
    ZeroPoint{5, all.n}.check(request, 1);
    for (size_t input : {size_t{1}, size_t{2}, size_t{4}, size_t{5}, size_t{6}, size_t{7}})
      if (!has_input(request, input)) throw NotDefined{"an input is absent"};
    return {tensor_type_of(request.inputs[7].type.dtype, product_sizes(all))};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Operands all = operands_of(call.request, 0, 3);
    multiply(call, all, 3, {2, all.m}, {5, all.n}, [&](int64_t place, const S& sum) {
      const int64_t j = all.drops_n ? 0 : place % all.n;
      const int64_t i = all.drops_m ? 0 : place / all.n % all.m;
      call.out()[place] = requantized(call.out().dtype, sum, scale(call, 1, i), scale(call, 4, j),
                                      call.in(6)[0], call.in(7)[0]);
    });
  }

  template <class S>
  static S scale(const Call<S>& call, size_t input, int64_t line) {
    return call.in(input)[call.in(input).count() == 1 ? 0 : line];
  }
};

}  // namespace

void add_integer_product(References& all) {
  all.push_back(
      reference<MatMulInteger>("MatMulInteger", 17, Precision::kExact, {Fill::kIntegers}));
  all.push_back(reference<QLinearMatMul>("QLinearMatMul", 17, Precision::kExact,
                                         {Fill::kIntegers, Fill::kWide},
                                         {Slip::kRoundsHalfUp, Slip::kWraps}));
}

}  // namespace backplane::conformance
