// A program run beside this one: what it said, how it ended, and never longer than it may.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/status.hpp"

namespace backplane {

struct ChildRequest {
  std::string program;  // a path
  std::vector<std::string> arguments;
  uint64_t timeout_ns = 0;
};

constexpr int kResultDescriptor = 3;  // where a child writes its results

struct ChildOutcome {
  enum class End {
    kExited,
    kSignalled,
    kTimedOut,
    kUnknown,  // another part of this process has waited for it
  };
  End end = End::kUnknown;
  int code = 0;         // the exit code, or the signal
  std::string results;  // what it wrote to kResultDescriptor; like `output`, its first 64 KiB
  std::string output;   // to stdout and stderr
};

// Its stdin is empty, and it has no other descriptor of this process. When this returns, it and
// what it left in its process group have been ended. INTERNAL, with the reason, when it cannot be
// started.
Result<ChildOutcome> run_child(const ChildRequest& request);

}  // namespace backplane
