// Reductions along axes.
#include <algorithm>
#include <set>

#include "compare/element.hpp"
#include "ops/mean.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

// Which axes go, and what stays of the sizes.
struct Reduction {
  std::set<size_t> axes;
  Sizes kept;  // with 1 for every axis that goes
  bool keeps_axes;

  explicit Reduction(const Request& request) {
    const Settings settings(request);
    const Sizes x = sizes_of(request.inputs.at(0).type);
    keeps_axes = settings.integer("keepdims", 1) != 0;
    for (int64_t axis : axes_of(settings, x.size()))
      if (!axes.insert(axis_of(axis, x.size())).second) throw NotDefined{"an axis named twice"};
    kept = x;
    for (size_t axis : axes) kept[axis] = 1;
    if (count_of(x) == 0 && count_of(kept) != 0) throw NotDefined{"the mean of nothing"};
  }

  Sizes sizes() const {
    if (keeps_axes) return kept;
    Sizes left;
    for (size_t axis = 0; axis < kept.size(); ++axis)
      if (axes.count(axis) == 0) left.push_back(kept[axis]);
    return left;
  }

 private:
  // All of them by default.
  static Sizes axes_of(const Settings& settings, size_t rank) {
    Sizes all;
    for (size_t axis = 0; axis < rank; ++axis) all.push_back(static_cast<int64_t>(axis));
    Sizes axes = settings.integers("axes", all);
    if (slips(Slip::kIgnoresNegative))
      for (int64_t& axis : axes) axis = axis == -1 ? 0 : axis < 0 ? axis + 1 : axis;
    return axes.empty() ? all : axes;
  }
};

// Of integers, ONNX does not say how the quotient is rounded.
Bounded whole_mean(const std::vector<Bounded>& terms) {
  Exact sum = 0;
  for (const Bounded& term : terms) sum += term.value;
  const Exact mean = sum / static_cast<Exact>(terms.size());
  const Exact below = rounded_down(mean);
  return below == mean ? Bounded(mean) : with_freedom(Bounded(below), kOneMore);
}

Emulated whole_mean(const std::vector<Emulated>& terms) {
  return std::trunc(mean_of(terms, static_cast<int64_t>(terms.size())).value);
}

struct ReduceMean {
  static Types infer(const Request& request) {
    return {tensor_type_of(request.inputs.at(0).type.dtype, Reduction(request).sizes())};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Reduction reduction(call.request);
    if (reduction.sizes() != call.out().sizes) throw NotDefined{"a slip changes sizes"};
    std::vector<std::vector<S>> terms(static_cast<size_t>(call.out().count()));
    for (Odometer at(call.in(0).sizes); !at.done(); at.next())
      terms[static_cast<size_t>(broadcast_place(reduction.kept, at.index()))].push_back(
          call.in(0)[at.place()]);
    const bool is_whole = !is_float_type(call.in(0).dtype);
    for (size_t i = 0; i < terms.size(); ++i)
      call.out().elements[i] = is_whole ? whole_mean(terms[i])
                                        : mean_of(terms[i], static_cast<int64_t>(terms[i].size()));
  }
};

}  // namespace

void add_reduce(References& all) {
  all.push_back(reference<ReduceMean>(
      "ReduceMean", 17, Precision::kComposite,
      {Fill::kIntegers, Fill::kReal, Fill::kCancelling, Fill::kFar, Fill::kSpecial},
      {Slip::kDropsLastTerm, Slip::kIgnoresNegative}));
}

}  // namespace backplane::conformance
