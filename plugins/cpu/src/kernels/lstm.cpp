// LSTM. Its gates lie in the order i, o, f, c; of the peepholes i, o, f.
#include "recurrent_kernel.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kGates = 4;
constexpr uint32_t kFunctions = 3;

template <class T>
struct LstmCell {
  using A = Computed<T>;
  bool couples;  // input and forget gate: f = 1 - i

  template <class AddState>
  void run(const CellStep<T>& step, AddState add_state) const {
    const int64_t hidden = step.node.hidden;
    add_state(step.recurrence, step.state, step.gates, kGates * hidden, hidden);
    for (int64_t i = 0; step.bias != nullptr && i < kGates * hidden; ++i)
      step.gates[i] += load(step.bias[kGates * hidden + i]);
    for (int64_t i = 0; i < hidden; ++i) run_element(step, i);
  }

 private:
  void run_element(const CellStep<T>& step, int64_t i) const {
    const int64_t hidden = step.node.hidden;
    const auto gate = [&](int64_t which) { return step.gates[which * hidden + i]; };
    const auto peep = [&](int64_t which, A cell) {
      return step.peepholes != nullptr ? load(step.peepholes[which * hidden + i]) * cell : A{0};
    };
    A& cell = step.extra[i];
    const A in = step.function(0, gate(0) + peep(0, cell));
    const A forget = couples ? 1 - in : step.function(0, gate(2) + peep(2, cell));
    cell = forget * cell + in * step.function(1, gate(3));
    const A out = step.function(0, gate(1) + peep(1, cell));
    step.state[i] = out * step.function(2, cell);
  }
};

RecurrentNode read(const Node& node) { return check_recurrent(node, kGates, kFunctions, 8, 3); }

void check(const Node& node) { read(node); }

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kSequence).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<RecurrentKernel<T, LstmCell<T>>>(
        node, read(node), LstmCell<T>{node.int_attribute("input_forget", 0) != 0});
  });
  return made;
}

}  // namespace

void add_lstm(OperatorTable& table) { table.push_back({"LSTM", {7, 14}, check, create}); }

}  // namespace backplane::cpu
