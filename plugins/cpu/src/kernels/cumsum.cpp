// CumSum along an axis that an input names. Floats are summed in double and rounded for every
// output; integers wrap around.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "data_movement.hpp"
#include "folds.hpp"
#include "integer_input.hpp"
#include "sum.hpp"

namespace backplane::cpu {

namespace {

constexpr uint32_t kAxis = 1;

template <class T>
class CumSum : public Kernel {
 public:
  explicit CumSum(const Node& node)
      : axis_(node, kAxis),
        is_exclusive_(node.int_attribute("exclusive", 0) != 0),
        is_reverse_(node.int_attribute("reverse", 0) != 0) {
    traits_.inputs = {0, axis_.flags()};
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const IntegerView axis = axis_.view(inputs);
    if (axis.count != 1) fail(BP_STATUS_INVALID_ARGUMENT, "CumSum: axis is one number");
    const AxisShape shape = along_axis(type, axis_of("CumSum", axis[0], type.rank));
    if (shape.count() == 0) return;
    parallel_pieces(shape.rows(), shape.count(), [&](int64_t first, int64_t last) {
      if (shape.inner >= kManyRows)
        return run_tiles(data<const T>(inputs[0]), data<T>(outputs[0]), shape, first, last);
      for (int64_t row = first; row < last; ++row)
        run_row(data<const T>(inputs[0]) + shape.begin_of(row),
                data<T>(outputs[0]) + shape.begin_of(row), shape.length, shape.inner);
    });
  }

 private:
  static constexpr int64_t kManyRows = 4;
  static constexpr int64_t kTile = 256;

  // Rows that lie side by side go down the axis together.
  void run_tiles(const T* from, T* to, const AxisShape& shape, int64_t first, int64_t last) const {
    while (first < last) {
      const int64_t count = std::min({kTile, shape.inner - first % shape.inner, last - first});
      const int64_t begin = shape.begin_of(first);
      Folded<T> sums[kTile] = {};
      for (int64_t i = 0; i < shape.length; ++i) {
        const int64_t at = begin + (is_reverse_ ? shape.length - 1 - i : i) * shape.inner;
        add_beside(from + at, sums, count, to + at);
      }
      first += count;
    }
  }

  void add_beside(const T* from, Folded<T>* sums, int64_t count, T* to) const {
#pragma omp simd
    for (int64_t k = 0; k < count; ++k) {
      const Folded<T> before = sums[k];
      sums[k] = before + to_folded(from[k]);
      to[k] = from_folded<T>(is_exclusive_ ? before : sums[k]);
    }
  }

  void run_row(const T* from, T* to, int64_t length, int64_t step) const {
    Folded<T> sum = 0;
    for (int64_t i = 0; i < length; ++i) {
      const int64_t at = (is_reverse_ ? length - 1 - i : i) * step;
      const Folded<T> with = sum + to_folded(from[at]);
      to[at] = from_folded<T>(is_exclusive_ ? sum : with);
      sum = with;
    }
  }

  IntegerInput axis_;
  bool is_exclusive_;
  bool is_reverse_;
};

void check(const Node& node) {
  check_counts(node, 2, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_summed(x.dtype))
    refuse(node, std::string("only ") + kSummedTypes + ", not " + name_of(x.dtype));
  check_integers(node, kAxis, "axis");
  if (!node.has_input(kAxis)) refuse(node, "its axis is absent");
  if (x.rank == 0) refuse(node, "a scalar has no axis");
  const IntegerInput axis(node, kAxis);
  if (axis.is_fixed() && axis.view(nullptr).count != 1) refuse(node, "axis is one number");
  if (axis.is_fixed()) check_axis(node, axis.view(nullptr)[0], x.rank);
  check_follows(node, 0, x);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<CumSum<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_cumsum(OperatorTable& table) { table.push_back({"CumSum", {11, 14}, check, create}); }

}  // namespace backplane::cpu
