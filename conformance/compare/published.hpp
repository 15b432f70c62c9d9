// A result against one that the publisher of a test gave with it.
#pragma once

#include <backplane/tensor.h>

#include <string>

namespace backplane::conformance {

// What the publisher says of float results: |y - r| <= 1e-7 + 1e-3 |r|.
constexpr double kPublishedAbsolute = 1e-7;
constexpr double kPublishedRelative = 1e-3;

// Results in bfloat16 may also be one spacing of that type away: ONNX does not say how to round to
// it, the published outputs were cut off, and the publisher's tolerance is less than that spacing.

// "" when `came` is what was `wanted`: the same type and shape; integers and bool equal; floats
// within the publisher's tolerance, NaN where NaN is wanted and nowhere else, infinities the same.
// Else what is wrong, with the worst element: its place, its value, and the interval wanted.
// Every element must be proved right: a comparison with a NaN never passes by being false.
std::string compare_with_published(const bp_tensor_type_t& wanted_type, const std::string& wanted,
                                   const bp_tensor_type_t& came_type, const std::string& came);

}  // namespace backplane::conformance
