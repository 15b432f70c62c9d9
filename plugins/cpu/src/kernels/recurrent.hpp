// What LSTM and GRU have in common: sizes, directions, activations, and where a step's elements
// lie.
#pragma once

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
};

template <class A>
A activate(Activation function, A x, A clip) {
  const A held = x > clip ? clip : (x < -clip ? -clip : x);
  switch (function) {
    case Activation::kTanh:
      if constexpr (std::is_same_v<A, float>)
        return tanh_of(held);
      else
        return std::tanh(held);
    case Activation::kRelu:
      return held < 0 ? A{0} : held;
    default:
      if constexpr (std::is_same_v<A, float>)
        return sigmoid_of(held);
      else
        return held < 0 ? std::exp(held) / (1 + std::exp(held)) : 1 / (1 + std::exp(-held));
  }
}

}  // namespace backplane::cpu
