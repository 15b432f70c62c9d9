// A kernel with what the ABI needs around it (bp_kernel_t), and its launch.
#pragma once

#include <memory>

#include "kernel.hpp"

namespace backplane::cpu {

struct LaunchableKernel {
  Device* device;
  std::unique_ptr<Kernel> kernel;
  uint32_t input_count;
  uint32_t output_count;
  uint32_t tensor_count;       // outputs of a launch, with the sizes of those that are bounded
  bp_kernel_info_t info = {};  // points into the kernel's traits
  const plugin::Counted counted;

  LaunchableKernel(Device& on, const Node& node, std::unique_ptr<Kernel> made);
};

bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch);

}  // namespace backplane::cpu
