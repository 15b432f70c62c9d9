// Operators that put elements elsewhere and change none: for every type of whole bytes.
#pragma once

#include "../kernel.hpp"
#include "integer_input.hpp"
#include "strided_copy.hpp"

namespace backplane::cpu {

// Refuses types of less than a byte, an absent output, and another output type than the input's.
void check_movement(const Node& node);

// `axis` counted from the front; throws INVALID_ARGUMENT naming it when it is outside the rank.
uint32_t axis_of(const char* op, int64_t axis, uint32_t rank);

// Runs `make`, and turns what it finds wrong with values into a refusal: in supports() a node is
// refused, where a launch with the same values fails.
template <class Make>
void check_values(const Make& make) {
  try {
    make();
  } catch (const plugin::Error& error) {
    fail(BP_STATUS_UNSUPPORTED, error.what());
  }
}

// A kernel that is one strided copy, planned when it is made if everything is known by then.
class StridedKernel : public Kernel {
 public:
  void run(const bp_tensor_t* inputs, const bp_tensor_t* outputs,
           const bp_tensor_t* scratch) const final;

 protected:
  explicit StridedKernel(const Node& node);

  // The plan for these types; `inputs` bring host values, and may be nullptr when there are none.
  virtual StridedCopy plan(const bp_tensor_type_t& from, const bp_tensor_type_t& to,
                           const bp_tensor_t* inputs) const = 0;
  // To be called at the end of the constructor of a kernel that needs no value from launch.
  void plan_if_known(const Node& node);

 private:
  const uint64_t element_size_;
  bool is_planned_ = false;
  StridedCopy planned_;
};

}  // namespace backplane::cpu
