// GRU. Its gates lie in the order z, r, h.
#include "recurrent_kernel.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kGates = 3;
constexpr uint32_t kFunctions = 2;

// With kResetsProducts (linear_before_reset) r weighs the state's products, not the state.
template <class T, bool kResetsProducts>
struct GruCell {
  using A = Computed<T>;
  using Vector = typename RecurrentProducts<T, A>::Vector;

  static CellPhases<T> phases() {
    return {{{0, 2, product, Levels<&GruCell::weigh>::best()},
             {2, 1, weighed_product, Levels<&GruCell::finish>::best()}}};
  }

 private:
  static Vector product(const CellStep<T>& step) { return {step.state, step.gates}; }
  static Vector weighed_product(const CellStep<T>& step) { return {step.spare, step.cell}; }

  BACKPLANE_CPU_INLINE static void weigh(const CellStep<T>& step) {
    const int64_t hidden = step.node.hidden;
    const A *reset = step.gate(1), *state = step.state;
    A *products = step.cell, *weighed = step.spare;
    step.add_bias(0, step.gates, 2 * hidden);
    step.activate(0, step.gates, 2 * hidden);
    std::fill_n(products, hidden, A{0});
    step.add_bias(2, products, hidden);
#pragma omp simd
    for (int64_t i = 0; i < hidden; ++i)
      weighed[i] = kResetsProducts ? state[i] : reset[i] * state[i];
  }

  BACKPLANE_CPU_INLINE static void finish(const CellStep<T>& step) {
    const int64_t hidden = step.node.hidden;
    const A *update = step.gate(0), *reset = step.gate(1), *products = step.cell;
    A *fresh = step.gate(2), *state = step.state;
#pragma omp simd
    for (int64_t i = 0; i < hidden; ++i)
      fresh[i] += kResetsProducts ? reset[i] * products[i] : products[i];
    step.activate(1, fresh, hidden);
#pragma omp simd
    for (int64_t i = 0; i < hidden; ++i)
      state[i] = (1 - update[i]) * fresh[i] + update[i] * state[i];
  }
};

RecurrentNode read(const Node& node) { return check_recurrent(node, kGates, kFunctions, 6, 2); }

void check(const Node& node) { read(node); }

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  const bool resets = node.int_attribute("linear_before_reset", 0) != 0;
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kSequence).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<RecurrentKernel<T>>(
        node, device, read(node),
        resets ? GruCell<T, true>::phases() : GruCell<T, false>::phases());
  });
  return made;
}

}  // namespace

void add_gru(OperatorTable& table) { table.push_back({"GRU", {7, 14}, check, create}); }

}  // namespace backplane::cpu
