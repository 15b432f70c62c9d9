// TopK: the largest or smallest elements along an axis, best first. Of equal elements that with the
// lower index comes first; NaN counts as larger than every number, as numpy sorts, and +0 equals
// -0. What `sorted` = 0 leaves open is sorted, too.
#include <algorithm>
#include <limits>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "integer_input.hpp"
#include "levels.hpp"
#include "number.hpp"
#include "topk_keys.hpp"

namespace backplane::cpu {

namespace {

enum Place : uint32_t { kX = 0, kCount = 1, kValues = 0, kIndices = 1 };

// Orders the elements of one row by their indices.
template <class T>
struct Order {
  const T* row;
  int64_t step;
  bool is_largest;

  bool is_before(int64_t a, int64_t b) const {
    const Computed<T> x = load(row[a * step]);
    const Computed<T> y = load(row[b * step]);
    if (is_less(x, y)) return !is_largest;
    if (is_less(y, x)) return is_largest;
    return a < b;
  }
  static bool is_less(Computed<T> x, Computed<T> y) {
    if constexpr (kIsFloat<T>)
      if (y != y) return x == x;
    return x < y;
  }
};

// The indices kept so far, `step` apart: a heap with the last in order at its top.
template <class T>
class Kept {
 public:
  Kept(const Order<T>& order, int64_t* indices, int64_t step)
      : order_(order), indices_(indices), step_(step) {}

  void fill(int64_t count) {
    for (int64_t i = 0; i < count; ++i) at(i) = i;
    for (int64_t i = count / 2; i-- > 0;) sink(i, count);
  }
  void offer(int64_t index, int64_t count) {
    if (!order_.is_before(index, at(0))) return;
    at(0) = index;
    sink(0, count);
  }
  void sort(int64_t count) {
    while (--count > 0) {
      std::swap(at(0), at(count));
      sink(0, count);
    }
  }

 private:
  int64_t& at(int64_t i) { return indices_[i * step_]; }

  void sink(int64_t place, int64_t count) {
    for (int64_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
      if (child + 1 < count && order_.is_before(at(child), at(child + 1))) ++child;
      if (!order_.is_before(at(place), at(child))) return;
      std::swap(at(place), at(child));
      place = child;
    }
  }

  Order<T> order_;
  int64_t* indices_;
  int64_t step_;
};

// Whether any of `count` elements comes before `last` in order; true also where a NaN is among
// them.
template <class T, bool kIsLargest>
BACKPLANE_CPU_INLINE void look_for_better(const T* row, int64_t count, Computed<T> last,
                                          bool& is_found) {
  unsigned found = 0;
#pragma omp simd reduction(| : found)
  for (int64_t i = 0; i < count; ++i) {
    const Computed<T> x = load(row[i]);
    found |= (kIsLargest ? x <= last : x >= last) ? 0U : 1U;
  }
  is_found = found != 0;
}

template <class T>
class TopK : public Kernel {
 public:
  TopK(const Node& node, uint32_t axis)
      : axis_(axis),
        is_largest_(node.int_attribute("largest", 1) != 0),
        look_(is_largest_ ? Levels<&look_for_better<T, true>>::best()
                          : Levels<&look_for_better<T, false>>::best()) {
    traits_.inputs = {0, unread_flags(node, kCount)};
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape from = along_axis(inputs[kX].type, axis_);
    const AxisShape to = along_axis(outputs[kValues].type, axis_);
    if (to.length > from.length)
      fail(BP_STATUS_INVALID_ARGUMENT, "TopK: " + std::to_string(to.length) + " of the " +
                                           std::to_string(from.length) + " elements of an axis");
    if (to.count() == 0) return;
    parallel_pieces(from.rows(), from.count() * kCostOfElement, [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row)
        run_row(data<const T>(inputs[kX]) + from.begin_of(row), from,
                data<T>(outputs[kValues]) + to.begin_of(row),
                data<int64_t>(outputs[kIndices]) + to.begin_of(row), to.length);
    });
  }

 private:
  static constexpr int64_t kCostOfElement = 4;
  static constexpr int64_t kBlock = 32;

  bool may_have_better(const T* row, int64_t count, Computed<T> last) const {
    bool is_found = false;
    look_(row, count, last, is_found);
    return is_found;
  }

  void run_row(const T* row, const AxisShape& shape, T* values, int64_t* indices,
               int64_t count) const {
    const int64_t step = shape.inner;
    if constexpr (sizeof(T) <= 4) {
      if (shape.length <= std::numeric_limits<uint32_t>::max())
        find_keys(row, shape, indices, count);
      else
        find(row, shape, indices, count);
    } else {
      find(row, shape, indices, count);
    }
    for (int64_t i = 0; i < count; ++i) values[i * step] = row[indices[i * step] * step];
  }

  void find(const T* row, const AxisShape& shape, int64_t* indices, int64_t count) const {
    Kept<T> kept({row, shape.inner, is_largest_}, indices, shape.inner);
    kept.fill(count);
    for (int64_t i = count; i < shape.length; ++i) kept.offer(i, count);
    kept.sort(count);
  }

  // Keys lie where their indices will.
  void find_keys(const T* row, const AxisShape& shape, int64_t* indices, int64_t count) const {
    const int64_t step = shape.inner;
    KeptKeys kept(reinterpret_cast<uint64_t*>(indices), step, count);
    const auto key = [&](int64_t i) { return key_of(row[i * step], i, is_largest_); };
    for (int64_t i = 0; i < count; ++i) kept.at(i) = key(i);
    kept.make_heap();
    for (int64_t i = count; i < shape.length; i += kBlock) {
      const int64_t end = std::min(shape.length, i + kBlock);
      const Computed<T> last = load(row[index_of_key(kept.at(0)) * step]);
      if (step == 1 && !may_have_better(row + i, end - i, last)) continue;
      for (int64_t at = i; at < end; ++at) kept.offer(key(at));
    }
    kept.sort();
    for (int64_t i = 0; i < count; ++i) indices[i * step] = index_of_key(kept.at(i));
  }

  uint32_t axis_;
  bool is_largest_;
  void (*look_)(const T*, int64_t, Computed<T>, bool&);
};

void check(const Node& node) {
  check_counts(node, 2, 2);
  bp_tensor_type_t expected = node.input(kX);
  if (!is_number(expected.dtype)) refuse(node, std::string("no ") + name_of(expected.dtype));
  const uint32_t axis = check_axis(node, node.int_attribute("axis", -1), expected.rank);
  check_integers(node, kCount, "K");
  expected.shape[axis] = -1;
  if (node.constant(kCount) != nullptr && element_count(node.input(kCount)) == 1)
    expected.shape[axis] = IntegerInput(node, kCount).view(nullptr)[0];
  check_follows(node, kValues, expected);
  if (!BP_DIM_IS_UNKNOWN(node.input(kX).shape[axis]) &&
      node.output(kValues).shape[axis] > node.input(kX).shape[axis])
    refuse(node, to_text(node.output(kValues)) + " is more than " + to_text(node.input(kX)));
  expected.dtype = BP_DTYPE_INT64;
  check_follows(node, kIndices, expected);
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  const bp_tensor_type_t& x = node.input(kX);
  std::unique_ptr<Kernel> made;
  visit_numbers(x.dtype, [&](auto type) {
    made = std::make_unique<TopK<typename decltype(type)::type>>(
        node, check_axis(node, node.int_attribute("axis", -1), x.rank));
  });
  return made;
}

}  // namespace

void add_topk(OperatorTable& table) { table.push_back({"TopK", {10, 11}, check, create}); }

}  // namespace backplane::cpu
