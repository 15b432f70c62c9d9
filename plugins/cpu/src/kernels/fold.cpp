// The reductions but ReduceMean, and GlobalMaxPool. What each does with elements is in folds.hpp;
// here is the way through the tensor. ReduceLogSumExp is taken from the largest element on, so that
// no exponential overflows. Of no elements, the result is what the fold begins with.
#include <algorithm>
#include <string>

#include "../threads.hpp"
#include "axis.hpp"
#include "fold_plan.hpp"
#include "folds.hpp"
#include "integer_input.hpp"
#include "levels.hpp"
#include "long_row.hpp"
#include "mean.hpp"
#include "sum.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kLanes = 32;  // values that are folded side by side, and joined at the end
constexpr int64_t kFewLanes = 8;
constexpr int64_t kTile = 256;

template <class T, template <class> class Fold>
struct FoldLoops {
  using F = Fold<T>;
  using Value = typename F::Value;

  template <int64_t kCount>
  BACKPLANE_CPU_INLINE static void step_all(const T* from, Value* lanes) {
#pragma omp simd
    for (int64_t lane = 0; lane < kCount; ++lane) lanes[lane] = F::step(lanes[lane], from[lane]);
  }
  template <int64_t kCount>
  BACKPLANE_CPU_INLINE static Value join_all(const Value* lanes) {
    if constexpr (kCount == 1) {
      return lanes[0];
    } else {
      Value halves[kCount / 2];
#pragma omp simd
      for (int64_t lane = 0; lane < kCount / 2; ++lane)
        halves[lane] = F::join(lanes[lane], lanes[lane + kCount / 2]);
      return join_all<kCount / 2>(halves);
    }
  }

  BACKPLANE_CPU_INLINE static Value run(const T* from, int64_t length) {
    if constexpr (LongRow<F>::kIsFaster)
      if (length >= LongRow<F>::kStep) return LongRow<F>::run(from, length);
    Value lanes[kLanes];
    std::fill_n(lanes, kLanes, F::kStart);
    int64_t i = 0;
    for (; i + kLanes <= length; i += kLanes) step_all<kLanes>(from + i, lanes);
    for (; i + kFewLanes <= length; i += kFewLanes) step_all<kFewLanes>(from + i, lanes);
    for (int64_t lane = 0; i + lane < length; ++lane)
      lanes[lane] = F::step(lanes[lane], from[i + lane]);
    return join_all<kLanes>(lanes);
  }

  // Outputs [first, last) where rows that lie one after the other are folded, each to one.
  BACKPLANE_CPU_INLINE static void dense_rows(int64_t line, const T* input, T* output,
                                              int64_t first, int64_t last) {
    for (int64_t at = first; at < last; ++at) output[at] = F::end(run(input + at * line, line));
  }

  // Outputs [first, last) where the innermost axis is folded.
  BACKPLANE_CPU_INLINE static void rows(const FoldPlan& plan, const T* input, T* output,
                                        int64_t first, int64_t last) {
    const int64_t line = plan.sizes[plan.rank - 1];
    const int64_t count = plan.product(true);
    if (count == line) return dense_rows(line, input, output, first, last);
    for (int64_t at = first; at < last; ++at) {
      const T* from = input + plan.offset(at, false, 1);
      Value value = F::kStart;
      for (int64_t piece = 0; piece * line < count; ++piece)
        value = F::join(value, run(from + plan.offset(piece, true, 1), line));
      output[at] = F::end(value);
    }
  }

  // Outputs [first, last) where it is kept: tiles of it side by side.
  BACKPLANE_CPU_INLINE static void columns(const FoldPlan& plan, const T* input, T* output,
                                           int64_t first, int64_t last) {
    const int64_t line = plan.sizes[plan.rank - 1];
    const int64_t count = plan.product(true);
    while (first < last) {
      const int64_t begin = first % line;
      const int64_t width = std::min({kTile, line - begin, last - first});
      const T* from = input + plan.offset(first / line, false, 1) + begin;
      Value values[kTile];
      std::fill_n(values, width, F::kStart);
      for (int64_t i = 0; i < count; ++i) {
        const T* row = from + plan.offset(i, true, 1);
#pragma omp simd
        for (int64_t k = 0; k < width; ++k) values[k] = F::step(values[k], row[k]);
      }
      for (int64_t k = 0; k < width; ++k) output[first + k] = F::end(values[k]);
      first += width;
    }
  }

