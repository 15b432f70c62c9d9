// A kernel launched once, with buffers of its own.
#pragma once

#include <vector>

#include "run/subject.hpp"

namespace backplane::conformance {

// A kernel of inputs and one output of float32, run with buffers of its own: gives the output.
// Inputs that it has BAKED come absent. One that wants scratch of
// unknown size ends the case.
std::vector<float> run_once(Subject& subject, bp_kernel_t* kernel,
                            const std::vector<bp_tensor_type_t>& inputs,
                            const std::vector<std::vector<float>>& values,
                            const bp_tensor_type_t& output);

}  // namespace backplane::conformance
