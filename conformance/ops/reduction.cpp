// Reductions over axes: ReduceSum and its relatives.
#include <algorithm>
#include <cmath>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// Which axes are reduced: an input of ReduceSum, an attribute of the others; none given means all,
// unless noop_with_empty_axes says none.
std::vector<bool> reduced_axes(const Request& request) {
  const size_t rank = request.inputs.at(0).type.rank;
  const Settings settings(request);
  const std::vector<int64_t> axes =
      has_input(request, 1) ? integers_of(request.inputs[1]) : settings.integers("axes", {});
  if (axes.empty())
    return std::vector<bool>(rank, settings.integer("noop_with_empty_axes", 0) == 0);
  std::vector<bool> is_reduced(rank, false);
  for (int64_t axis : axes) {
    if (is_reduced[axis_of(axis, rank)]) throw NotDefined{"an axis is given twice"};
    is_reduced[axis_of(axis, rank)] = true;
  }
  if (slips(Slip::kIgnoresNegative) && axes[0] < 0 && rank > 1) {
    is_reduced.assign(rank, false);
    is_reduced[(axis_of(axes[0], rank) + 1) % rank] = true;
  }
  return is_reduced;
}

Types reduced_type(const Request& request) {
  const std::vector<bool> is_reduced = reduced_axes(request);
  const bool keeps = Settings(request).integer("keepdims", 1) != 0;
  const Sizes from = sizes_of(request.inputs[0].type);
  Sizes to;
  for (size_t axis = 0; axis < from.size(); ++axis)
    if (!is_reduced[axis] || keeps) to.push_back(is_reduced[axis] ? 1 : from[axis]);
  return {tensor_type_of(request.inputs[0].type.dtype, to)};
}

// Of each output, the elements that it is made of, in their order.
template <class S>
std::vector<std::vector<S>> members_of(const Call<S>& call) {
  const std::vector<bool> is_reduced = reduced_axes(call.request);
  const Numbers<S>& x = call.in(0);
  std::vector<std::vector<S>> all(call.outputs[0].elements.size());
  for (Odometer at(x.sizes); !at.done(); at.next()) {
    int64_t place = 0;
    for (size_t axis = 0; axis < x.sizes.size(); ++axis)
      if (!is_reduced[axis]) place = place * x.sizes[axis] + at.index()[axis];
    // Only a slip about axes makes places beyond the output's.
    all[static_cast<size_t>(place) % all.size()].push_back(x[at.place()]);
  }
  return all;
}

// What leaves an integer type's range is not said: any element of it.
template <class S>
S within(bp_dtype_t dtype, const S& x) {
  if (is_float_type(dtype)) return x;
  const Range range = range_of(dtype);
  const bool is_within = range.lowest <= exact(x) && exact(x) <= range.highest;
  return is_within ? x : with_freedom(x, kAnything);
}

template <class Op>
struct Reduction {
  static Types infer(const Request& request) {
    Types types = reduced_type(request);
    if (!Op::kHasEmpty && element_count_of(request.inputs[0].type) == 0 &&
        element_count_of(types[0]) != 0)
      throw NotDefined{"no element to choose from"};
    return types;
  }
  template <class S>
  static void run(Call<S>& call) {
    if (call.out().count() == 0) return;
    const std::vector<std::vector<S>> members = members_of(call);
    for (int64_t i = 0; i < call.out().count(); ++i)
      call.out()[i] =
          within(call.in(0).dtype, Op::template apply<S>(members[static_cast<size_t>(i)]));
  }
};

template <class S>
S sum_of(const std::vector<S>& all) {
  if (all.size() == 1) return all[0];  // with its sign, should it be a zero
  Sum<S> sum;
  for (const S& x : all) sum.add(x);
  return sum.total();
}

template <class S>
S sum_of_squares(const std::vector<S>& all) {
  Sum<S> sum;
  for (const S& x : all) sum.add_product(x, x);
  return sum.total();
}

template <class S>
S magnitude(const S& x) {
  return x < S(0) ? -x : x;
}

struct Total {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    return sum_of(all);
  }
};

struct SumSquare {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    return sum_of_squares(all);
  }
};

struct L1 {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    Sum<S> sum;
    for (const S& x : all) sum.add(magnitude(x));
    return sum.total();
  }
};

struct L2 {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    return square_root(sum_of_squares(all));
  }
};

bool may_be_negative(const Bounded& x) { return x.value - static_cast<Exact>(x.error) <= 0; }
bool may_be_positive(const Bounded& x) { return x.value + static_cast<Exact>(x.error) > 0; }
bool may_be_negative(Emulated x) { return x.value <= 0; }
bool may_be_positive(Emulated x) { return x.value > 0; }

// A sum whose sign is lost in its own error has any logarithm.
struct LogSum {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    const S sum = sum_of(all);
    const S result = logarithm(sum);
    return may_be_negative(sum) && may_be_positive(sum) ? with_freedom(result, kAnything) : result;
  }
};

struct LogSumExp {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    Sum<S> sum;
    for (const S& x : all) sum.add(exponential(x));
    return logarithm(sum.total());
  }
};

struct Product {
  static constexpr bool kHasEmpty = true;
  template <class S>
  static S apply(const std::vector<S>& all) {
    S product(1);
    for (const S& x : all) product = product * x;
    return product;
  }
};

// What NaN gives is not said, and hangs on the order of comparisons: anything. Of zeros, either.
template <bool is_largest>
struct Extreme {
  static constexpr bool kHasEmpty = false;
  template <class S>
  static S apply(const std::vector<S>& all) {
    if (all.empty()) return S(0);  // a slip about axes alone leaves nothing
    bool has_nan = false;
    const S* best = nullptr;
    for (const S& x : all) {
      has_nan = has_nan || is_nan(x);
      if (is_nan(x)) continue;
      if (best == nullptr || (is_largest ? *best < x : x < *best)) best = &x;
    }
    if (best == nullptr) return with_freedom(all[0], kAnything);
    return with_freedom(*best, static_cast<Freedom>(kSignOfZero | (has_nan ? kAnything : 0)));
  }
};

}  // namespace

void add_reduction(References& all) {
  using F = Fill;
  using P = Precision;
  const std::vector<F> sums = {F::kIntegers, F::kUnits, F::kReal, F::kCancelling, F::kSpecial};
  const std::vector<F> choices = {F::kIntegers, F::kReal, F::kSpecial};
  const std::vector<F> tame = {F::kIntegers, F::kReal};
  const std::vector<Slip> axes = {Slip::kIgnoresNegative};
  all.push_back(reference<Reduction<Total>>("ReduceSum", 17, P::kDot, sums, axes));
  all.push_back(reference<Reduction<SumSquare>>("ReduceSumSquare", 17, P::kDot, sums, axes));
  all.push_back(reference<Reduction<L1>>("ReduceL1", 17, P::kDot, sums, axes));
  all.push_back(reference<Reduction<L2>>("ReduceL2", 17, P::kComposite, tame, axes));
  all.push_back(reference<Reduction<LogSum>>("ReduceLogSum", 17, P::kComposite, tame, axes));
  all.push_back(reference<Reduction<LogSumExp>>("ReduceLogSumExp", 17, P::kComposite, tame, axes));
  all.push_back(reference<Reduction<Product>>("ReduceProd", 17, P::kComposite, tame, axes));
  all.push_back(reference<Reduction<Extreme<true>>>("ReduceMax", 17, P::kExact, choices, axes));
  all.push_back(reference<Reduction<Extreme<false>>>("ReduceMin", 17, P::kExact, choices, axes));
}

}  // namespace backplane::conformance
