// What a kernel declares of its arithmetic: legal at all, and allowed by the node.
#pragma once

#include <backplane/kernel.h>

#include <string>

namespace backplane::check {

// One of the values of bp_arithmetic_t's closed list.
bool is_legal_arithmetic(bp_arithmetic_t arithmetic);

// What `info` declares that `node` refused: "FAST_ALGORITHM", "products in BFLOAT16"; or "".
std::string refused_numerics(const bp_node_t& node, const bp_kernel_info_t& info);

}  // namespace backplane::check