  static void run_plan(const FoldPlan& plan, const T* input, T* output, int64_t first,
                       int64_t last) {
    static const auto wide_rows = best<&FoldLoops::rows>();
    static const auto wide_columns = best<&FoldLoops::columns>();
    if (plan.product(true) == 0)
      std::fill(output + first, output + last, F::end(F::kStart));
    else if (plan.rank == 0)
      output[0] = F::end(F::step(F::kStart, input[0]));
    else
      (plan.is_reduced[plan.rank - 1] ? wide_rows : wide_columns)(plan, input, output, first, last);
  }

  template <auto body>
  static auto best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<body>::best();
    else
      return body;
  }
};

// log(sum(e^x)): the largest x of each output first, then the sum of what lies below it.
template <class T>
struct LogSumExpLoops {
  static void run_plan(const FoldPlan& plan, const T* input, T* output, int64_t first,
                       int64_t last) {
    const int64_t count = plan.product(true);
    const bool is_kept = plan.rank != 0 && !plan.is_reduced[plan.rank - 1];
    const int64_t line = is_kept ? plan.sizes[plan.rank - 1] : 1;
    for (int64_t at = first; at < last; ++at) {
      const T* from = input + (is_kept ? plan.offset(at / line, false, 1) + at % line
                                       : plan.offset(at, false, 0));
      double largest = -std::numeric_limits<double>::infinity();
      for (int64_t i = 0; i < count; ++i)
        largest = std::max(largest, static_cast<double>(load(from[plan.offset(i, true, 0)])));
      const double base = std::isinf(largest) ? 0.0 : largest;
      double sum = 0;
      for (int64_t i = 0; i < count; ++i)
        sum += std::exp(static_cast<double>(load(from[plan.offset(i, true, 0)])) - base);
      output[at] = end(base + std::log(sum));
    }
  }
  static T end(double value) {
    if constexpr (std::is_integral_v<T>)
      return saturate<T>(value);
    else
      return store<T>(static_cast<Computed<T>>(value));
  }
};

// Which axes are folded: none given means all, unless `noop_with_empty_axes`.
class FoldedAxes {
 public:
  explicit FoldedAxes(const Node& node)
      : axes_(node, 1, "axes"), is_noop_(node.int_attribute("noop_with_empty_axes", 0) != 0) {}

  bool is_fixed() const { return axes_.is_fixed(); }
  bp_argument_flags_t flags() const { return axes_.flags(); }

  uint32_t mask(const bp_tensor_t* inputs, uint32_t rank) const {
    const IntegerView axes = axes_.view(inputs);
    if (axes.count == 0) return is_noop_ ? 0 : (1U << rank) - 1U;
    uint32_t mask = 0;
    for (int64_t i = 0; i < axes.count; ++i) {
      const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
      if (axis < 0 || axis >= rank)
        fail(BP_STATUS_INVALID_ARGUMENT,
             "axis " + std::to_string(axes[i]) + " is not one of rank " + std::to_string(rank));
      mask |= 1U << axis;
    }
    return mask;
  }

 private:
  IntegerInput axes_;
  bool is_noop_;
};

template <class T, class Loops>
class FoldKernel : public Kernel {
 public:
  explicit FoldKernel(const Node& node) : axes_(node) {
    traits_.inputs = {0, axes_.flags()};
    traits_.inputs.resize(node.input_count());
    traits_.is_shape_free = true;
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const FoldPlan plan = plan_fold(type, axes_.mask(inputs, type.rank));
    const int64_t count = plan.product(false);
    if (count != static_cast<int64_t>(element_count(outputs[0].type)))
      fail(BP_STATUS_INVALID_ARGUMENT,
           "Reduce: axes do not fold " + to_text(type) + " to " + to_text(outputs[0].type));
    const auto* from = data<const T>(inputs[0]);
    auto* to = data<T>(outputs[0]);
    parallel_pieces(count, count * plan.product(true), [&](int64_t first, int64_t last) {
      Loops::run_plan(plan, from, to, first, last);
    });
  }

 private:
  FoldedAxes axes_;
};

