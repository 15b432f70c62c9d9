// Outputs of which the data decides the sizes: a launch brings the most that they can be, and room
// for the sizes behind all outputs. [BP-KERNEL-12]
#pragma once

#include <backplane/kernel.h>

#include <cstddef>
#include <string>

namespace backplane::conformance {

// `info` may be NULL, as kernel_info may give it.
bool is_bounded(const bp_kernel_info_t* info, size_t output);

// Makes of `type`, the most that the output can be, what `sizes` holds, the bytes that the kernel
// stored; ends the case where one is none or above its bound. `what`: "output 0 of NonZero".
void take_sizes(const std::string& sizes, const std::string& what, bp_tensor_type_t* type);

}  // namespace backplane::conformance
