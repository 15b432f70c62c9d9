// CumSum: each element of a row from those before it.
#include "ops/reference.hpp"
#include "ops/rows.hpp"

namespace backplane::conformance {
namespace {

struct CumSum {
  static size_t axis(const Request& request) {
    const std::vector<int64_t> axes = integers_of(request.inputs.at(1));
    if (axes.size() != 1) throw NotDefined{"one axis is wanted"};
    const size_t rank = request.inputs[0].type.rank;
    const size_t axis = axis_of(axes[0], rank);
    return slips(Slip::kIgnoresNegative) && axes[0] < 0 ? (axis + 1) % rank : axis;
  }

  static Types infer(const Request& request) {
    axis(request);
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Rows rows = rows_along(call.in(0).sizes, axis(call.request));
    const bool is_exclusive = call.settings.integer("exclusive", 0) != 0;
    const bool is_reverse = call.settings.integer("reverse", 0) != 0;
    for (int64_t row = 0; row < rows.count; ++row) {
      Sum<S> sum;
      for (int64_t i = 0; i < rows.length; ++i) {
        const int64_t at = rows.first(row) + (is_reverse ? rows.length - 1 - i : i) * rows.step;
        if (is_exclusive) call.out()[at] = sum.total();
        sum.add(call.in(0)[at]);
        if (!is_exclusive) call.out()[at] = sum.total();
      }
    }
  }
};

}  // namespace

void add_running(References& all) {
  using F = Fill;
  all.push_back(reference<CumSum>("CumSum", 17, Precision::kDot,
                                  {F::kIntegers, F::kUnits, F::kReal, F::kCancelling, F::kSpecial},
                                  {Slip::kIgnoresAttributes, Slip::kIgnoresNegative}));
}

}  // namespace backplane::conformance
