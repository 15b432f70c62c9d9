// An operator prepared for one node on one device, and what the plugin says of it.
#pragma once

#include <memory>
#include <vector>

#include "exec/open_device.hpp"

namespace backplane::exec {

class Kernel {
 public:
  // supports alone. UNSUPPORTED: the device refuses it, in its own words.
  static Status check(const Device& device, const bp_node_t& node);
  // May the kernel leave sizes of outputs to the data? Then a launch has to bring room for them.
  enum class Bounded { kRefused, kTaken };
  // supports, kernel_create, kernel_info. UNSUPPORTED: the device refuses it, in its own words.
  static Result<std::shared_ptr<Kernel>> create(const std::shared_ptr<Device>& device,
                                                const bp_node_t& node,
                                                Bounded bounded = Bounded::kRefused);
  ~Kernel();  // no unfinished work is on it [BP-HOST-5]
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  bp_kernel_t* handle() const { return handle_; }
  const Device& device() const { return *device_; }
  bool is_baked(uint32_t input) const { return has_flag(input, BP_ARGUMENT_FLAG_BAKED); }
  bool is_host(uint32_t input) const { return has_flag(input, BP_ARGUMENT_FLAG_HOST); }
  bool is_strided(uint32_t input) const { return has_flag(input, BP_ARGUMENT_FLAG_STRIDED); }
  // The data decides the sizes of this output: a launch brings bounds, and room for the sizes.
  bool is_bounded(uint32_t output) const {
    return output < output_flags_.size() && (output_flags_[output] & BP_ARGUMENT_FLAG_BOUNDED) != 0;
  }
  const std::vector<bp_alias_t>& in_place() const { return in_place_; }
  bool is_shape_free() const { return is_shape_free_; }

  // For a launch with these types; a baked input is absent in them.
  Result<uint64_t> scratch_size(const bp_tensor_type_t* inputs,
                                const bp_tensor_type_t* outputs) const;

 private:
  explicit Kernel(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  Status read_info(const bp_node_t& node);
  bool has_flag(uint32_t input, bp_argument_flags_t flag) const {
    return input < flags_.size() && (flags_[input] & flag) != 0;
  }

  const std::shared_ptr<Device> device_;
  bp_kernel_t* handle_ = nullptr;
  std::vector<bp_argument_flags_t> flags_;         // one per input, or empty
  std::vector<bp_argument_flags_t> output_flags_;  // likewise
  std::vector<bp_alias_t> in_place_;
  uint64_t scratch_size_ = 0;
  bool is_shape_free_ = false;
};

}  // namespace backplane::exec
