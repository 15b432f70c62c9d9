// The way of RNN, LSTM and GRU through a sequence: the input's products with the weights are made
// for many steps at once, the state's for all batch elements of a step. States are kept unrounded
// between steps.
#pragma once

#include <algorithm>

#include "../threads.hpp"
#include "recurrent_pass.hpp"

namespace backplane::cpu {

template <class T>
class RecurrentLoops {
 public:
  using A = Computed<T>;
  using Pass = RecurrentPass<T>;
  using Panels = RecurrentPanels<A>;

  RecurrentLoops(const Pass& pass, const CellPhases<T>& phases) : pass_(pass), phases_(phases) {}

  void run() const {
    const RecurrentSizes& sizes = pass_.sizes;
    pack(pass_.weights, sizes.input, pass_.room_for_weights);
    pack(pass_.recurrence, pass_.node.hidden, pass_.room_for_recurrence);
    for (int64_t b = 0; b < sizes.batch; ++b) begin_sequence(b);
    for (int64_t i = 0; i < sizes.steps; ++i) {
      if (i % sizes.steps_at_once() == 0)
        multiply_inputs(i, std::min(sizes.steps, i + sizes.steps_at_once()));
      run_step(i);
    }
    for (int64_t b = 0; b < sizes.batch; ++b) end_sequence(b);
  }

 private:
  static constexpr int64_t kProductsAnElement = 8;
  static constexpr int64_t kCostOfGate = 4;

  static void load_state(const T* from, A* to, int64_t count) {
    for (int64_t i = 0; i < count; ++i) to[i] = from != nullptr ? load(from[i]) : A{0};
  }
  static void store_state(const A* from, T* to, int64_t count) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) to[i] = store<T>(from[i]);
  }

  void pack(const T* from, int64_t length, A* room) const {
    if (room != nullptr)
      Panels::pack_gates(from, pass_.node.gates, pass_.node.hidden, length, room);
  }

  void begin_sequence(int64_t b) const {
    const int64_t at = pass_.state_at(b), hidden = pass_.node.hidden;
    const CellStep<T> step = pass_.cell_step(0, b);
    const T *state = pass_.initial_state, *cell = pass_.initial_cell;
    load_state(state != nullptr ? state + at : nullptr, step.state, hidden);
    load_state(cell != nullptr ? cell + at : nullptr, step.cell, hidden);
    const int64_t rest = Pass::kept_length(hidden) - hidden;
    std::fill_n(step.state + hidden, rest, A{0});
    std::fill_n(step.spare + hidden, rest, A{0});
  }

  void end_sequence(int64_t b) const {
    const int64_t at = pass_.state_at(b), hidden = pass_.node.hidden;
    const CellStep<T> step = pass_.cell_step(0, b);
    for (int64_t t = pass_.length(b); pass_.states != nullptr && t < pass_.sizes.steps; ++t)
      std::fill_n(pass_.states + pass_.output_at(t, b), hidden, store<T>(0));
    if (pass_.last_state != nullptr) store_state(step.state, pass_.last_state + at, hidden);
    if (pass_.last_cell != nullptr) store_state(step.cell, pass_.last_cell + at, hidden);
  }

  template <class W, class V>
  void multiply(const W* weights, int64_t rows, int64_t length, const RecurrentVector<V>* vectors,
                int64_t count) const {
    using Products = RecurrentProducts<W, V>;
    static const auto add = Levels<&Products::add>::best();
    const int64_t tiles = (rows + Products::kRows - 1) / Products::kRows;
    parallel_pieces(tiles, count * rows * length / kProductsAnElement,
                    [&](int64_t first, int64_t last) {
                      add(weights, first * Products::kRows, std::min(rows, last * Products::kRows),
                          length, vectors, count);
                    });
  }

  // The same for gates whose panels begin at `packed`.
  void multiply_panels(const A* packed, int64_t gates, int64_t length,
                       const RecurrentVector<A>* vectors, int64_t count) const {
    static const auto add = Levels<&Panels::add>::best();
    const int64_t hidden = pass_.node.hidden;
    parallel_pieces(gates * Panels::panels(hidden),
                    count * gates * hidden * length / kProductsAnElement,
                    [&](int64_t first, int64_t last) {
                      add(packed, hidden, first, last, length, vectors, count);
                    });
  }

  // Gates of steps [first, last): biases and the input's products.
  void multiply_inputs(int64_t first, int64_t last) const {
    const int64_t rows = pass_.gate_rows();
    int64_t count = 0;
    for (int64_t i = first; i < last; ++i)
      for (int64_t b = 0; b < pass_.sizes.batch; ++b) {
        if (i >= pass_.length(b)) continue;
        A* gates = pass_.gates_of(i, b);
        load_state(pass_.bias, gates, rows);
        const T* x = pass_.x + pass_.input_at(pass_.step_at(i, b), b);
        if (pass_.packed_weights == nullptr)
          pass_.input_vectors[count] = {x, gates};
        else
          pass_.packed_vectors[count] = {packed_input(x, count), gates};
        ++count;
      }
    const int64_t length = pass_.sizes.input;
    if (pass_.packed_weights == nullptr)
      multiply<T, T>(pass_.weights, rows, length, pass_.input_vectors, count);
    else
      multiply_panels(pass_.packed_weights, pass_.node.gates, length, pass_.packed_vectors, count);
  }

  const A* packed_input(const T* x, int64_t at) const {
    A* to = pass_.packed_inputs + at * Pass::kept_length(pass_.sizes.input);
    load_state(x, to, pass_.sizes.input);
    return to;
  }

  void multiply_states(int64_t first_gate, int64_t gates, int64_t count) const {
    const int64_t hidden = pass_.node.hidden;
    if (pass_.packed_recurrence == nullptr)
      multiply<T, A>(pass_.recurrence + first_gate * hidden * hidden, gates * hidden, hidden,
                     pass_.state_vectors, count);
    else
      multiply_panels(pass_.packed_recurrence + first_gate * Panels::packed_size(hidden, hidden),
                      gates, hidden, pass_.state_vectors, count);
  }

  void run_step(int64_t i) const {
    const int64_t hidden = pass_.node.hidden;
    for (const CellPhase<T>& phase : phases_) {
      if (phase.gates == 0) continue;
      int64_t count = 0;
      for (int64_t b = 0; b < pass_.sizes.batch; ++b)
        if (i < pass_.length(b))
          pass_.state_vectors[count++] = phase.product(pass_.cell_step(i, b));
      multiply_states(phase.first_gate, phase.gates, count);
      parallel_pieces(pass_.sizes.batch, count * phase.gates * hidden * kCostOfGate,
                      [&](int64_t first, int64_t last) {
                        for (int64_t b = first; b < last; ++b)
                          if (i < pass_.length(b)) phase.finish(pass_.cell_step(i, b));
                      });
    }
    store_step(i);
  }

  void store_step(int64_t i) const {
    if (pass_.states == nullptr) return;
    for (int64_t b = 0; b < pass_.sizes.batch; ++b)
      if (i < pass_.length(b))
        store_state(pass_.cell_step(i, b).state,
                    pass_.states + pass_.output_at(pass_.step_at(i, b), b), pass_.node.hidden);
  }

  Pass pass_;
  CellPhases<T> phases_;
};

}  // namespace backplane::cpu
