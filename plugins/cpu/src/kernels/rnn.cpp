// RNN: one gate, whose activation is the state.
#include "recurrent_kernel.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kGates = 1;
constexpr uint32_t kFunctions = 1;

template <class T>
struct RnnCell {
  using A = Computed<T>;
  using Vector = typename RecurrentProducts<T, A>::Vector;

  static CellPhases<T> phases() {
    return {{{0, kGates, product, Levels<&RnnCell::finish>::best()}, {}}};
  }

 private:
  static Vector product(const CellStep<T>& step) { return {step.state, step.gates}; }

  BACKPLANE_CPU_INLINE static void finish(const CellStep<T>& step) {
    const int64_t hidden = step.node.hidden;
    step.add_bias(0, step.gates, hidden);
    step.activate(0, step.gates, hidden);
    std::copy_n(step.gates, hidden, step.state);
  }
};

RecurrentNode read(const Node& node) { return check_recurrent(node, kGates, kFunctions, 6, 2); }

void check(const Node& node) { read(node); }

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kSequence).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<RecurrentKernel<T>>(node, device, read(node), RnnCell<T>::phases());
  });
  return made;
}

}  // namespace

void add_rnn(OperatorTable& table) { table.push_back({"RNN", {7, 14}, check, create}); }

}  // namespace backplane::cpu
