// The node that stands for many elementwise ones: what a pass has to know to make one.
#pragma once

#include "../kernel.hpp"

namespace backplane::opencl {

constexpr const char* kPluginId = "org.backplane.opencl";
constexpr const char* kFusedOperator = "Elementwise";
constexpr const char* kProgramAttribute = "program";

// How a dense input is repeated over an output: `times` for each of its elements, and then the
// `period` of them from the start.
struct Repetition {
  uint64_t times = 1, period = 1;
};

// False when the input, which broadcasts to the output, is not repeated so: its sizes other than 1
// have to lie side by side. All sizes are known.
bool find_repetition(const bp_tensor_type_t& input, const bp_tensor_type_t& output,
                     Repetition* out_repetition);

}  // namespace backplane::opencl
