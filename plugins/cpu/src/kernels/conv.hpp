// Conv in oneDNN's words.
#pragma once

#include <memory>

#include "../dnnl_bridge.hpp"
#include "convolution_rows.hpp"

namespace backplane::cpu {

// Of a node of the sizes in `shape`, whose input 1 are weights and 2 a bias.
ConvolutionProblem problem_of(const Node& node, const ConvolutionShape& shape);

// The kernel of a Conv node, or of one like it, that is done by `program`.
std::unique_ptr<Kernel> make_program_convolution(const Node& node, Device& device,
                                                 std::unique_ptr<DnnlProgram> program);

}  // namespace backplane::cpu