bp_tensor_type_t folded_type(const Node& node, uint32_t mask) {
  bp_tensor_type_t folded = node.input(0);
  const bool keeps = node.int_attribute("keepdims", 1) != 0;
  folded.rank = 0;
  for (uint32_t axis = 0; axis < node.input(0).rank; ++axis) {
    const bool is_folded = (mask >> axis & 1U) != 0;
    if (!is_folded || keeps)
      folded.shape[folded.rank++] = is_folded ? 1 : node.input(0).shape[axis];
  }
  return folded;
}

void check_axes(const Node& node) {
  check_counts(node, 2, 1);
  check_integers(node, 1, "axes");
  if (node.output(0).dtype != node.input(0).dtype) refuse(node, "input and output have one type");
  const FoldedAxes axes(node);
  if (!axes.is_fixed()) return;
  uint32_t mask = 0;
  try {
    mask = axes.mask(nullptr, node.input(0).rank);
  } catch (const plugin::Error& error) {
    refuse(node, error.what());
  }
  check_follows(node, 0, folded_type(node, mask));
}

void check_sum(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_summed(dtype))
    refuse(node, std::string("only ") + kSummedTypes + ", not " + name_of(dtype));
  check_axes(node);
}

void check_extreme(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_number(dtype)) refuse(node, std::string("no ") + name_of(dtype));
  check_axes(node);
}

template <template <class> class Fold>
std::unique_ptr<Kernel> create_sum(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<FoldKernel<T, FoldLoops<T, Fold>>>(node);
  });
  return made;
}

template <template <class> class Fold>
std::unique_ptr<Kernel> create_extreme(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_numbers(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<FoldKernel<T, FoldLoops<T, Fold>>>(node);
  });
  return made;
}

std::unique_ptr<Kernel> create_log_sum_exp(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_summed(node.input(0).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<FoldKernel<T, LogSumExpLoops<T>>>(node);
  });
  return made;
}

// The largest element of each plane.
template <class T>
class GlobalMaxPool : public Kernel {
 public:
  GlobalMaxPool() { traits_.is_shape_free = true; }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const bp_tensor_type_t& type = inputs[0].type;
    const FoldPlan plan = plan_fold(type, mask_of_axes(2, type.rank));
    const auto* from = data<const T>(inputs[0]);
    auto* to = data<T>(outputs[0]);
    parallel_pieces(plan.product(false), static_cast<int64_t>(element_count(type)),
                    [&](int64_t first, int64_t last) {
                      FoldLoops<T, MaxFold>::run_plan(plan, from, to, first, last);
                    });
  }
};

void check_global_max_pool(const Node& node) {
  check_counts(node, 1, 1);
  const bp_tensor_type_t& x = node.input(0);
  if (!is_float(x.dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(x.dtype));
  if (x.rank < 2) refuse(node, to_text(x) + " has no channels");
  bp_tensor_type_t expected = x;
  for (uint32_t axis = 2; axis < x.rank; ++axis) expected.shape[axis] = 1;
  check_follows(node, 0, expected);
}

std::unique_ptr<Kernel> create_global_max_pool(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<GlobalMaxPool<typename decltype(type)::type>>();
  });
  return made;
}

}  // namespace

void add_fold(OperatorTable& table) {
  const std::vector<uint32_t> since = {1, 11, 13};
  table.push_back({"ReduceSum", since, check_sum, create_sum<SumFold>});
  table.push_back({"ReduceProd", since, check_sum, create_sum<ProdFold>});
  table.push_back({"ReduceL1", since, check_sum, create_sum<L1Fold>});
  table.push_back({"ReduceL2", since, check_sum, create_sum<L2Fold>});
  table.push_back({"ReduceSumSquare", since, check_sum, create_sum<SumSquareFold>});
  table.push_back({"ReduceLogSum", since, check_sum, create_sum<LogSumFold>});
  table.push_back({"ReduceLogSumExp", since, check_sum, create_log_sum_exp});
  table.push_back({"ReduceMax", {1, 11, 12, 13}, check_extreme, create_extreme<MaxFold>});
  table.push_back({"ReduceMin", {1, 11, 12, 13}, check_extreme, create_extreme<MinFold>});
  table.push_back({"GlobalMaxPool", {1, 22}, check_global_max_pool, create_global_max_pool});
}

}  // namespace backplane::cpu
