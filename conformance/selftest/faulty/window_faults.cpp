// Faults of group K in operators with windows.
#include <algorithm>
#include <cmath>
#include <utility>

#include "changed_node.hpp"
#include "doctor.hpp"

namespace backplane::selftest {
namespace {

void swap_pads(ChangedNode& node) {
  std::vector<int64_t>* pads = node.is("Conv") ? node.integers("pads") : nullptr;
  if (pads == nullptr) return;
  const auto half = static_cast<std::ptrdiff_t>(pads->size() / 2);
  std::swap_ranges(pads->begin(), pads->begin() + half, pads->begin() + half);
}

void count_the_padding(ChangedNode& node) {
  int64_t* counts = node.is("AveragePool") ? node.integer("count_include_pad") : nullptr;
  if (counts != nullptr) *counts = 1 - *counts;
}

void count_in_the_other_order(ChangedNode& node) {
  int64_t* order = node.is("MaxPool") ? node.integer("storage_order") : nullptr;
  if (order != nullptr) *order = 1 - *order;
}

// A convolution over height and width without padding.
struct Convolution {
  const Part& x;
  const Part& w;
  int64_t group, down, right;  // groups, and the steps from one output to the next
  const float* bias;           // or NULL

  int64_t height() const { return (x.size(-2) - w.size(-2)) / down + 1; }

  // Of image n, filter m, at (i, j), with the weights of filter `of`.
  float sum(int64_t n, int64_t m, int64_t of, int64_t i, int64_t j) const {
    const int64_t depth = w.size(-3);
    const int64_t first = m / (w.type.shape[0] / group) * depth;
    float total = bias != nullptr ? bias[m] : 0;
    for (int64_t c = 0; c < depth; ++c)
      for (int64_t u = 0; u < w.size(-2); ++u)
        for (int64_t v = 0; v < w.size(-1); ++v)
          total += at(n, first + c, i * down + u, j * right + v) *
                   w.floats()[((of * depth + c) * w.size(-2) + u) * w.size(-1) + v];
    return total;
  }

  float at(int64_t n, int64_t c, int64_t row, int64_t column) const {
    if (row >= x.size(-2) || column >= x.size(-1)) return 0;
    return x.floats()[((n * x.size(-3) + c) * x.size(-2) + row) * x.size(-1) + column];
  }
};

template <class FilterOf>
void convolve(Launched& launched, const Convolution& all, FilterOf filter_of) {
  const Part& y = launched.outputs[0];
  int64_t place = 0;
  for (int64_t n = 0; n < y.type.shape[0]; ++n)
    for (int64_t m = 0; m < y.type.shape[1]; ++m)
      for (int64_t i = 0; i < y.size(-2); ++i)
        for (int64_t j = 0; j < y.size(-1); ++j)
          y.floats()[place++] = all.sum(n, m, filter_of(m), i, j);
}

// Of a Conv along height and width; whether it has padding or dilations shows in the sizes alone.
Convolution convolution_of(const Launched& launched, int64_t down, int64_t right) {
  return {launched.inputs[0],
          launched.inputs[1],
          launched.settings.at("group"),
          down,
          right,
          launched.input_count == 3 ? launched.inputs[2].floats() : nullptr};
}

bool is_flat(const Launched& launched) {
  return launched.is("Conv") && launched.inputs[0].type.rank == 4;
}

void weights_of_the_first_group(Launched& launched) {
  if (!is_flat(launched) || launched.settings["group"] < 2) return;
  const Convolution all = convolution_of(launched, 1, 1);
  const int64_t filters = launched.inputs[1].type.shape[0] / all.group;
  if (launched.outputs[0].size(-2) == all.height())
    convolve(launched, all, [filters](int64_t m) { return m % filters; });
}

// Where the result is as high as it would be with the steps 2 and 3.
void swap_steps(Launched& launched) {
  if (!is_flat(launched) || launched.outputs[0].size(-2) == launched.inputs[0].size(-2)) return;
  if (launched.outputs[0].size(-2) == convolution_of(launched, 2, 3).height())
    convolve(launched, convolution_of(launched, 3, 2), [](int64_t m) { return m; });
}

// Padding enters as 0: it shows where all of a window is negative.
void pad_with_zero(Launched& launched) {
  if (!launched.is("MaxPool") || launched.outputs.size() != 1) return;
  const Part& y = launched.outputs[0];
  for (int64_t i = 0; i < y.count; ++i)
    if (i % y.size(-1) == 0) y.floats()[i] = std::max(y.floats()[i], 0.0f);
}

void average_of_one_less(Launched& launched) {
  if (!launched.is("GlobalAveragePool")) return;
  const Part& x = launched.inputs[0];
  const Part& y = launched.outputs[0];
  const int64_t count = y.count > 0 ? x.count / y.count : 0;
  for (int64_t i = 0; i < y.count && count > 1; ++i)
    y.floats()[i] *= static_cast<float>(count) / static_cast<float>(count - 1);
}

}  // namespace

std::vector<Fault> window_faults() {
  return {
      {"pads-swapped", plant_node<swap_pads>},
      {"padding-counted", plant_node<count_the_padding>},
      {"other-storage-order", plant_node<count_in_the_other_order>},
      {"weights-of-the-first-group", plant<weights_of_the_first_group>},
      {"steps-swapped", plant<swap_steps>},
      {"pads-with-zero", plant<pad_with_zero>},
      {"average-of-one-less", plant<average_of_one_less>},
  };
}

}  // namespace backplane::selftest
