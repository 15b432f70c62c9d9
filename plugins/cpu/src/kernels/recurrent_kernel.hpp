// The way of LSTM and GRU through a sequence. A Cell<T> says what one step makes of the products of
// input and state with the weights. Products are summed in float, in lanes side by side, in double
// for float64; states are kept unrounded between steps.
#pragma once

#include <algorithm>

#include "../threads.hpp"
#include "levels.hpp"
#include "recurrent.hpp"

namespace backplane::cpu {

// What a cell is given for one batch element of one step.
template <class T>
struct CellStep {
  using A = Computed<T>;
  const RecurrentNode& node;
  const std::array<Activation, 3>& functions;
  A* gates;             // [gates][hidden]: the products with input and state, and the biases
  A* extra;             // [2][hidden], for the cell to use
  A* state;             // in and out
  const T* recurrence;  // of this direction
  const T* bias;        // of this direction, or nullptr
  const T* peepholes;   // the same

  A function(uint32_t which, A x) const {
    return activate(functions[which], x, static_cast<A>(node.clip));
  }
};

template <class T>
struct RecurrentLoops {
  using A = Computed<T>;

  template <class V>
  BACKPLANE_CPU_INLINE static A dot(const T* row, const V* vector, int64_t count) {
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; ++i) sum += load(row[i]) * static_cast<A>(load(vector[i]));
    return sum;
  }
  BACKPLANE_CPU_INLINE static void add_input(const T* rows, const T* x, A* sums, int64_t count,
                                             int64_t length) {
    for (int64_t i = 0; i < count; ++i) sums[i] += dot(rows + i * length, x, length);
  }
  BACKPLANE_CPU_INLINE static void add_state(const T* rows, const A* state, A* sums, int64_t count,
                                             int64_t length) {
    for (int64_t i = 0; i < count; ++i) sums[i] += dot(rows + i * length, state, length);
  }
};

template <class T, class Cell>
class RecurrentKernel : public Kernel {
 public:
  using A = Computed<T>;

  RecurrentKernel(const Node& node, RecurrentNode read, Cell cell)
      : node_(read),
        cell_(cell),
        input_count_(node.input_count()),
        output_count_(node.output_count()),
        add_input_(Levels<&RecurrentLoops<T>::add_input>::best()),
        add_state_(Levels<&RecurrentLoops<T>::add_state>::best()) {
    traits_.is_shape_free = true;
    const bool is_known = !has_unknown_size(node.input(kSequence));
    traits_.scratch_size = is_known ? size_of_scratch(node.input(kSequence)) : BP_SIZE_UNKNOWN;
  }

