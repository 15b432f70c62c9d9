// Two runs side by side: what changed.
#pragma once

#include <string>
#include <vector>

#include "report/json_lines.hpp"

namespace backplane::conformance {

// Changes that somebody expects, to be counted apart from all others.
struct Expected {
  std::vector<std::string> operators;  // cases whose model uses one of these
  std::vector<std::string> globs;      // cases by id
};

struct Comparison {
  std::string text;  // a line for each change, then the sums
  size_t expected_changes = 0;
  size_t other_changes = 0;  // cases that changed their verdict, came or went
  size_t newly_failing = 0;  // among the others
};

Comparison compare_runs(const std::vector<OldRecord>& before, const std::vector<OldRecord>& after,
                        const Expected& expected);

}  // namespace backplane::conformance
