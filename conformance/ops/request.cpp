#include "ops/request.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace backplane::conformance {

Sizes sizes_of(const bp_tensor_type_t& type) { return {type.shape, type.shape + type.rank}; }

bp_tensor_type_t tensor_type_of(bp_dtype_t dtype, const Sizes& sizes) {
  if (sizes.size() > BP_MAX_RANK) throw NotDefined{"more than 8 axes"};
  bp_tensor_type_t type = {};
  type.dtype = dtype;
  type.rank = static_cast<uint16_t>(sizes.size());
  std::copy(sizes.begin(), sizes.end(), type.shape);
  return type;
}

int64_t count_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
}

uint64_t element_count_of(const bp_tensor_type_t& type) {
  return static_cast<uint64_t>(count_of(sizes_of(type)));
}

Sizes steps_of(const Sizes& sizes) {
  Sizes steps(sizes.size(), 1);
  for (size_t axis = sizes.size(); axis-- > 1;) steps[axis - 1] = steps[axis] * sizes[axis];
  return steps;
}

size_t axis_of(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count)
    throw NotDefined{"axis " + std::to_string(axis) + " of rank " + std::to_string(rank)};
  return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

Sizes broadcast_sizes(const Sizes& a, const Sizes& b) {
  Sizes result(std::max(a.size(), b.size()), 1);
  for (const Sizes& one : {a, b}) {
    const size_t shift = result.size() - one.size();
    for (size_t axis = 0; axis < one.size(); ++axis) {
      int64_t& size = result[shift + axis];
      if (one[axis] != 1 && size != 1 && one[axis] != size) throw NotDefined{"sizes that differ"};
      if (one[axis] != 1) size = one[axis];
    }
  }
  return result;
}

Odometer::Odometer(Sizes sizes)
    : sizes_(std::move(sizes)), index_(sizes_.size(), 0), is_done_(count_of(sizes_) == 0) {}

void Odometer::next() {
  ++place_;
  for (size_t axis = sizes_.size(); axis-- > 0;) {
    if (++index_[axis] < sizes_[axis]) return;
    index_[axis] = 0;
  }
  is_done_ = true;
}

bp_dtype_t leading_dtype(const Request& request) {
  if (!request.inputs.empty()) return request.inputs[0].type.dtype;
  const auto said = request.settings.find("dtype");
  if (said == request.settings.end()) return BP_DTYPE_FLOAT32;
  return static_cast<bp_dtype_t>(said->second.integers.at(0));
}

}  // namespace backplane::conformance
