// A step of a problem's plan launched once more, each time under other circumstances that change no
// result.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "problems/launches.hpp"

namespace backplane::conformance {

// A problem's kernel, and what it takes to launch it or one like it.
struct Repeatable {
  Subject& subject;
  const bp_node_t& node;  // as it was asked for
  const MadeKernel& kernel;
  const std::vector<const int64_t*>& strides;
  bp_stream_t* stream;
};

using Outputs = std::vector<TensorBytes>;

// Every tensor in imported host memory that ends where a page begins that nobody may touch, inputs
// read-only where that can be had (protected_slot.hpp): a byte too far ends the worker in the
// launch. Nothing comes where the device imports no such memory.
std::optional<Outputs> launch_between_protected_pages(const Repeatable& repeatable,
                                                      const LaunchData& data,
                                                      const Surroundings& around);

// One kernel launched by two threads at once, on `first` and on tensors of their own for `data`,
// on two streams where there are any. [BP-KERNEL-4] `first` is prepared; both are brought back.
std::pair<Outputs, Outputs> launch_two_at_once(const Repeatable& repeatable, Launches& first,
                                               const LaunchData& data, const Surroundings& around);

// While the host refuses its n-th allocation and all after it, n from 1 to 8 drawn by `draw`, the
// node's kernel is made again and launched: each call does its work or is OUT_OF_MEMORY with a
// reason. When there is memory again a kernel can be made. Gives what the launch gave, if it did.
std::optional<Outputs> launch_without_memory(const Repeatable& repeatable, const LaunchData& data,
                                             const Surroundings& around, uint64_t draw);

}  // namespace backplane::conformance
