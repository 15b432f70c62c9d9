// The same operator by oneDNN's own primitives, called directly.
#pragma once

#include <vector>

#include "perf/rounds.hpp"
#include "problems/problem.hpp"

namespace backplane::conformance {

// Ways to compute it from plain row-major inputs to a plain output; constants were brought into
// oneDNN's layout before. The fastest is the one to compare with; none where oneDNN has no such
// primitive.
std::vector<Contender> direct_ways(const Problem& problem,
                                   const std::vector<bp_tensor_type_t>& outputs);

}  // namespace backplane::conformance
