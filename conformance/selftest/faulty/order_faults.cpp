// Faults of group K in operators that order, accumulate or normalize along an axis.
#include <cmath>
#include <cstring>
#include <utility>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

void last_of_equals(ChangedNode& node) {
  int64_t* last = node.is("ArgMax") ? node.integer("select_last_index") : nullptr;
  if (last != nullptr) *last = 1 - *last;
}

// Of two equals that stand side by side the later index comes first.
void unstable_order(Launched& launched) {
  if (launched.op != "TopK" || launched.inputs[0].type.dtype != BP_DTYPE_FLOAT32 ||
      launched.outputs[0].bytes == nullptr || launched.outputs[0].type.rank != 1)
    return;
  const float* values = launched.outputs[0].floats();
  auto* indices = reinterpret_cast<int64_t*>(launched.outputs[1].bytes);
  for (int64_t i = 0; i + 1 < launched.outputs[0].count; ++i)
    if (values[i] == values[i + 1]) std::swap(indices[i], indices[i + 1]);
}

void sum_inclusively(ChangedNode& node) {
  int64_t* exclusive = node.is("CumSum") ? node.integer("exclusive") : nullptr;
  if (exclusive != nullptr) *exclusive = 0;
}

// Over the last axis, and of a launch without a shift.
void variance_in_one_pass(Launched& launched) {
  if (!launched.is("LayerNormalization") || launched.outputs.size() != 1 ||
      launched.inputs[1].type.rank != 1)
    return;
  const int64_t count = launched.inputs[0].size(-1);
  for (int64_t row = 0; row * count < launched.inputs[0].count; ++row) {
    const float* x = launched.inputs[0].floats() + row * count;
    float sum = 0;
    float squares = 0;
    for (int64_t i = 0; i < count; ++i) {
      sum += x[i];
      squares += x[i] * x[i];
    }
    const float mean = sum / static_cast<float>(count);
    const float variance = squares / static_cast<float>(count) - mean * mean;
    for (int64_t i = 0; i < count; ++i)
      launched.outputs[0].floats()[row * count + i] =
          (x[i] - mean) / std::sqrt(variance + 1e-5f) * launched.inputs[1].floats()[i] +
          (launched.input_count == 3 ? launched.inputs[2].floats()[i] : 0);
  }
}

void layer_epsilon_of_the_default(ChangedNode& node) {
  float* epsilon = node.is("LayerNormalization") ? node.number("epsilon") : nullptr;
  if (epsilon != nullptr) *epsilon = 1e-5f;
}

// A shift of half an element where the output is the larger.
void resize_without_half_pixels(ChangedNode& node) {
  if (node.is("Resize") && node.text("coordinate_transformation_mode") == "half_pixel")
    node.set_text("coordinate_transformation_mode", "asymmetric");
}

// The last of several updates of one place counts, where they are to be added.
void scatter_without_adding(ChangedNode& node) {
  if (node.is("ScatterND") && node.text("reduction") == "add") node.set_text("reduction", "none");
}

// Where it scatters nothing, nothing is written; poison stands for that.
void scatter_without_copying(Launched& launched) {
  if (launched.op != "ScatterND" || launched.inputs[0].type.dtype != BP_DTYPE_FLOAT32) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    if (launched.outputs[0].floats()[i] == launched.inputs[0].floats()[i])
      std::memset(launched.outputs[0].floats() + i, 0xa5, sizeof(float));
}

}  // namespace

std::vector<Fault> order_faults() {
  return {
      {"last-of-equals", plant_node<last_of_equals>},
      {"unstable-order", plant<unstable_order>},
      {"sums-inclusively", plant_node<sum_inclusively>},
      {"no-half-pixels", plant_node<resize_without_half_pixels>},
      {"scatters-without-adding", plant_node<scatter_without_adding>},
      {"scatters-without-copying", plant<scatter_without_copying>},
      {"variance-in-one-pass", plant<variance_in_one_pass>},
      {"layer-epsilon-of-the-default", plant_node<layer_epsilon_of_the_default>},
  };
}

}  // namespace backplane::selftest
