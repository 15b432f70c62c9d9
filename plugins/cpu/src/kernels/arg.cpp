// ArgMax and ArgMin, and Hardmax: 1 where ArgMax points to, else 0. NaN counts as the most extreme
// element, as in numpy; of equal ones the first is taken, or the last with select_last_index.
#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>

#include "../threads.hpp"
#include "axis.hpp"
#include "levels.hpp"
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

// Rows that lie side by side: a tile of them goes down the axis together.
template <class T, bool kIsMax, bool kTakesLast>
struct TileLoops {
  static constexpr int64_t kTile = 256;
  // As wide as the element, so that both fit the same vectors.
  using Index = std::conditional_t<sizeof(Computed<T>) == 8, int64_t, int32_t>;

  BACKPLANE_CPU_INLINE static bool is_better(Computed<T> x, Computed<T> best) {
    bool is_beyond = kIsMax ? x > best : x < best;
    bool is_equal = x == best;
    if constexpr (kIsFloat<T>) {
      is_beyond = (is_beyond | (x != x)) & (best == best);
      is_equal = is_equal | ((x != x) & (best != best));
    }
    return kTakesLast ? is_beyond | is_equal : is_beyond;
  }

  // `count` <= kTile rows whose first elements lie side by side at `from`, the next `step` further.
  BACKPLANE_CPU_INLINE static void find(const T* from, int64_t length, int64_t step, int64_t count,
                                        int64_t* to) {
    Computed<T> best[kTile];
    Index at[kTile];
    for (int64_t k = 0; k < count; ++k) best[k] = load(from[k]);
    std::fill_n(at, count, Index{0});
    for (int64_t i = 1; i < length; ++i) {
      const T* row = from + i * step;
      const auto index = static_cast<Index>(i);
#pragma omp simd
      for (int64_t k = 0; k < count; ++k) {
        const Computed<T> x = load(row[k]);
        const bool takes = is_better(x, best[k]);
        best[k] = takes ? x : best[k];
        at[k] = takes ? index : at[k];
      }
    }
    for (int64_t k = 0; k < count; ++k) to[k] = at[k];
  }
};

template <class T, bool kIsMax>
class Arg : public Kernel {
 public:
  explicit Arg(const Node& node)
      : axis_(check_axis(node, node.int_attribute("axis", 0), node.input(0).rank)),
        takes_last_(node.int_attribute("select_last_index", 0) != 0),
        find_tile_(takes_last_ ? Levels<&TileLoops<T, kIsMax, true>::find>::best()
                               : Levels<&TileLoops<T, kIsMax, false>::find>::best()) {
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
      if (shape.inner >= kManyRows && shape.length <= std::numeric_limits<int32_t>::max())
        return find_tiles(shape, from, to, first, last);
      for (int64_t row = first; row < last; ++row)
        to[row] = find(from + shape.begin_of(row), shape.length, shape.inner);
    });
  }

 private:
  static constexpr int64_t kManyRows = 8;

  void find_tiles(const AxisShape& shape, const T* from, int64_t* to, int64_t first,
                  int64_t last) const {
    while (first < last) {
      const int64_t beside = shape.inner - first % shape.inner;
      const int64_t count = std::min({TileLoops<T, kIsMax, true>::kTile, beside, last - first});
      find_tile_(from + shape.begin_of(first), shape.length, shape.inner, count, to + first);
      first += count;
    }
  }

  uint32_t axis_;
  bool takes_last_;
  void (*find_tile_)(const T*, int64_t, int64_t, int64_t, int64_t*);
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
