// The two limits of this machine's processors that make a roofline: a triad over as many bytes as
// an operator moves, in cache or out of it as that is; and multiply-adds in registers.
#pragma once

#include <vector>

#include "perf/rounds.hpp"

namespace backplane::conformance {

// a = b + s c over three arrays of `bytes` together: on one thread, on all, and on all past the
// caches. Some are the fastest for few bytes, others for many.
std::vector<Contender> triads(double bytes);

// Float32 multiplications and additions a second, on all threads.
double peak_flops(const Rounds& rounds);

}  // namespace backplane::conformance
