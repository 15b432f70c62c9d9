// ArgMax and ArgMin, and Hardmax: 1 where ArgMax points to, else 0. NaN counts as the most extreme
// element, as in numpy; of equal ones the first is taken, or the last with select_last_index.
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

template <class T, bool kIsMax>
bool is_beyond(Computed<T> x, Computed<T> best) {
  if constexpr (kIsFloat<T>)
    if (x != x) return best == best;
  return kIsMax ? x > best : x < best;
}

template <class T, bool kIsMax>
int64_t first_of(const T* row, int64_t length, int64_t step) {
  int64_t best = 0;
  for (int64_t i = 1; i < length; ++i)
    if (is_beyond<T, kIsMax>(load(row[i * step]), load(row[best * step]))) best = i;
  return best;
}

template <class T, bool kIsMax>
int64_t last_of(const T* row, int64_t length, int64_t step) {
  int64_t best = 0;
  for (int64_t i = 1; i < length; ++i)
    if (!is_beyond<T, kIsMax>(load(row[best * step]), load(row[i * step]))) best = i;
  return best;
}

template <class T, bool kIsMax>
class Arg : public Kernel {
 public:
  explicit Arg(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", 0), node.input(0).rank)),
        takes_last_(node.int_attribute("select_last_index", 0) != 0) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(inputs[0].type, axis_);
    if (shape.rows() == 0) return;
    if (shape.length == 0)
      fail(BP_STATUS_INVALID_ARGUMENT, "ArgMax, ArgMin: an axis of no elements has no extreme");
    const auto find = takes_last_ ? last_of<T, kIsMax> : first_of<T, kIsMax>;
    const auto* from = data<const T>(inputs[0]);
    auto* to = data<int64_t>(outputs[0]);
    parallel_pieces(shape.rows(), shape.count(), [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row)
        to[row] = find(from + shape.begin_of(row), shape.length, shape.inner);
    });
  }

 private:
  uint32_t axis_;
  bool takes_last_;
};

void check(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& from = node.input(0);
  if (!is_number(from.dtype)) refuse(node, std::string("no ") + name_of(from.dtype));
  const uint32_t axis = check_axis(node, node.int_attribute("axis", 0), from.rank);
  if (from.shape[axis] == 0) refuse(node, "an axis of no elements has no extreme");
  const bool keeps = node.int_attribute("keepdims", 1) != 0;
  bp_tensor_type_t expected = {BP_DTYPE_INT64, 0, 0, {}};
  for (uint32_t i = 0; i < from.rank; ++i)
    if (i != axis || keeps) expected.shape[expected.rank++] = i == axis ? 1 : from.shape[i];
  check_follows(node, 0, expected);
}

template <bool kIsMax>
std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<Arg<typename decltype(type)::type, kIsMax>>(node);
  });
  return made;
}

template <class T>
class Hardmax : public Kernel {
 public:
  explicit Hardmax(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", -1), node.input(0).rank)) {
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const AxisShape shape = along_axis(inputs[0].type, axis_);
    if (shape.count() == 0) return;
    parallel_pieces(shape.rows(), shape.count(), [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row) {
        const T* from = data<const T>(inputs[0]) + shape.begin_of(row);
        T* to = data<T>(outputs[0]) + shape.begin_of(row);
        const int64_t best = first_of<T, true>(from, shape.length, shape.inner);
        for (int64_t i = 0; i < shape.length; ++i)
          to[i * shape.inner] = store<T>(i == best ? Computed<T>{1} : Computed<T>{0});
      }
    });
  }

 private:
  uint32_t axis_;
};

void check_hardmax(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& from = node.input(0);
  if (!is_float(from.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(from.dtype));
  check_axis(node, node.int_attribute("axis", -1), from.rank);
  check_follows(node, 0, from);
}

std::unique_ptr<Kernel> create_hardmax(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<Hardmax<typename decltype(type)::type>>(node);
  });
  return made;
}

}  // namespace

void add_arg(OperatorTable& table) {
  table.push_back({"ArgMax", {1, 11, 12, 13}, check, create<true>});
  table.push_back({"ArgMin", {1, 11, 12, 13}, check, create<false>});
  table.push_back({"Hardmax", {13}, check_hardmax, create_hardmax});
}

}  // namespace backplane::cpu
