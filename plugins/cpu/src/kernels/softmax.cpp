// Softmax: e^(x - max) / sum, along one axis, and LogSoftmax: (x - max) - log(sum). A row of
// nothing but -infinity, and one that holds +infinity or NaN, is NaN, as the formula has it.
// float16 and bfloat16 are computed in float. oneDNN's softmax is as fast, but flushes subnormal
// results.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "../threads.hpp"
#include "exponential.hpp"
#include "levels.hpp"
#include "node_checks.hpp"
#include "number.hpp"

namespace backplane::cpu {

namespace {

// The softmax is taken over `length` elements that lie `inner` apart, `outer` * `inner` times.
struct SoftmaxShape {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;
};

BACKPLANE_CPU_INLINE float exp_below(float x) { return exp_of(x < -104.0F ? -104.0F : x); }
BACKPLANE_CPU_INLINE double exp_below(double x) { return std::exp(x); }

constexpr int64_t kTile = 64;

template <class T, bool kIsLog>
struct SoftmaxLoops {
  using A = Computed<T>;
  // The exponentials wait in the output, where it holds them exactly; elsewhere they are made
  // again. A logarithm needs none of them.
  static constexpr bool kKeepsExponentials = std::is_same_v<T, A> && !kIsLog;
  static constexpr A kLowest = -std::numeric_limits<A>::infinity();

  // `part` is the logarithm of the sum for LogSoftmax, else the sum.
  BACKPLANE_CPU_INLINE static void finish(const T& input, T& output, A largest, A part) {
    if constexpr (kIsLog)
      output = store<T>((load(input) - largest) - part);
    else if constexpr (kKeepsExponentials)
      output = output / part;
    else
      output = store<T>(exp_below(load(input) - largest) / part);
  }

  BACKPLANE_CPU_INLINE static void row(const T* input, T* output, int64_t length) {
    A largest = kLowest;
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < length; ++i)
      largest = load(input[i]) > largest ? load(input[i]) : largest;
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < length; ++i) {
      const A power = exp_below(load(input[i]) - largest);
      if constexpr (kKeepsExponentials) output[i] = power;
      sum += power;
    }
    const A part = kIsLog ? std::log(sum) : sum;
#pragma omp simd
    for (int64_t i = 0; i < length; ++i) finish(input[i], output[i], largest, part);
  }

  BACKPLANE_CPU_INLINE static void rows(const T* input, T* output, const SoftmaxShape& shape,
                                        int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      row(input + i * shape.length, output + i * shape.length, shape.length);
  }

  // `width` rows side by side, whose elements lie `step` apart.
  BACKPLANE_CPU_INLINE static void tile(const T* input, T* output, int64_t length, int64_t step,
                                        int64_t width) {
    A largest[kTile];
    A sums[kTile] = {};
    std::fill_n(largest, width, kLowest);
    for (int64_t k = 0; k < length; ++k) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i)
        largest[i] =
            load(input[k * step + i]) > largest[i] ? load(input[k * step + i]) : largest[i];
    }
    for (int64_t k = 0; k < length; ++k) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) {
        const A power = exp_below(load(input[k * step + i]) - largest[i]);
        if constexpr (kKeepsExponentials) output[k * step + i] = power;
        sums[i] += power;
      }
    }
    if constexpr (kIsLog)
      for (int64_t i = 0; i < width; ++i) sums[i] = std::log(sums[i]);
    for (int64_t k = 0; k < length; ++k) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i)
        finish(input[k * step + i], output[k * step + i], largest[i], sums[i]);
    }
  }

  // Pieces [first, last) of kTile rows side by side, or fewer at the end of the inner axis.
  BACKPLANE_CPU_INLINE static void tiles(const T* input, T* output, const SoftmaxShape& shape,
                                         int64_t first, int64_t last) {
    const int64_t tiles_of_inner = (shape.inner + kTile - 1) / kTile;
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = i % tiles_of_inner * kTile;
      const int64_t at = i / tiles_of_inner * shape.length * shape.inner + begin;
      tile(input + at, output + at, shape.length, shape.inner,
           std::min(kTile, shape.inner - begin));
    }
  }

  using Function = void (*)(const T*, T*, const SoftmaxShape&, int64_t, int64_t);
  template <auto body>
  static Function best() {
    if constexpr (std::is_same_v<T, float>)
      return Levels<body>::best();
    else
      return body;
  }
};

