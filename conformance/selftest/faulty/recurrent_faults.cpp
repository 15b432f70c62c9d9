// Faults of group K in recurrent operators.
#include <cmath>
#include <utility>

#include "doctor.hpp"

namespace backplane::selftest {
namespace {

// One direction of an LSTM that starts from zeros; the weights of a gate stand in the order of
// ONNX: input, output, forget, cell.
struct Lstm {
  const Part& x;
  const Part& w;
  const Part& r;
  const float* bias;  // or NULL

  float gate(int which, int64_t step, int64_t row, const std::vector<float>& hidden) const {
    const int64_t size = r.size(-1);
    const int64_t count = x.size(-1);
    const int64_t unit = which * size + row % size;
    const int64_t batch = row / size;
    float sum = bias != nullptr ? bias[unit] + bias[4 * size + unit] : 0;
    for (int64_t i = 0; i < count; ++i)
      sum += x.floats()[(step * x.size(-2) + batch) * count + i] * w.floats()[unit * count + i];
    for (int64_t i = 0; i < size; ++i)
      sum += hidden[static_cast<size_t>(batch * size + i)] * r.floats()[unit * size + i];
    return sum;
  }
};

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

// The weights of forgetting are taken for those of the cell, and the other way round.
void swap_gates(Launched& launched) {
  if (!launched.is("LSTM") || launched.input_count > 4 || launched.inputs[1].type.shape[0] != 1)
    return;
  const Part& y = launched.outputs[0];
  const Lstm all = {launched.inputs[0], launched.inputs[1], launched.inputs[2],
                    launched.input_count == 4 ? launched.inputs[3].floats() : nullptr};
  const int64_t rows = all.x.size(-2) * all.r.size(-1);
  std::vector<float> hidden(static_cast<size_t>(rows));
  std::vector<float> cell = hidden;
  for (int64_t step = 0; step < all.x.type.shape[0]; ++step) {
    std::vector<float> next = hidden;
    for (int64_t row = 0; row < rows; ++row) {
      float& c = cell[static_cast<size_t>(row)];
      c = sigmoid(all.gate(3, step, row, hidden)) * c +
          sigmoid(all.gate(0, step, row, hidden)) * std::tanh(all.gate(2, step, row, hidden));
      next[static_cast<size_t>(row)] = sigmoid(all.gate(1, step, row, hidden)) * std::tanh(c);
      y.floats()[step * rows + row] = next[static_cast<size_t>(row)];
    }
    hidden = std::move(next);
  }
}

}  // namespace

std::vector<Fault> recurrent_faults() {
  return {{"gates-swapped", [](Tables* t) { plant_doctor(t, swap_gates); }}};
}

}  // namespace backplane::selftest
