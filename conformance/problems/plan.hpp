// What is done with a problem's kernel, in order; worker and supervisor have the same plan.
#pragma once

#include <vector>

#include "problems/fill.hpp"

namespace backplane::conformance {

// One launch: the fill, and by how much every size but 0 and 1 has grown (only where the kernel was
// made for unknown sizes).
struct Step {
  Fill fill = Fill::kIntegers;
  int growth = 0;
};

std::vector<Step> plan_of(const Problem& problem, const Reference& reference);
// The step that is done again at the end: on numbers whose sums hang on their order, where there
// are such.
size_t repeated_step(const std::vector<Step>& plan);
Request request_of(const Problem& problem, const Reference& reference, const Step& step,
                   uint64_t seed);

}  // namespace backplane::conformance