// Along one axis, or, in the definitions before version 13, over it and all axes behind it.
struct SoftmaxAxes {
  uint32_t first;
  uint32_t last;  // behind the last one
};

template <class T, bool kIsLog>
class SoftmaxKernel : public Kernel {
 public:
  SoftmaxKernel(const Node& node, SoftmaxAxes axes)
      : axes_(axes),
        rows_(Loops::template best<&Loops::rows>()),
        tiles_(Loops::template best<&Loops::tiles>()) {
    traits_.in_place = {{0, 0}};
    traits_.is_shape_free = has_unknown_size(node.input(0));
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t*) const override {
    const SoftmaxShape shape = shape_of(inputs[0].type);
    const int64_t count = shape.outer * shape.length * shape.inner;
    if (count == 0) return;
    const bool is_rows = shape.inner == 1;
    const int64_t pieces = shape.outer * ((shape.inner + kTile - 1) / kTile);
    const auto loop = is_rows ? rows_ : tiles_;
    parallel_pieces(pieces, count * kCostOfExponential, [&](int64_t first, int64_t last) {
      loop(data<const T>(inputs[0]), data<T>(outputs[0]), shape, first, last);
    });
  }

 private:
  using Loops = SoftmaxLoops<T, kIsLog>;
  static constexpr int64_t kCostOfExponential = 4;

  SoftmaxShape shape_of(const bp_tensor_type_t& type) const {
    SoftmaxShape shape;
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      int64_t& part =
          axis < axes_.first ? shape.outer : (axis < axes_.last ? shape.length : shape.inner);
      part *= type.shape[axis];
    }
    return shape;
  }

  SoftmaxAxes axes_;
  typename Loops::Function rows_, tiles_;
};

SoftmaxAxes read_axes(const Node& node) {
  constexpr uint32_t kAlongOneAxis = 13;
  const uint32_t rank = node.input(0).rank;
  const bool is_along_one = node.since() >= kAlongOneAxis;
  const int64_t given = node.int_attribute("axis", is_along_one ? -1 : 1);
  const int64_t axis = given < 0 ? given + rank : given;
  // A matrix with all axes in front of it is allowed where the axes are flattened.
  if (axis < 0 || axis > rank || (is_along_one && axis == rank && rank != 0))
    refuse(node, "axis " + std::to_string(given) + " is not one of rank " + std::to_string(rank));
  const auto first = static_cast<uint32_t>(axis);
  return {first, is_along_one ? std::min(first + 1, rank) : rank};
}

void check_softmax(const Node& node) {
  const bp_dtype_t dtype = node.input(0).dtype;
  if (!is_float(dtype))
    refuse(node, std::string("only floating-point numbers, not ") + name_of(dtype));
  check_same_output(node);
  read_axes(node);
}

template <bool kIsLog>
std::unique_ptr<Kernel> create_softmax(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(0).dtype, [&](auto type) {
    made = std::make_unique<SoftmaxKernel<typename decltype(type)::type, kIsLog>>(node,
                                                                                  read_axes(node));
  });
  return made;
}

}  // namespace

void add_softmax(OperatorTable& table) {
  table.push_back({"Softmax", {1, 11, 13}, check_softmax, create_softmax<false>});
  table.push_back({"LogSoftmax", {1, 11, 13}, check_softmax, create_softmax<true>});
}

}  // namespace backplane::cpu
