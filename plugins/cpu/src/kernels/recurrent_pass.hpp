// What the loops of RNN, LSTM and GRU are given: a launch in one direction, one batch element of
// one of its steps, and what the cell makes of it.
#pragma once

#include "recurrent.hpp"
#include "recurrent_panels.hpp"

namespace backplane::cpu {

// What a cell is given for one batch element of one step.
template <class T>
struct CellStep {
  using A = Computed<T>;
  const RecurrentNode& node;
  const std::array<Activation, 3>& functions;
  A* gates;  // [gates][hidden]: the products with the input, and their biases
  A* state;  // in and out
  A* cell;   // kept between steps; first the initial cell
  A* spare;
  const T* bias;       // of this direction, or nullptr
  const T* peepholes;  // the same

  BACKPLANE_CPU_INLINE A* gate(int64_t which) const { return gates + which * node.hidden; }
  // Of the state's products.
  BACKPLANE_CPU_INLINE void add_bias(int64_t first_gate, A* to, int64_t count) const {
    if (bias == nullptr) return;
    const T* from = bias + (node.gates + first_gate) * node.hidden;
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] += load(from[i]);
  }
  BACKPLANE_CPU_INLINE void add_peephole(int64_t which, const A* weighs, A* to) const {
    if (peepholes == nullptr) return;
    const T* from = peepholes + which * node.hidden;
#pragma omp simd
    for (int64_t i = 0; i < node.hidden; ++i) to[i] += load(from[i]) * weighs[i];
  }
  BACKPLANE_CPU_INLINE void activate(uint32_t function, A* values, int64_t count) const {
    activate_all(functions[function], static_cast<A>(node.clip), values, count);
  }
};

// A part of a step: products of the gates' rows with a vector, and what the cell does then.
template <class T>
struct CellPhase {
  using Step = CellStep<T>;
  int64_t first_gate, gates;
  RecurrentVector<Computed<T>> (*product)(const Step& step);
  void (*finish)(const Step& step);
};

// A phase of no gates is none.
template <class T>
using CellPhases = std::array<CellPhase<T>, 2>;

// One direction of one launch.
template <class T>
struct RecurrentPass {
  using A = Computed<T>;
  using InputVector = RecurrentVector<T>;
  using StateVector = RecurrentVector<A>;

  const RecurrentNode& node;
  const RecurrentSizes& sizes;
  int64_t direction;
  const T *x, *weights, *recurrence, *bias, *peepholes;
  const T *initial_state, *initial_cell;
  const int32_t* lengths;
  T *states, *last_state, *last_cell;

  // Scratch: steps_at_once() * batch of each, but for `kept`.
  InputVector* input_vectors;
  StateVector* state_vectors;
  StateVector* packed_vectors;  // for input_vectors, where the input is packed
  A* gates;
  A* kept;  // per batch element: state, and what the cell keeps
  // Panels, and vectors for them, or nullptr: all is read as it lies.
  const A *packed_weights, *packed_recurrence;
  A* packed_inputs;
  A *room_for_weights,
      *room_for_recurrence;  // to be packed into first; nullptr: nothing is

  int64_t length(int64_t b) const { return lengths != nullptr ? lengths[b] : sizes.steps; }
  int64_t step_at(int64_t i, int64_t b) const {
    return direction == 1 || node.is_reverse ? length(b) - 1 - i : i;
  }
  int64_t gate_rows() const { return node.gates * node.hidden; }
  A* gates_of(int64_t i, int64_t b) const {
    return gates + (i % sizes.steps_at_once() * sizes.batch + b) * gate_rows();
  }
  CellStep<T> cell_step(int64_t i, int64_t b) const {
    const int64_t length = kept_length(node.hidden);
    A* state = kept + b * kKeptRows * length;
    return {node,           node.activations[static_cast<size_t>(direction)],
            gates_of(i, b), state,
            state + length, state + 2 * length,
            bias,           peepholes};
  }

  // Where the states of a batch element begin, in a tensor of one state for each direction.
  int64_t state_at(int64_t b) const {
    return (node.is_batch_first ? b * node.directions + direction : direction * sizes.batch + b) *
           node.hidden;
  }
  int64_t output_at(int64_t t, int64_t b) const {
    return (node.is_batch_first ? (b * sizes.steps + t) * node.directions + direction
                                : (t * node.directions + direction) * sizes.batch + b) *
           node.hidden;
  }
  int64_t input_at(int64_t t, int64_t b) const {
    return (node.is_batch_first ? b * sizes.steps + t : t * sizes.batch + b) * sizes.input;
  }

  // Rows begin where a vector register may be filled at once.
  static constexpr int64_t kept_length(int64_t hidden) { return (hidden + 15) / 16 * 16; }
  static constexpr int64_t kKeptRows = 3;

  // Whether so much is made of the weights that they are worth packing.
  static bool is_packed(const RecurrentSizes& sizes) {
    constexpr int64_t kMany = 4;
    return sizes.batch >= kMany && sizes.steps >= kMany;
  }
};

}  // namespace backplane::cpu
