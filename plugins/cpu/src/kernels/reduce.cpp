// ReduceMean, and the means of GlobalAveragePool. Floats are summed in double, those of long rows
// two at a time; integers exactly, and their mean is rounded towards zero, which ONNX leaves open,
// as it does the mean of no integers: 0.
#include <algorithm>
#include <string>
#include <type_traits>

#include "../threads.hpp"
#include "fold_plan.hpp"
#include "levels.hpp"
#include "mean.hpp"
#include "node_checks.hpp"
#include "row_statistics.hpp"
#include "sum.hpp"

namespace backplane::cpu {

namespace {

__extension__ using WideInteger = __int128;

template <class T>
using Total = std::conditional_t<std::is_integral_v<T>, WideInteger, double>;

template <class T>
BACKPLANE_CPU_INLINE T mean_of(Total<T> sum, int64_t count) {
  if constexpr (std::is_integral_v<T>)
    return count == 0 ? T{0} : static_cast<T>(sum / count);
  else
    return store<T>(static_cast<Computed<T>>(sum / static_cast<double>(count)));
}

constexpr int64_t kTile = 256;
constexpr int64_t kCostOfMean = 16;  // joined lanes and a division, in elements

template <class T>
struct MeanLoops {
  using Sum = Total<T>;

  // Means of rows [first, last) that lie one after the other.
  BACKPLANE_CPU_INLINE static void rows(const T* input, T* output, int64_t length, int64_t first,
                                        int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const T* from = input + row * length;
      Sum sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = 0; i < length; ++i) sum += static_cast<Sum>(load(from[i]));
      output[row] = mean_of<T>(sum, length);
    }
  }

  // The same for rows of many lanes.
  BACKPLANE_CPU_INLINE static void long_rows(const T* input, T* output, int64_t length,
                                             int64_t first, int64_t last) {
    if constexpr (std::is_same_v<T, float>) {
      for (int64_t row = first; row < last; ++row)
        output[row] = mean_of<T>(sum_of_pairs(input + row * length, length), length);
    } else if constexpr (std::is_same_v<Sum, double>) {
      for (int64_t row = first; row < last; ++row)
        output[row] =
            mean_of<T>(sum_over_row<ElementTerm>(input + row * length, length, 0), length);
    } else {
      rows(input, output, length, first, last);
    }
  }

  BACKPLANE_CPU_INLINE static void add(Sum* sums, const T* from, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) sums[i] += static_cast<Sum>(load(from[i]));
  }

  // Outputs [first, last) where the innermost axis is kept: tiles of it are summed side by side.
  BACKPLANE_CPU_INLINE static void columns(const FoldPlan& plan, const T* input, T* output,
                                           int64_t first, int64_t last) {
    const int64_t line = plan.sizes[plan.rank - 1];
    const int64_t count = plan.product(true);
    while (first < last) {
      const int64_t begin = first % line;
      const int64_t width = std::min({kTile, line - begin, last - first});
      const T* from = input + plan.offset(first / line, false, 1) + begin;
      Sum sums[kTile] = {};
      for (int64_t i = 0; i < count; ++i) add(sums, from + plan.offset(i, true, 1), width);
      for (int64_t i = 0; i < width; ++i) output[first + i] = mean_of<T>(sums[i], count);
      first += width;
    }
  }

  // Outputs [first, last) where the innermost axis is one of several that are reduced.
  BACKPLANE_CPU_INLINE static void pieces(const FoldPlan& plan, const T* input, T* output,
                                          int64_t first, int64_t last) {
    const int64_t line = plan.sizes[plan.rank - 1];
    const int64_t count = plan.product(true);
    for (int64_t at = first; at < last; ++at) {
      const T* from = input + plan.offset(at, false, 1);
      Sum sum = 0;
      for (int64_t piece = 0; piece * line < count; ++piece) {
        const T* run = from + plan.offset(piece, true, 1);
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < line; ++i) sum += static_cast<Sum>(load(run[i]));
      }
      output[at] = mean_of<T>(sum, count);
    }
  }

  template <auto body>
  static auto best(bool is_short = false) {
    if constexpr (std::is_same_v<T, float>)
      return is_short ? Levels<body>::best_for_short() : Levels<body>::best();
    else
      return body;
  }
};

