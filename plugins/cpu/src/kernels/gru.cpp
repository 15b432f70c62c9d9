// GRU. Its gates lie in the order z, r, h.
#include "recurrent_kernel.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kGates = 3;
constexpr uint32_t kFunctions = 2;

template <class T>
struct GruCell {
  using A = Computed<T>;
  bool resets_products;  // linear_before_reset: r weighs the state's products, not the state

  template <class AddState>
  void run(const CellStep<T>& step, AddState add_state) const {
    const int64_t hidden = step.node.hidden;
    add_state(step.recurrence, step.state, step.gates, 2 * hidden, hidden);
    for (int64_t i = 0; i < 2 * hidden; ++i)
      step.gates[i] = step.function(0, step.gates[i] + bias_at(step, i));
    A* reset = step.gates + hidden;
    A* products = step.extra;
    A* weighed = step.extra + hidden;
    for (int64_t i = 0; i < hidden; ++i) {
      products[i] = bias_at(step, 2 * hidden + i);
      weighed[i] = resets_products ? step.state[i] : reset[i] * step.state[i];
    }
    add_state(step.recurrence + 2 * hidden * hidden, weighed, products, hidden, hidden);
    for (int64_t i = 0; i < hidden; ++i) {
      const A weight = resets_products ? reset[i] : A{1};
      const A fresh = step.function(1, step.gates[2 * hidden + i] + weight * products[i]);
      step.state[i] = (1 - step.gates[i]) * fresh + step.gates[i] * step.state[i];
    }
  }

 private:
  // Of the state's products.
  static A bias_at(const CellStep<T>& step, int64_t i) {
    return step.bias != nullptr ? load(step.bias[kGates * step.node.hidden + i]) : A{0};
  }
};

RecurrentNode read(const Node& node) { return check_recurrent(node, kGates, kFunctions, 6, 2); }

void check(const Node& node) { read(node); }

std::unique_ptr<Kernel> create(const Node& node, Device&) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kSequence).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<RecurrentKernel<T, GruCell<T>>>(
        node, read(node), GruCell<T>{node.int_attribute("linear_before_reset", 0) != 0});
  });
  return made;
}

}  // namespace

void add_gru(OperatorTable& table) { table.push_back({"GRU", {7, 14}, check, create}); }

}  // namespace backplane::cpu
