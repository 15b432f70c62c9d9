// What conformance-run shows without proving anything: its cases, one of them, or what changed.
#pragma once

#include <vector>

#include "command/command_line.hpp"
#include "run/case.hpp"

namespace backplane::conformance {

// Each returns what main returns.
int list(const std::vector<Case>& cases);
// What a case tries and shows, under what its kernel declares; without a plugin, under the promise
// that a kernel makes which declares nothing.
int explain(const CommandLine& line, const std::vector<Case>& all);
int compare(const CommandLine& line);

}  // namespace backplane::conformance
