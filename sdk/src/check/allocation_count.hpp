// For tests: how often this thread came to operator new, which allocation_count.cpp replaces.
#pragma once

namespace backplane::check {

void start_counting_allocations();
int allocations_so_far();

}  // namespace backplane::check
