#include "ops/broadcast.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/sizes.hpp"

namespace backplane::ops {
namespace {

// Whether a and b fit; the size they stretch to in `result`.
bool stretch(int64_t a, int64_t b, int64_t& result) {
  if (a == 1 || a == b) {
    result = b;
  } else if (b == 1) {
    result = a;
  } else if (is_unknown(a) && is_unknown(b)) {
    result = kUnknown;
  } else if (is_unknown(a) || is_unknown(b)) {
    result = is_unknown(a) ? b : a;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<Shape> broadcast(const std::vector<Shape>& shapes) {
  Shape result;
  for (const Shape& shape : shapes) {
    const Shape before = result;
    if (shape.size() > result.size())
      result.insert(result.begin(), shape.size() - result.size(), 1);
    const size_t offset = result.size() - shape.size();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      int64_t& size = result[offset + axis];
      if (!stretch(size, shape[axis], size))
        return invalid_argument(fmt::format("shapes {} and {} do not broadcast: sizes {} and {}",
                                            to_text(before), to_text(shape), size, shape[axis]));
    }
  }
  return result;
}

Status check_broadcast_to(const Shape& source, const Shape& target) {
  bool fits = source.size() <= target.size();
  const size_t offset = fits ? target.size() - source.size() : 0;
  for (size_t axis = 0; fits && axis < source.size(); ++axis) {
    const int64_t a = source[axis];
    const int64_t b = target[offset + axis];
    fits = a == 1 || a == b || is_unknown(a) || is_unknown(b);
  }
  if (fits) return {};
  return invalid_argument(
      fmt::format("shape {} does not broadcast to {}", to_text(source), to_text(target)));
}

}  // namespace backplane::ops
