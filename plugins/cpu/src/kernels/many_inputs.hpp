// Kernels that compute each element of the output from one element of each of any number of inputs,
// which broadcast together.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "../kernel.hpp"
#include "../threads.hpp"

namespace backplane::cpu {

// One input in a row of the output: elements that lie side by side (step 1), or one that repeats.
struct Source {
  const void* elements;
  int64_t step;
};

// A loop over a row. The output may lie over an input whose step is 1.
using ManyLoop = void (*)(const Source* sources, int64_t source_count, void* output, int64_t count);

// How the inputs are walked together; axes that all inputs can walk as one are merged.
struct ManyPlan {
  using Strides = std::array<int64_t, BP_MAX_RANK>;

  uint32_t rank = 0;
  int64_t count = 1;                // elements of the output
  Strides sizes = {};               // [0] is the innermost axis
  std::vector<Strides> of_sources;  // strides in elements, the innermost 0 or 1
};

class ManyInputs : public Kernel {
 public:
  ManyInputs(const Node& node, ManyLoop loop);

  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const override;

 private:
  void run(const ManyPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& output) const;
  void run_row(const ManyPlan& plan, const bp_tensor_t* inputs, const bp_tensor_t& output,
               int64_t row, int64_t begin, int64_t count) const;

  const bool is_known_;  // all sizes; then plan_ is made
  ManyPlan plan_;
  const ManyLoop loop_;
  std::vector<int64_t> element_sizes_;
  const int64_t output_size_;
};

// Refuses shapes that do not broadcast to the output's, more inputs than kMostInputs, and other
// than one output.
constexpr uint32_t kMostInputs = 256;
void check_many_inputs(const Node& node);

}  // namespace backplane::cpu
