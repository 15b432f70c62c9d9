// RNN, LSTM and GRU, with those activations that have no parameters.
#include <algorithm>
#include <cmath>

#include "compare/element.hpp"
#include "ops/reference.hpp"

namespace backplane::conformance {
namespace {

enum Input : size_t { kX, kW, kR, kB, kLengths, kInitialH, kInitialC, kPeepholes };

struct Shape {
  int64_t steps, batch, inputs, hidden, directions;
  bool is_batch_first;
  std::string direction;
};

void check_sizes(const Request& request, size_t index, const Sizes& wanted) {
  if (has_input(request, index) && sizes_of(request.inputs[index].type) != wanted)
    throw NotDefined{"input " + std::to_string(index) + " of other sizes"};
}

Shape shape_of(const Request& request, int64_t gates) {
  const Settings settings(request);
  const Sizes x = sizes_of(request.inputs.at(kX).type);
  const Sizes r = sizes_of(request.inputs.at(kR).type);
  if (x.size() != 3 || r.size() != 3) throw NotDefined{"sequences have three axes"};
  Shape shape = {x[0],
                 x[1],
                 x[2],
                 r[2],
                 1,
                 settings.integer("layout", 0) != 0,
                 settings.text("direction", "forward")};
  if (shape.is_batch_first) std::swap(shape.steps, shape.batch);
  if (shape.direction == "bidirectional") shape.directions = 2;
  if (settings.integer("hidden_size", shape.hidden) != shape.hidden)
    throw NotDefined{"another hidden_size"};
  const int64_t d = shape.directions;
  check_sizes(request, kW, {d, gates * shape.hidden, shape.inputs});
  check_sizes(request, kR, {d, gates * shape.hidden, shape.hidden});
  check_sizes(request, kB, {d, 2 * gates * shape.hidden});
  check_sizes(request, kLengths, {shape.batch});
  const Sizes states = shape.is_batch_first ? Sizes{shape.batch, d, shape.hidden}
                                            : Sizes{d, shape.batch, shape.hidden};
  check_sizes(request, kInitialH, states);
  check_sizes(request, kInitialC, states);
  check_sizes(request, kPeepholes, {d, 3 * shape.hidden});
  return shape;
}

Types output_types(const Request& request, const Shape& shape) {
  const bp_dtype_t dtype = request.inputs[kX].type.dtype;
  const int64_t d = shape.directions;
  const Sizes all = shape.is_batch_first ? Sizes{shape.batch, shape.steps, d, shape.hidden}
                                         : Sizes{shape.steps, d, shape.batch, shape.hidden};
  const Sizes last = shape.is_batch_first ? Sizes{shape.batch, d, shape.hidden}
                                          : Sizes{d, shape.batch, shape.hidden};
  Types types = {tensor_type_of(dtype, all)};
  types.resize(request.output_count, tensor_type_of(dtype, last));
  return types;
}

enum class Activation { kSigmoid, kTanh, kRelu };

Activation activation_of(const std::string& name) {
  if (name == "Sigmoid") return Activation::kSigmoid;
  if (name == "Tanh") return Activation::kTanh;
  if (name == "Relu") return Activation::kRelu;
  throw NotDefined{"no reference of the activation " + name};
}

// The functions of one direction, in the definition's order, and what bounds their inputs.
struct Activations {
  std::vector<Activation> functions;
  Exact clip = static_cast<Exact>(INFINITY);

  template <class S>
  S apply(size_t function, const S& x) const {
    const S held = held_between(-clip, x, clip);
    switch (functions[function]) {
      case Activation::kSigmoid:
        return S(1) / (S(1) + exponential(-held));
      case Activation::kTanh:
        return hyperbolic_tangent(held);
      default:
        return held_between(Exact{0}, held, static_cast<Exact>(INFINITY));
    }
  }
};

Activations activations_of(const Request& request, std::vector<Activation> defaults,
                           int64_t direction, int64_t directions) {
  Activations result = {std::move(defaults)};
  const size_t count = result.functions.size();
  const Settings settings(request);
  if (settings.has("activation_alpha") || settings.has("activation_beta"))
    throw NotDefined{"no reference of activations with parameters"};
  if (slips(Slip::kIgnoresAttributes)) return result;
  if (settings.has("clip")) result.clip = static_cast<Exact>(settings.number("clip", 0));
  const std::vector<std::string> names = settings.texts("activations");
  if (names.empty()) return result;
  if (names.size() != count * static_cast<size_t>(directions))
    throw NotDefined{"another number of activations"};
  for (size_t i = 0; i < count; ++i)
    result.functions[i] = activation_of(names[static_cast<size_t>(direction) * count + i]);
  return result;
}

// One direction of one sequence of the batch.
template <class S>
struct Lane {
  const Call<S>& call;
  const Shape& shape;
  int64_t gates;
  int64_t direction;
  int64_t batch;
  Activations activations;

