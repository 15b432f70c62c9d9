// Softmax and LogSoftmax along an axis.
#include "ops/log_softmax.hpp"

namespace backplane::conformance {
namespace {

// `Row::run(call, rows, first)` does one row.
template <class Row>
struct AlongAxis {
  static Types infer(const Request& request) {
    axis_of(Settings(request).integer("axis", -1), request.inputs.at(0).type.rank);
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Sizes& sizes = call.in(0).sizes;
    const Rows rows = rows_along(sizes, axis_of(call.settings.integer("axis", -1), sizes.size()));
    if (rows.length == 0) return;
    for (int64_t row = 0; row < rows.count; ++row) Row::run(call, rows, rows.first(row));
  }
};

struct Softmax {
  template <class S>
  static void run(Call<S>& call, const Rows& rows, int64_t first) {
    const Numbers<S>& x = call.in(0);
    const S largest = maximum(x, rows, first);
    Sum<S> sum;
    for (int64_t i = 0; i < rows.length; ++i) {
      S& y = call.out()[first + i * rows.step];
      y = exponential(x[first + i * rows.step] - largest);
      sum.add(y);
    }
    const S total = sum.total();
    for (int64_t i = 0; i < rows.length; ++i) {
      S& y = call.out()[first + i * rows.step];
      y = y / total;
    }
  }
};

struct LogSoftmax {
  template <class S>
  static void run(Call<S>& call, const Rows& rows, int64_t first) {
    log_softmax(call.in(0), rows, first, &call.out());
  }
};

}  // namespace

void add_softmax(References& all) {
  const std::vector<Fill> fills = {Fill::kReal, Fill::kFar, Fill::kWide, Fill::kSpecial};
  all.push_back(reference<AlongAxis<LogSoftmax>>("LogSoftmax", 17, Precision::kComposite, fills,
                                                 {Slip::kNoMaximum, Slip::kIgnoresAttributes}));
  all.push_back(reference<AlongAxis<Softmax>>("Softmax", 17, Precision::kComposite, fills,
                                              {Slip::kNoMaximum}));
}

}  // namespace backplane::conformance
