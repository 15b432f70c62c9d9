// Where a run took place: what a figure or a failure may hang on. The machine's name is not in it.
#pragma once

#include <string>

namespace backplane::conformance {

struct Environment {
  std::string day;        // "2026-11-22", in UTC
  std::string processor;  // its model and how many there are; "unknown" where the kernel says none
  std::string kernel;     // "Linux 6.1.0 x86_64"
  std::string compiler;   // of this suite
  std::string suite;      // its version
};

Environment this_environment();

const char* suite_version();  // "0.1.0"

}  // namespace backplane::conformance
