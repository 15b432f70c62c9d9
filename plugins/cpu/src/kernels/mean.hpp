// Means over some axes of a tensor: ReduceMean and GlobalAveragePool.
#pragma once

#include <cstdint>
#include <memory>

#include "../kernel.hpp"

namespace backplane::cpu {

// Bit `axis` is set for axes [first, last).
constexpr uint32_t mask_of_axes(uint32_t first, uint32_t last) {
  return ((1U << last) - 1U) & ~((1U << first) - 1U);
}

// Takes the mean over the axes in `mask`, in row-major order; serves unknown sizes. `type` is the
// input's, of a floating-point type or a 32 or 64 bit integer. Sums are double, and for integers
// exact; in long rows of float32 two are added before.
std::unique_ptr<Kernel> make_mean(const bp_tensor_type_t& type, uint32_t mask);

}  // namespace backplane::cpu
