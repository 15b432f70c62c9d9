// Which of the next calls, and which of the commands they give, are to fail.
#pragma once

#include <CL/cl.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "control.hpp"

namespace backplane::opencl::layer {

enum class Effect { kCallFails, kCommandFails };

struct Rule {
  std::string function;  // may end in '*'
  uint32_t nth = 1;      // of the calls from now on
  cl_int error = CL_SUCCESS;
  Effect effect = Effect::kCallFails;
  bool persists = false;  // every later one, too
};

class Plan {
 public:
  void add(const Rule& rule);
  void clear();
  // What this call is to answer, or its command to end with; CL_SUCCESS: as the driver does.
  cl_int next(const char* function, Effect effect);

 private:
  std::atomic<bool> is_empty_{true};
  std::mutex mutex_;
  std::vector<Rule> rules_;
};

// "clEnqueue*:3+:-2"; false: that is no rule.
bool parse_rule(const std::string& text, Rule* rule);

}  // namespace backplane::opencl::layer
