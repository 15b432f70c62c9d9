// The data that a problem's node is tried on. Every element follows from the seed, the problem, the
// tensor and its index alone (splitmix64 as a counter-based generator), so that worker and
// supervisor have the same without sending it.
#pragma once

#include "ops/reference.hpp"
#include "problems/problem.hpp"

namespace backplane::conformance {

// Those of the reference's fills that differ for this problem's types.
std::vector<Fill> fills_of(const Problem& problem, const Reference& reference);

Request request_of(const Problem& problem, const Reference& reference, Fill fill, uint64_t seed);
// A model's input: real numbers, small integers.
TensorData drawn(const bp_tensor_type_t& type, uint64_t index, uint64_t seed);
// Types and given values alone: enough for a reference's infer.
Request outline_of(const Problem& problem);
// Does the operator's definition allow it?
bool is_defined(const Problem& problem, const Reference& reference);

}  // namespace backplane::conformance