  uint64_t scratch_size(const bp_tensor_type_t* inputs, const bp_tensor_type_t*) const override {
    return size_of_scratch(inputs[kSequence]);
  }

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override {
    const RecurrentSizes sizes(node_, inputs[kSequence].type);
    const auto* lengths = input<const int32_t>(inputs, kLengths);
    for (int64_t b = 0; lengths != nullptr && b < sizes.batch; ++b)
      if (lengths[b] < 0 || lengths[b] > sizes.steps)
        fail(BP_STATUS_INVALID_ARGUMENT, "a sequence of " + std::to_string(lengths[b]) +
                                             " steps in one of " + std::to_string(sizes.steps));
    if (sizes.batch == 0) return;
    auto* work = reinterpret_cast<A*>(data<char>(*scratch));
    const int64_t cost = sizes.batch * sizes.steps * node_.gates * node_.hidden *
                         (sizes.input + node_.hidden) * node_.directions / kProductsAnElement;
    parallel_pieces(sizes.batch * node_.directions, cost, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i)
        run_sequence(inputs, outputs, sizes, i / sizes.batch, i % sizes.batch,
                     work + i * kRowsOfWork * node_.hidden);
    });
  }

 private:
  static constexpr int64_t kRowsOfWork = 6;  // gates, state, and what the cell keeps
  static constexpr int64_t kProductsAnElement = 8;

  uint64_t size_of_scratch(const bp_tensor_type_t& x) const {
    const RecurrentSizes sizes(node_, x);
    return static_cast<uint64_t>(sizes.batch * node_.directions * kRowsOfWork * node_.hidden) *
           sizeof(A);
  }

  template <class V>
  V* input(const bp_tensor_t* inputs, uint32_t index) const {
    return index < input_count_ ? data<V>(inputs[index]) : nullptr;
  }
  T* output(const bp_tensor_t* outputs, uint32_t index) const {
    const bool is_there = index < output_count_ && outputs[index].type.dtype != 0;
    return is_there ? data<T>(outputs[index]) : nullptr;
  }
  const T* of_direction(const bp_tensor_t* inputs, uint32_t index, int64_t direction,
                        int64_t size) const {
    const T* all = input<const T>(inputs, index);
    return all != nullptr ? all + direction * size : nullptr;
  }

  // Where the states of a batch element begin, in a tensor of one state for each direction.
  int64_t state_at(const RecurrentSizes& sizes, int64_t direction, int64_t b) const {
    return (node_.is_batch_first ? b * node_.directions + direction : direction * sizes.batch + b) *
           node_.hidden;
  }
  int64_t output_at(const RecurrentSizes& sizes, int64_t step, int64_t direction, int64_t b) const {
    return (node_.is_batch_first ? (b * sizes.steps + step) * node_.directions + direction
                                 : (step * node_.directions + direction) * sizes.batch + b) *
           node_.hidden;
  }
  int64_t input_at(const RecurrentSizes& sizes, int64_t step, int64_t b) const {
    return (node_.is_batch_first ? b * sizes.steps + step : step * sizes.batch + b) * sizes.input;
  }

  void load_state(const T* from, A* to) const {
    for (int64_t i = 0; i < node_.hidden; ++i) to[i] = from != nullptr ? load(from[i]) : A{0};
  }
  void store_state(const A* from, T* to) const {
    for (int64_t i = 0; i < node_.hidden; ++i) to[i] = store<T>(from[i]);
  }

  CellStep<T> first_step(const bp_tensor_t* inputs, int64_t direction, int64_t at, A* work) const {
    const int64_t hidden = node_.hidden;
    const int64_t rows = node_.gates * hidden;
    A* state = work + rows;
    A* cell = state + hidden;
    const T* initial = input<const T>(inputs, kInitialState);
    const T* initial_cell = input<const T>(inputs, kInitialCell);
    load_state(initial != nullptr ? initial + at : nullptr, state);
    load_state(initial_cell != nullptr ? initial_cell + at : nullptr, cell);
    return {node_,
            node_.activations[static_cast<size_t>(direction)],
            work,
            cell,
            state,
            of_direction(inputs, kRecurrence, direction, rows * hidden),
            of_direction(inputs, kBias, direction, 2 * rows),
            of_direction(inputs, kPeepholes, direction, 3 * hidden)};
  }

  // One batch element in one direction, from the first step to the last.
  void run_sequence(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
                    const RecurrentSizes& sizes, int64_t direction, int64_t b, A* work) const {
    const int64_t at = state_at(sizes, direction, b);
    const int64_t rows = node_.gates * node_.hidden;
    const CellStep<T> step = first_step(inputs, direction, at, work);
    const auto* lengths = input<const int32_t>(inputs, kLengths);
    const int64_t length = lengths != nullptr ? lengths[b] : sizes.steps;
    const T* weights = of_direction(inputs, kWeights, direction, rows * sizes.input);
    T* states = output(outputs, kStates);
    for (int64_t i = 0; i < length; ++i) {
      const int64_t t = (direction == 1 || node_.is_reverse) ? length - 1 - i : i;
      begin_step(step);
      add_input_(weights, data<const T>(inputs[kSequence]) + input_at(sizes, t, b), step.gates,
                 rows, sizes.input);
      cell_.run(step, add_state_);
      if (states != nullptr) store_state(step.state, states + output_at(sizes, t, direction, b));
    }
    for (int64_t t = length; states != nullptr && t < sizes.steps; ++t)
      std::fill_n(states + output_at(sizes, t, direction, b), node_.hidden, store<T>(0));
    if (T* last = output(outputs, kLastState)) store_state(step.state, last + at);
    if (T* last = output(outputs, kLastCell)) store_state(step.extra, last + at);
  }

  // The gates begin with the biases of the input's products.
  void begin_step(const CellStep<T>& step) const {
    const int64_t rows = node_.gates * node_.hidden;
    for (int64_t i = 0; i < rows; ++i)
      step.gates[i] = step.bias != nullptr ? load(step.bias[i]) : A{0};
  }

  RecurrentNode node_;
  Cell cell_;
  uint32_t input_count_;
  uint32_t output_count_;
  void (*add_input_)(const T*, const T*, A*, int64_t, int64_t);
  void (*add_state_)(const T*, const A*, A*, int64_t, int64_t);
};

}  // namespace backplane::cpu
