// The kernel of a problem's node, and what it says of itself.
#pragma once

#include <string>
#include <vector>

#include "run/outcome.hpp"
#include "run/subject.hpp"

namespace backplane::conformance {

class MadeKernel {
 public:
  // Asks supports and makes the kernel. Ends the case as unsupported when the plugin refuses.
  MadeKernel(Subject& subject, const bp_node_t& node);
  // Takes over one that was made of `node`.
  MadeKernel(Subject& subject, const bp_node_t& node, bp_kernel_t* made);

  bp_kernel_t* get() const { return kernel_.get(); }
  const std::string& op() const { return op_; }
  size_t input_count() const { return input_count_; }
  size_t output_count() const { return output_count_; }
  const bp_kernel_info_t* info() const { return info_; }
  bp_argument_flags_t flags_of(size_t input) const;
  // The data decides the sizes of this output: a launch brings bounds, and room for the sizes.
  bool is_bounded(size_t output) const;
  Declared declared() const;
  // Bytes for a launch of these types.
  uint64_t scratch_size(const std::vector<bp_tensor_type_t>& inputs,
                        const std::vector<bp_tensor_type_t>& outputs) const;

 private:
  void take(bp_kernel_t* made);

  Subject& subject_;
  std::string op_;
  size_t input_count_;
  size_t output_count_;
  Owned<bp_kernel_t> kernel_;
  const bp_kernel_info_t* info_ = nullptr;
};

}  // namespace backplane::conformance
