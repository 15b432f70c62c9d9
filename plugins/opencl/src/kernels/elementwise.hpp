// What other operators have of elementwise.cl.
#pragma once

#include "../kernel.hpp"

namespace backplane::opencl {

// The kernel of elementwise.cl that is named by the node's operator; inputs of one element type.
std::unique_ptr<Kernel> create_elementwise(const Node& node, Device& device);

}  // namespace backplane::opencl
