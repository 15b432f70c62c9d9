// Unique: of elements, or of slices along an axis, each kind once, where the first of it was, which
// kind each is of, and how many of each there are. -0 is 0, and NaN is one kind, above all numbers.
#include <algorithm>
#include <numeric>
#include <string>

#include "axis.hpp"
#include "data_movement.hpp"
#include "number.hpp"
#include "sized_by_data.hpp"

namespace backplane::cpu {

namespace {

enum UniqueOutput : uint32_t { kY, kFirst, kInverse, kCounts };

template <class T>
int order_of(T a, T b) {
  const Computed<T> x = load(a);
  const Computed<T> y = load(b);
  if (x < y) return -1;
  if (y < x) return 1;
  return (x != x ? 1 : 0) - (y != y ? 1 : 0);
}

// What is compared: `count` slices, each of elements that lie in `outer` runs of `inner`.
struct Slices {
  int64_t outer = 1, count = 0, inner = 1;

  int64_t place(int64_t run, int64_t slice) const { return (run * count + slice) * inner; }
};

template <class T>
class Unique : public SizedByData {
 public:
  explicit Unique(const Node& node)
      : SizedByData(bounded(node.output_count())),
        has_axis_(node.attribute("axis") != nullptr),
        is_sorted_(node.int_attribute("sorted", 1) != 0),
        axis_(has_axis_ ? cpu::axis_of("Unique", node.int_attribute("axis", 0), node.input(0).rank)
                        : 0),
        output_count_(node.output_count()) {}

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const Slices slices = slices_of(inputs[0].type);
    const Kinds kinds = kinds_of(data<const T>(inputs[0]), slices);
    store(kinds, slices, inputs[0], outputs);
  }

 private:
  struct Kinds {
    std::vector<int64_t> first;   // by kind
    std::vector<int64_t> counts;  // likewise
    std::vector<int64_t> kind;    // by slice
  };

  static std::vector<bool> bounded(uint32_t count) {
    std::vector<bool> is_bounded = {true, true, false, true};
    is_bounded.resize(count);
    return is_bounded;
  }

  Slices slices_of(const bp_tensor_type_t& type) const {
    Slices slices;
    if (!has_axis_) {
      slices.count = static_cast<int64_t>(element_count(type));
      return slices;
    }
    for (uint32_t axis = 0; axis < axis_; ++axis) slices.outer *= type.shape[axis];
    for (uint32_t axis = axis_ + 1; axis < type.rank; ++axis) slices.inner *= type.shape[axis];
    slices.count = type.shape[axis_];
    return slices;
  }

  static int order_of_slices(const T* x, const Slices& slices, int64_t a, int64_t b) {
    for (int64_t run = 0; run < slices.outer; ++run)
      for (int64_t i = 0; i < slices.inner; ++i) {
        const int order = order_of(x[slices.place(run, a) + i], x[slices.place(run, b) + i]);
        if (order != 0) return order;
      }
    return 0;
  }

  Kinds kinds_of(const T* x, const Slices& slices) const {
    std::vector<int64_t> sorted(static_cast<size_t>(slices.count));
    std::iota(sorted.begin(), sorted.end(), int64_t{0});
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](int64_t a, int64_t b) { return order_of_slices(x, slices, a, b) < 0; });
    Kinds kinds;
    kinds.kind.resize(sorted.size());
    for (size_t i = 0; i < sorted.size(); ++i) {
      if (i == 0 || order_of_slices(x, slices, sorted[i - 1], sorted[i]) != 0) {
        kinds.first.push_back(sorted[i]);
        kinds.counts.push_back(0);
      }
      ++kinds.counts.back();
      kinds.kind[static_cast<size_t>(sorted[i])] = static_cast<int64_t>(kinds.first.size()) - 1;
    }
    return is_sorted_ ? kinds : as_they_came(kinds);
  }

  static Kinds as_they_came(const Kinds& sorted) {
    std::vector<size_t> order(sorted.first.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return sorted.first[a] < sorted.first[b]; });
    Kinds kinds;
    std::vector<int64_t> place(order.size());
    for (const size_t kind : order) {
      place[kind] = static_cast<int64_t>(kinds.first.size());
      kinds.first.push_back(sorted.first[kind]);
      kinds.counts.push_back(sorted.counts[kind]);
    }
    for (const int64_t kind : sorted.kind) kinds.kind.push_back(place[static_cast<size_t>(kind)]);
    return kinds;
  }

  void store(const Kinds& kinds, const Slices& slices, const bp_tensor_t& x,
             const bp_tensor_t* outputs) const {
    bp_tensor_type_t real = outputs[kY].type;
    real.shape[axis_] = static_cast<int64_t>(kinds.first.size());
    store_sizes(outputs, 0, real);
    T* y = data<T>(outputs[kY]);
    for (int64_t run = 0; run < slices.outer; ++run)
      for (const int64_t slice : kinds.first) {
        const T* from = data<const T>(x) + slices.place(run, slice);
        y = std::copy(from, from + slices.inner, y);
      }
    real.rank = 1;
    real.shape[0] = static_cast<int64_t>(kinds.first.size());
    store_numbers(kinds.first, kFirst, outputs);
    store_numbers(kinds.kind, kInverse, outputs);
    store_numbers(kinds.counts, kCounts, outputs);
    if (output_count_ > kFirst) store_sizes(outputs, 1, real);
    if (output_count_ > kCounts) store_sizes(outputs, 2, real);
  }

  void store_numbers(const std::vector<int64_t>& numbers, uint32_t output,
                     const bp_tensor_t* outputs) const {
    if (output < output_count_ && outputs[output].buffer != nullptr)
      std::copy(numbers.begin(), numbers.end(), data<int64_t>(outputs[output]));
  }

  const bool has_axis_;
  const bool is_sorted_;
  const uint32_t axis_;
  const uint32_t output_count_;
};

// Truths are compared as the numbers 0 and 1.
bp_dtype_t compared_as(bp_dtype_t dtype) {
  return dtype == BP_DTYPE_BOOL ? bp_dtype_t{BP_DTYPE_UINT8} : dtype;
}

void check(const Node& node) {
  check_counts(node, 1, 4);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_number(compared_as(x.dtype))) refuse(node, std::string("no ") + name_of(x.dtype));
  if (!node.has_output(kY) || node.output(kY).dtype != x.dtype)
    refuse(node, "its first output is of the type of its input");
  const bool has_axis = node.attribute("axis") != nullptr;
  if (has_axis)
    check_values([&] { (void)axis_of("Unique", node.int_attribute("axis", 0), x.rank); });
  if (node.output(kY).rank != (has_axis ? x.rank : 1))
    refuse(node, "its first output is not " + to_text(node.output(kY)));
  for (uint32_t i = kFirst; i < node.output_count(); ++i)
    if (node.has_output(i) && (node.output(i).dtype != BP_DTYPE_INT64 || node.output(i).rank != 1))
      refuse(node, "output " + std::to_string(i) + " is no vector of int64");
}

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(compared_as(node.input(0).dtype), [&](auto type) {
    made = std::make_unique<Unique<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_unique(OperatorTable& table) { table.push_back({"Unique", {11}, check, create}); }

}  // namespace backplane::cpu
