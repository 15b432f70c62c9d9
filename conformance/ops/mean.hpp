// The mean of numbers, as wide as its ways of being worked out differ: added and then divided, or
// each weighted by 1/n and added.
#pragma once

#include <vector>

#include "ops/emulated.hpp"

namespace backplane::conformance {

// Of at least one term.
Bounded mean_of(const std::vector<Bounded>& terms, int64_t count);
Emulated mean_of(const std::vector<Emulated>& terms, int64_t count);

}  // namespace backplane::conformance
