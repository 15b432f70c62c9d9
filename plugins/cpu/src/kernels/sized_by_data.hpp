// A kernel whose data decides the sizes of some of its outputs: it stores these outputs dense, and
// their sizes in the tensors behind all outputs. [BP-KERNEL-12] [BP-KERNEL-13]
#pragma once

#include <cstring>
#include <vector>

#include "../kernel.hpp"

namespace backplane::cpu {

class SizedByData : public Kernel {
 protected:
  // One flag for each output of the node: does the data decide its sizes?
  explicit SizedByData(const std::vector<bool>& is_bounded) {
    for (const bool is : is_bounded)
      traits_.outputs.push_back(is ? bp_argument_flags_t{BP_ARGUMENT_FLAG_BOUNDED} : 0);
    traits_.is_shape_free = true;
  }

  // `index`: which of those outputs; an absent one has no room for its sizes.
  void store_sizes(const bp_tensor_t* outputs, size_t index, const bp_tensor_type_t& real) const {
    const bp_tensor_t& sizes = outputs[traits_.outputs.size() + index];
    if (sizes.buffer != nullptr)
      std::memcpy(data<char>(sizes), real.shape, real.rank * sizeof real.shape[0]);
  }
};

}  // namespace backplane::cpu
