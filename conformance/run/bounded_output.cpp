#include "run/bounded_output.hpp"

#include <cstring>

#include "run/subject.hpp"

namespace backplane::conformance {

bool is_bounded(const bp_kernel_info_t* info, size_t output) {
  return info != nullptr && info->outputs != nullptr &&
         (info->outputs[output] & BP_ARGUMENT_FLAG_BOUNDED) != 0;
}

void take_sizes(const std::string& sizes, const std::string& what, bp_tensor_type_t* type) {
  const bp_tensor_type_t bound = *type;
  std::memcpy(type->shape, sizes.data(), sizes.size());
  for (uint16_t axis = 0; axis < type->rank; ++axis)
    require(type->shape[axis] >= 0 && type->shape[axis] <= bound.shape[axis],
            "the sizes of " + what + ": axis " + std::to_string(axis) + " has the size " +
                std::to_string(type->shape[axis]) + ", where at most " +
                std::to_string(bound.shape[axis]) + " is possible [BP-KERNEL-12]");
}

}  // namespace backplane::conformance
