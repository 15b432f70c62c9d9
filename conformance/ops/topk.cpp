// Operators that say where the largest and smallest elements of a row are. How NaN is ordered is
// not said: everything about a row that has one is open.
#include <algorithm>
#include <numeric>

#include "compare/format.hpp"
#include "ops/reference.hpp"
#include "ops/rows.hpp"

namespace backplane::conformance {
namespace {

template <class S>
bool has_nan(const Numbers<S>& x, const Rows& rows, int64_t row) {
  for (int64_t i = 0; i < rows.length; ++i)
    if (is_nan(x[rows.first(row) + i * rows.step])) return true;
  return false;
}

size_t row_axis(const Request& request, int64_t otherwise) {
  return axis_of(Settings(request).integer("axis", otherwise), request.inputs.at(0).type.rank);
}

template <bool is_largest>
struct Arg {
  static Types infer(const Request& request) {
    const size_t axis = row_axis(request, 0);
    Sizes sizes = sizes_of(request.inputs[0].type);
    if (sizes[axis] == 0) throw NotDefined{"no element to choose from"};
    sizes[axis] = 1;
    if (Settings(request).integer("keepdims", 1) == 0)
      sizes.erase(sizes.begin() + static_cast<int64_t>(axis));
    return {tensor_type_of(BP_DTYPE_INT64, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Rows rows = rows_along(call.in(0).sizes, row_axis(call.request, 0));
    const bool takes_last =
        (call.settings.integer("select_last_index", 0) != 0) != slips(Slip::kOtherEndOfTies);
    for (int64_t row = 0; row < rows.count; ++row) {
      const S place(static_cast<Exact>(best_of(call.in(0), rows, row, takes_last)));
      call.out()[row] = has_nan(call.in(0), rows, row) ? with_freedom(place, kAnything) : place;
    }
  }

  template <class S>
  static int64_t best_of(const Numbers<S>& x, const Rows& rows, int64_t row, bool takes_last) {
    int64_t best = 0;
    for (int64_t i = 1; i < rows.length; ++i) {
      const S& now = x[rows.first(row) + i * rows.step];
      const S& then = x[rows.first(row) + best * rows.step];
      if ((is_largest ? then < now : now < then) || (takes_last && now == then)) best = i;
    }
    return best;
  }
};

// 1 where the first of the largest is, else 0.
struct Hardmax {
  static Types infer(const Request& request) {
    row_axis(request, -1);
    return {request.inputs[0].type};
  }

  template <class S>
  static void run(Call<S>& call) {
    const Rows rows = rows_along(call.in(0).sizes, row_axis(call.request, -1));
    if (rows.length == 0) return;
    for (int64_t row = 0; row < rows.count; ++row) {
      const bool is_open = has_nan(call.in(0), rows, row);
      const int64_t best =
          is_open ? -1 : Arg<true>::best_of(call.in(0), rows, row, slips(Slip::kOtherEndOfTies));
      for (int64_t i = 0; i < rows.length; ++i)
        call.out()[rows.first(row) + i * rows.step] =
            with_freedom(S(i == best ? 1 : 0), is_open ? kAnything : 0);
    }
  }
};

// Of equal elements the one with the lower index comes first, and is chosen. With `sorted` 0 the
// pairs of a row are a set.
struct TopK {
  static Types infer(const Request& request) {
    const size_t axis = row_axis(request, -1);
    Sizes sizes = sizes_of(request.inputs[0].type);
    const std::vector<int64_t> k = integers_of(request.inputs.at(1));
    if (k.size() != 1 || k[0] < 0 || k[0] > sizes[axis]) throw NotDefined{"no such K"};
    sizes[axis] = k[0];
    return {tensor_type_of(request.inputs[0].type.dtype, sizes),
            tensor_type_of(BP_DTYPE_INT64, sizes)};
  }

  template <class S>
  static void run(Call<S>& call) {
    const size_t axis = row_axis(call.request, -1);
    const Rows from = rows_along(call.in(0).sizes, axis);
    const Rows to = rows_along(call.out().sizes, axis);
    for (int64_t row = 0; row < from.count; ++row) run_row(call, from, to, row);
  }

  template <class S>
  static void run_row(Call<S>& call, const Rows& from, const Rows& to, int64_t row) {
    const Numbers<S>& x = call.in(0);
    const bool is_open = has_nan(x, from, row);
    std::vector<int64_t> order(static_cast<size_t>(from.length));
    std::iota(order.begin(), order.end(), 0);
    if (!is_open) sort(x, from, row, call.settings.integer("largest", 1) != 0, &order);
    const Freedom freedom = is_open ? kAnything : 0;
    for (int64_t i = 0; i < to.length; ++i) {
      const int64_t place = order[static_cast<size_t>(i)];
      const int64_t target = to.first(row) + i * to.step;
      call.out(0)[target] = with_freedom(x[from.first(row) + place * from.step], freedom);
      call.out(1)[target] = with_freedom(S(static_cast<Exact>(place)), freedom);
    }
  }

  template <class S>
  static void sort(const Numbers<S>& x, const Rows& rows, int64_t row, bool is_largest,
                   std::vector<int64_t>* order) {
    if (slips(Slip::kOtherEndOfTies)) std::reverse(order->begin(), order->end());
    std::stable_sort(order->begin(), order->end(), [&](int64_t a, int64_t b) {
      const S& left = x[rows.first(row) + a * rows.step];
      const S& right = x[rows.first(row) + b * rows.step];
      return is_largest ? right < left : left < right;
    });
  }

  static bool is_set(const Request& request) {
    return Settings(request).integer("sorted", 1) == 0 && integers_of(request.inputs.at(1))[0] > 1;
  }

  static void settle(const Request& request, const Types& types, OutputBytes* outputs) {
    const bool is_largest = Settings(request).integer("largest", 1) != 0;
    const Rows rows = rows_along(sizes_of(types[0]), row_axis(request, -1));
    for (int64_t row = 0; row < rows.count; ++row)
      settle_row(types, rows, row, is_largest, outputs);
  }

  struct Pair {
    Exact value;
    Exact index;
  };

  // Bytes that hold a NaN are in no order that a sort could keep to: NaN goes last.
  static bool is_before(const Pair& a, const Pair& b, bool is_largest) {
    if (is_nan(a.value) != is_nan(b.value)) return is_nan(b.value);
    if (a.value == b.value || is_nan(a.value)) return a.index < b.index;
    return is_largest ? b.value < a.value : a.value < b.value;
  }

  static void settle_row(const Types& types, const Rows& rows, int64_t row, bool is_largest,
                         OutputBytes* outputs) {
    std::vector<Pair> pairs;
    const auto place = [&](int64_t i) {
      return static_cast<uint64_t>(rows.first(row) + i * rows.step);
    };
    for (int64_t i = 0; i < rows.length; ++i)
      pairs.push_back({exact_element(types[0].dtype, outputs->at(0).data(), place(i)),
                       exact_element(types[1].dtype, outputs->at(1).data(), place(i))});
    std::sort(pairs.begin(), pairs.end(),
              [&](const Pair& a, const Pair& b) { return is_before(a, b, is_largest); });
    for (int64_t i = 0; i < rows.length; ++i) {
      const Pair& pair = pairs[static_cast<size_t>(i)];
      store_element(types[0].dtype, pair.value, outputs->at(0).data(), place(i));
      store_element(types[1].dtype, pair.index, outputs->at(1).data(), place(i));
    }
  }
};

}  // namespace

void add_topk(References& all) {
  const std::vector<Fill> fills = {Fill::kIntegers, Fill::kUnits, Fill::kReal, Fill::kSpecial};
  all.push_back(
      reference<Arg<true>>("ArgMax", 17, Precision::kExact, fills, {Slip::kOtherEndOfTies}));
  all.push_back(
      reference<Arg<false>>("ArgMin", 17, Precision::kExact, fills, {Slip::kOtherEndOfTies}));
  all.push_back(
      reference<Hardmax>("Hardmax", 17, Precision::kExact, fills, {Slip::kOtherEndOfTies}));
  all.push_back(reference<TopK>("TopK", 17, Precision::kExact, fills, {Slip::kOtherEndOfTies}));
  all.back().is_set = TopK::is_set;
  all.back().settle = TopK::settle;
}

}  // namespace backplane::conformance
