// How shapes of different operands stretch to each other: axes are matched from the last one, and
// a size of 1 fits any other.
#pragma once

#include "support/tensor_type.hpp"

namespace backplane::ops {

// Both ways: the shape that all of `shapes` stretch to. An unknown size beside a known one that is
// not 1 can only be 1 or equal, so the known one results; two unknown ones that may differ give an
// unknown one of their own. INVALID_ARGUMENT: they do not fit.
Result<Shape> broadcast(const std::vector<Shape>& shapes);

// One way: INVALID_ARGUMENT unless `source` can stretch to `target`, which stays as it is.
Status check_broadcast_to(const Shape& source, const Shape& target);

}  // namespace backplane::ops
