// What RNN, LSTM and GRU have in common: sizes, directions, activations, and where a step's
// elements lie.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "axis.hpp"
#include "exponential.hpp"
#include "number.hpp"

namespace backplane::cpu {

enum RecurrentInput : uint32_t {
  kSequence,
  kWeights,
  kRecurrence,
  kBias,
  kLengths,
  kInitialState,
  kInitialCell,  // LSTM alone, and what follows
  kPeepholes
};
enum RecurrentOutput : uint32_t { kStates, kLastState, kLastCell };

enum class Activation { kSigmoid, kTanh, kRelu };

// The attributes, checked.
struct RecurrentNode {
  int64_t gates = 0;
  int64_t directions = 1;
  bool is_reverse = false;  // the first direction
  bool is_batch_first = false;
  int64_t hidden = 0;
  double clip = INFINITY;
  // Per direction.
  std::array<std::array<Activation, 3>, 2> activations = {};
};

// Refuses what cannot be served. `functions` activations for each direction.
RecurrentNode check_recurrent(const Node& node, int64_t gates, uint32_t functions,
                              uint32_t input_count, uint32_t output_count);

// Sizes of one launch.
struct RecurrentSizes {
  int64_t steps, batch, input;

  RecurrentSizes(const RecurrentNode& node, const bp_tensor_type_t& x)
      : steps(x.shape[node.is_batch_first ? 1 : 0]),
        batch(x.shape[node.is_batch_first ? 0 : 1]),
        input(x.shape[2]) {}

  // As many as make a matrix worth reading the weights for.
  int64_t steps_at_once() const {
    constexpr int64_t kVectors = 64;
    return std::max<int64_t>(1, std::min(steps, kVectors / std::max<int64_t>(1, batch)));
  }
};

template <class Op, class A>
BACKPLANE_CPU_INLINE void apply_to_all(A clip, A* values, int64_t count) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) {
    const A x = values[i];
    values[i] = Op::apply(x > clip ? clip : (x < -clip ? -clip : x));
  }
}

struct SigmoidGate {
  BACKPLANE_CPU_INLINE static float apply(float x) { return sigmoid_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) {
    return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
  }
};
struct TanhGate {
  BACKPLANE_CPU_INLINE static float apply(float x) { return tanh_of(x); }
  BACKPLANE_CPU_INLINE static double apply(double x) { return std::tanh(x); }
};
struct ReluGate {
  template <class A>
  BACKPLANE_CPU_INLINE static A apply(A x) {
    return x < 0 ? A{0} : x;
  }
};

// Of values that are held between -clip and clip before.
template <class A>
BACKPLANE_CPU_INLINE void activate_all(Activation function, A clip, A* values, int64_t count) {
  if (function == Activation::kTanh)
    apply_to_all<TanhGate>(clip, values, count);
  else if (function == Activation::kRelu)
    apply_to_all<ReluGate>(clip, values, count);
  else
    apply_to_all<SigmoidGate>(clip, values, count);
}

}  // namespace backplane::cpu
