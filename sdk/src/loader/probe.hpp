// The probe: a plugin is first opened and asked in a process of its own, since in this one a crash
// cannot be survived and a failed opening not undone.
#pragma once

#include <cstdint>
#include <string>

#include "support/log.hpp"
#include "support/status.hpp"

namespace backplane {

struct ProbeRequest {
  std::string plugin;   // its file
  std::string program;  // see default_probe_program
  bool deep_bind = true;
  uint64_t timeout_ns = 0;
};

// "backplane-probe" in private_folder(); "" when that is not there.
std::string default_probe_program();

// BP_OK when the plugin may be loaded here. Without a program that can be started a warning says
// so, once in the life of this process, and the answer is BP_OK.
Status probe_plugin(const ProbeRequest& request, const Log& log);

}  // namespace backplane