  S activate(size_t function, const S& x) const { return activations.apply(function, x); }
  S input(int64_t step, int64_t i) const {
    const int64_t row =
        shape.is_batch_first ? batch * shape.steps + step : step * shape.batch + batch;
    return call.in(kX)[row * shape.inputs + i];
  }
  int64_t state(int64_t i) const {
    const int64_t row = shape.is_batch_first ? batch * shape.directions + direction
                                             : direction * shape.batch + batch;
    return row * shape.hidden + i;
  }
  int64_t output(int64_t step, int64_t i) const {
    const int64_t row = shape.is_batch_first
                            ? (batch * shape.steps + step) * shape.directions + direction
                            : (step * shape.directions + direction) * shape.batch + batch;
    return row * shape.hidden + i;
  }
  // Bias of a gate: of the input's half or the state's.
  S bias(int64_t half, int64_t gate, int64_t i) const {
    if (!call.has(kB)) return S(0);
    return call.in(kB)[((direction * 2 + half) * gates + gate) * shape.hidden + i];
  }
  S from_input(int64_t step, int64_t gate, int64_t i) const {
    const int64_t row = (direction * gates + gate) * shape.hidden + i;
    Sum<S> sum;
    for (int64_t k = 0; k < shape.inputs; ++k)
      sum.add_product(input(step, k), call.in(kW)[row * shape.inputs + k]);
    sum.add(bias(0, gate, i));
    return sum.total();
  }
  S from_state(const std::vector<S>& state, int64_t gate, int64_t i, bool has_bias = true) const {
    const int64_t row = (direction * gates + gate) * shape.hidden + i;
    Sum<S> sum;
    if (has_bias) sum.add(bias(1, gate, i));
    for (int64_t k = 0; k < shape.hidden; ++k)
      sum.add_product(state[static_cast<size_t>(k)], call.in(kR)[row * shape.hidden + k]);
    return sum.total();
  }
  std::vector<S> initial(size_t index) const {
    std::vector<S> all(static_cast<size_t>(shape.hidden), S(0));
    for (int64_t i = 0; call.has(index) && i < shape.hidden && !slips(Slip::kForgetsState); ++i)
      all[static_cast<size_t>(i)] = call.in(index)[state(i)];
    return all;
  }
  S peephole(int64_t gate, const S& cell, int64_t i) const {
    if (!call.has(kPeepholes)) return S(0);
    return call.in(kPeepholes)[(direction * 3 + gate) * shape.hidden + i] * cell;
  }
};

// What a lane remembers between steps; LSTM alone has cells.
template <class S>
struct State {
  std::vector<S> hidden;
  std::vector<S> cells;
};

// One gate, the state itself.
struct Rnn {
  static constexpr int64_t kGates = 1;
  static std::vector<Activation> activations() { return {Activation::kTanh}; }

  template <class S>
  static State<S> step(const Lane<S>& lane, int64_t step, const State<S>& before) {
    State<S> after = before;
    for (int64_t i = 0; i < lane.shape.hidden; ++i)
      after.hidden[static_cast<size_t>(i)] =
          lane.activate(0, lane.from_input(step, 0, i) + lane.from_state(before.hidden, 0, i));
    return after;
  }
};

// Gates i, o, f, c.
struct Lstm {
  static constexpr int64_t kGates = 4;
  static std::vector<Activation> activations() {
    return {Activation::kSigmoid, Activation::kTanh, Activation::kTanh};
  }

  template <class S>
  static State<S> step(const Lane<S>& lane, int64_t step, const State<S>& before) {
    const bool couples = lane.call.settings.integer("input_forget", 0) != 0;
    const bool is_swapped = slips(Slip::kSwapsGates);
    State<S> after = before;
    for (int64_t i = 0; i < lane.shape.hidden; ++i) {
      const auto at = static_cast<size_t>(i);
      const auto gate = [&](int64_t which) {
        return lane.from_input(step, which, i) + lane.from_state(before.hidden, which, i);
      };
      const S& cell = before.cells[at];
      const S in = lane.activate(0, gate(0) + lane.peephole(0, cell, i));
      const S keep = couples
                         ? S(1) - in
                         : lane.activate(0, gate(is_swapped ? 1 : 2) + lane.peephole(2, cell, i));
      after.cells[at] = keep * cell + in * lane.activate(1, gate(3));
      const S out =
          lane.activate(0, gate(is_swapped ? 2 : 1) + lane.peephole(1, after.cells[at], i));
      after.hidden[at] = out * lane.activate(2, after.cells[at]);
    }
    return after;
  }
};

// Gates z, r, h.
struct Gru {
  static constexpr int64_t kGates = 3;
  static std::vector<Activation> activations() { return {Activation::kSigmoid, Activation::kTanh}; }