template <class T>
class MeanKernel : public Kernel {
 public:
  MeanKernel(const bp_tensor_type_t& type, uint32_t mask)
      : mask_(mask),
        rows_(Loops::template best<&Loops::long_rows>()),
        short_rows_(Loops::template best<&Loops::rows>(true)),
        columns_(Loops::template best<&Loops::columns>()),
        pieces_(Loops::template best<&Loops::pieces>()) {
    traits_.is_shape_free = has_unknown_size(type);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const FoldPlan plan = plan_fold(inputs[0].type, mask_);
    const int64_t count = plan.product(false);
    const auto* from = data<const T>(inputs[0]);
    auto* to = data<T>(outputs[0]);
    parallel_pieces(count, count * (plan.product(true) + kCostOfMean),
                    [&](int64_t first, int64_t last) { run_piece(plan, from, to, first, last); });
  }

 private:
  using Loops = MeanLoops<T>;

  void run_piece(const FoldPlan& plan, const T* from, T* to, int64_t first, int64_t last) const {
    if (plan.product(true) == 0)
      std::fill(to + first, to + last, mean_of<T>(0, 0));
    else if (plan.rank == 0)
      rows_(from, to, 1, first, last);
    else if (!plan.is_reduced[plan.rank - 1])
      columns_(plan, from, to, first, last);
    else if (plan.rank <= 2)
      (plan.sizes[plan.rank - 1] < kShort ? short_rows_ : rows_)(
          from, to, plan.sizes[plan.rank - 1], first, last);
    else
      pieces_(plan, from, to, first, last);
  }

  uint32_t mask_;
  static constexpr int64_t kShort = 256;
  void (*rows_)(const T*, T*, int64_t, int64_t, int64_t);
  void (*short_rows_)(const T*, T*, int64_t, int64_t, int64_t);
  void (*columns_)(const FoldPlan&, const T*, T*, int64_t, int64_t);
  void (*pieces_)(const FoldPlan&, const T*, T*, int64_t, int64_t);
};

// The axes to reduce, a bit each: none given means all.
uint32_t read_axes(const Node& node) {
  const uint32_t rank = node.input(0).rank;
  uint32_t count = 0;
  const int64_t* axes = node.ints_attribute("axes", &count);
  if (count == 0) return mask_of_axes(0, rank);
  uint32_t mask = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis < 0 || axis >= rank)
      refuse(node,
             "axis " + std::to_string(axes[i]) + " is not one of rank " + std::to_string(rank));
    if ((mask >> axis & 1U) != 0) refuse(node, "axis " + std::to_string(axis) + " is given twice");
    mask |= 1U << axis;
  }
  return mask;
}

void check_reduce_mean(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_summed(dtype))
    refuse(node, std::string("only ") + kSummedTypes + ", not " + name_of(dtype));
  const bool is_known = !has_unknown_size(node.input(0));
  const uint32_t mask = read_axes(node);
  check_output(node,
               is_known ? static_cast<double>(plan_fold(node.input(0), mask).product(false)) : 0,
               is_known);
}

std::unique_ptr<Kernel> create_reduce_mean(const Node& node, Device&) {
  return make_mean(node.input(0), read_axes(node));
}

}  // namespace

std::unique_ptr<Kernel> make_mean(const bp_tensor_type_t& type, uint32_t mask) {
  std::unique_ptr<Kernel> made;
  visit_summed(type.dtype, [&](auto found) {
    made = std::make_unique<MeanKernel<typename decltype(found)::type>>(type, mask);
  });
  return made;
}

void add_reduce(OperatorTable& table) {
  table.push_back({"ReduceMean", {1, 11, 13}, check_reduce_mean, create_reduce_mean});
}

}  // namespace backplane::cpu
