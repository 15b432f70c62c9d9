// Random numbers by a seed in the environment: the same for the same order of calls.
#pragma once

#include <cstdint>

namespace backplane::selftest {

// From 0 to `end` - 1, by BACKPLANE_SELFTEST_SEED (1 when it is not set).
uint64_t random_below(uint64_t end);

// The number in an environment variable, or `otherwise`.
uint64_t number_in(const char* variable, uint64_t otherwise);

}  // namespace backplane::selftest
