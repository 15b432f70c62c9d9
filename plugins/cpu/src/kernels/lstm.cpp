// LSTM. Its gates lie in the order i, o, f, c; of the peepholes i, o, f.
#include "recurrent_kernel.hpp"

namespace backplane::cpu {

namespace {

constexpr int64_t kGates = 4;
constexpr uint32_t kFunctions = 3;

// With kCouples the forget gate is 1 - i.
template <class T, bool kCouples>
struct LstmCell {
  using A = Computed<T>;
  using Vector = typename RecurrentProducts<T, A>::Vector;

  static CellPhases<T> phases() {
    return {{{0, kGates, product, Levels<&LstmCell::finish>::best()}, {}}};
  }

 private:
  static Vector product(const CellStep<T>& step) { return {step.state, step.gates}; }

  BACKPLANE_CPU_INLINE static void finish(const CellStep<T>& step) {
    const int64_t hidden = step.node.hidden;
    A *in = step.gate(0), *out = step.gate(1), *forget = step.gate(2), *fresh = step.gate(3);
    A *cell = step.cell, *shown = step.spare;
    step.add_bias(0, step.gates, kGates * hidden);
    step.add_peephole(0, cell, in);
    step.add_peephole(2, cell, forget);
    step.activate(0, in, hidden);
    if constexpr (!kCouples) step.activate(0, forget, hidden);
    step.activate(1, fresh, hidden);
#pragma omp simd
    for (int64_t i = 0; i < hidden; ++i) {
      const A kept = kCouples ? 1 - in[i] : forget[i];
      cell[i] = kept * cell[i] + in[i] * fresh[i];
      shown[i] = cell[i];
    }
    step.add_peephole(1, cell, out);
    step.activate(0, out, hidden);
    step.activate(2, shown, hidden);
#pragma omp simd
    for (int64_t i = 0; i < hidden; ++i) step.state[i] = out[i] * shown[i];
  }
};

RecurrentNode read(const Node& node) { return check_recurrent(node, kGates, kFunctions, 8, 3); }

void check(const Node& node) { read(node); }

std::unique_ptr<Kernel> create(const Node& node, Device& device) {
  const bool couples = node.int_attribute("input_forget", 0) != 0;
  std::unique_ptr<Kernel> made;
  visit_floats(node.input(kSequence).dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    made = std::make_unique<RecurrentKernel<T>>(
        node, device, read(node),
        couples ? LstmCell<T, true>::phases() : LstmCell<T, false>::phases());
  });
  return made;
}

}  // namespace

void add_lstm(OperatorTable& table) { table.push_back({"LSTM", {7, 14}, check, create}); }

}  // namespace backplane::cpu
