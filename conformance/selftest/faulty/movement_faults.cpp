// Faults of group K in operators that move elements and change none.
#include <algorithm>
#include <cstring>
#include <utility>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

// Whatever its other inputs are.
bool moves_floats(const Launched& launched, const char* op) {
  return launched.op == op && launched.inputs[0].type.dtype == BP_DTYPE_FLOAT32 &&
         launched.inputs[0].bytes != nullptr;
}

void lose_minus_zero(Launched& launched) {
  if (!launched.is("Transpose")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i) launched.outputs[0].floats()[i] += 0.0f;
}

void concatenate_from_the_second(const std::string& op, std::vector<bp_tensor_t>& inputs,
                                 std::vector<bp_tensor_t>&) {
  if (op == "Concat" && inputs.size() == 2) std::swap(inputs[0], inputs[1]);
}

// Along axis 0, each part as if all were of the same size.
void split_in_equal_parts(Launched& launched) {
  if (!moves_floats(launched, "Split") || launched.settings["axis"] != 0) return;
  const Part& x = launched.inputs[0];
  const int64_t rows = x.type.shape[0];
  const int64_t part = rows / static_cast<int64_t>(launched.outputs.size());
  int64_t first = 0;
  for (const Part& y : launched.outputs) {
    const int64_t row = x.count / rows;
    if (first * row + y.count <= x.count)
      std::memcpy(y.bytes, x.floats() + first * row, sizeof(float) * static_cast<size_t>(y.count));
    first += part;
  }
}

void repeat_instead_of_stretching(Launched& launched) {
  if (!moves_floats(launched, "Expand")) return;
  for (int64_t i = 0; i < launched.outputs[0].count; ++i)
    launched.outputs[0].floats()[i] = launched.inputs[0].floats()[i % launched.inputs[0].count];
}

void pad_the_other_end(ChangedNode& node) {
  std::vector<int64_t>* pads = node.is("Pad") ? node.constant(1) : nullptr;
  if (pads == nullptr) return;
  const auto half = static_cast<std::ptrdiff_t>(pads->size() / 2);
  std::swap_ranges(pads->begin(), pads->begin() + half, pads->begin() + half);
}

void reflect_as_edge(ChangedNode& node) {
  if (node.is("Pad") && node.text("mode") == "reflect") node.set_text("mode", "edge");
}

void step_back_too_early(ChangedNode& node) {
  if (!node.is("Slice")) return;
  std::vector<int64_t>* starts = node.constant(1);
  const std::vector<int64_t>* steps = node.constant(4);
  if (starts == nullptr || steps == nullptr) return;
  for (size_t i = 0; i < steps->size(); ++i)
    if ((*steps)[i] < 0 && (*starts)[i] > 0) --(*starts)[i];
}

// A negative index along axis 0 counts from the end, from one too far.
void gather_one_too_high(Launched& launched) {
  if (!moves_floats(launched, "Gather") || launched.settings["axis"] != 0 ||
      launched.inputs[1].type.dtype != BP_DTYPE_INT64)
    return;
  const int64_t rows = launched.inputs[0].type.shape[0];
  const auto row_bytes = static_cast<size_t>(4 * launched.inputs[0].count / rows);
  for (int64_t i = 0; i < launched.inputs[1].count; ++i) {
    int64_t index = 0;
    std::memcpy(&index, launched.inputs[1].bytes + 8 * i, sizeof index);
    if (index >= 0) continue;
    const auto wrong = static_cast<size_t>((index + rows + 1) % rows);
    std::memcpy(launched.outputs[0].bytes + static_cast<size_t>(i) * row_bytes,
                launched.inputs[0].bytes + wrong * row_bytes, row_bytes);
  }
}

void mask_of_zeros(Launched& launched) {
  if (launched.op == "Dropout" && launched.output_count == 2)
    std::fill_n(launched.outputs[1].bytes, launched.outputs[1].count, '\0');
}

// The value of ConstantOfShape is 0, as it is by default.
void fill_with_zeros(Launched& launched) {
  if (launched.op == "ConstantOfShape" && launched.outputs[0].type.dtype == BP_DTYPE_FLOAT32)
    std::fill_n(launched.outputs[0].floats(), launched.outputs[0].count, 0.0f);
}

// The sizes that Compress says, behind its output.
int64_t* sizes_of(Launched& launched) {
  if (!moves_floats(launched, "Compress")) return nullptr;
  return reinterpret_cast<int64_t*>(launched.outputs[1].bytes);
}

void say_the_bound(Launched& launched) {
  if (int64_t* sizes = sizes_of(launched))
    std::copy_n(launched.outputs[0].type.shape, launched.outputs[0].type.rank, sizes);
}

void say_more_than_the_bound(Launched& launched) {
  if (int64_t* sizes = sizes_of(launched)) sizes[0] = launched.outputs[0].type.shape[0] + 1;
}

// Rows begin where they would if all columns had been chosen.
void leave_gaps(Launched& launched) {
  const int64_t* sizes = sizes_of(launched);
  const Part& y = launched.outputs[0];
  if (sizes == nullptr || y.type.rank != 2 || sizes[1] == y.size(-1)) return;
  for (int64_t row = sizes[0] - 1; row >= 0; --row) {
    float* to = y.floats() + row * y.size(-1);
    std::memmove(to, y.floats() + row * sizes[1], sizeof(float) * static_cast<size_t>(sizes[1]));
    std::fill_n(to + sizes[1], y.size(-1) - sizes[1], 0.0f);
  }
}

void choose_the_other(const std::string& op, std::vector<bp_tensor_t>& inputs,
                      std::vector<bp_tensor_t>&) {
  if (op == "Where") std::swap(inputs[1], inputs[2]);
}

}  // namespace

std::vector<Fault> movement_faults() {
  return {
      {"loses-minus-zero", plant<lose_minus_zero>},
      {"second-before-first", plant_tensors<concatenate_from_the_second>},
      {"splits-in-equal-parts", plant<split_in_equal_parts>},
      {"repeats-to-expand", plant<repeat_instead_of_stretching>},
      {"pads-the-other-end", plant_node<pad_the_other_end>},
      {"reflects-as-edge", plant_node<reflect_as_edge>},
      {"steps-back-too-early", plant_node<step_back_too_early>},
      {"gathers-one-too-high", plant<gather_one_too_high>},
      {"mask-of-zeros", plant<mask_of_zeros>},
      {"fills-with-zeros", plant<fill_with_zeros>},
      {"chooses-the-other", plant_tensors<choose_the_other>},
      {"says-the-bound", plant<say_the_bound>},
      {"says-more-than-the-bound", plant<say_more_than_the_bound>},
      {"leaves-gaps", plant<leave_gaps>},
  };
}

}  // namespace backplane::selftest