  template <class S>
  static State<S> step(const Lane<S>& lane, int64_t step, const State<S>& before) {
    const bool is_linear = lane.call.settings.integer("linear_before_reset", 0) != 0;
    const bool is_swapped = slips(Slip::kSwapsGates);
    const auto gate = [&](int64_t which, int64_t i) {
      return lane.activate(
          0, lane.from_input(step, which, i) + lane.from_state(before.hidden, which, i));
    };
    std::vector<S> reset;
    std::vector<S> kept;
    for (int64_t i = 0; i < lane.shape.hidden; ++i) {
      reset.push_back(gate(is_swapped ? 0 : 1, i));
      kept.push_back(reset.back() * before.hidden[static_cast<size_t>(i)]);
    }
    State<S> after = before;
    for (int64_t i = 0; i < lane.shape.hidden; ++i) {
      const auto at = static_cast<size_t>(i);
      const S update = gate(is_swapped ? 1 : 0, i);
      const S recurrent = is_linear ? reset[at] * lane.from_state(before.hidden, 2, i)
                                    : lane.from_state(kept, 2, i);
      const S proposed = lane.activate(1, lane.from_input(step, 2, i) + recurrent);
      after.hidden[at] = (S(1) - update) * proposed + update * before.hidden[at];
    }
    return after;
  }
};

template <class Cell>
struct Recurrent {
  static Types infer(const Request& request) {
    const Shape shape = shape_of(request, Cell::kGates);
    for (int64_t direction = 0; direction < shape.directions; ++direction)
      activations_of(request, Cell::activations(), direction, shape.directions);
    return output_types(request, shape);
  }

  template <class S>
  static void run(Call<S>& call) {
    const Shape shape = shape_of(call.request, Cell::kGates);
    for (int64_t direction = 0; direction < shape.directions; ++direction)
      for (int64_t batch = 0; batch < shape.batch; ++batch)
        run_lane(call,
                 {call, shape, Cell::kGates, direction, batch,
                  activations_of(call.request, Cell::activations(), direction, shape.directions)});
  }

  // Steps beyond a sequence's length give 0, and its last states are those of its last step.
  template <class S>
  static void run_lane(Call<S>& call, const Lane<S>& lane) {
    const Shape& shape = lane.shape;
    int64_t length = shape.steps;
    if (call.has(kLengths) && !slips(Slip::kIgnoresLengths))
      length = integers_of(call.request.inputs[kLengths])[static_cast<size_t>(lane.batch)];
    const bool is_backwards = shape.direction == "reverse" || lane.direction == 1;
    State<S> state = {lane.initial(kInitialH), lane.initial(kInitialC)};
    for (int64_t i = 0; i < length; ++i) {
      const int64_t step = is_backwards ? length - 1 - i : i;
      state = Cell::step(lane, step, state);
      for (int64_t k = 0; k < shape.hidden; ++k)
        call.out()[lane.output(step, k)] = state.hidden[static_cast<size_t>(k)];
    }
    for (int64_t k = 0; k < shape.hidden; ++k) {
      if (call.wants(1)) call.out(1)[lane.state(k)] = state.hidden[static_cast<size_t>(k)];
      if (call.wants(2)) call.out(2)[lane.state(k)] = state.cells[static_cast<size_t>(k)];
    }
  }
};

}  // namespace

void add_recurrent(References& all) {
  const std::vector<Fill> fills = {Fill::kReal, Fill::kUnits};
  const std::vector<Slip> slips = {Slip::kSwapsGates, Slip::kForgetsState, Slip::kIgnoresLengths,
                                   Slip::kIgnoresAttributes};
  all.push_back(reference<Recurrent<Rnn>>(
      "RNN", 17, Precision::kComposite, fills,
      {Slip::kForgetsState, Slip::kIgnoresLengths, Slip::kIgnoresAttributes}));
  all.push_back(reference<Recurrent<Lstm>>("LSTM", 17, Precision::kComposite, fills, slips));
  all.push_back(reference<Recurrent<Gru>>("GRU", 17, Precision::kComposite, fills, slips));
}

}  // namespace backplane::conformance
