// Which cases there are for a command line, and which of them it chooses.
#pragma once

#include <vector>

#include "command/command_line.hpp"
#include "report/record.hpp"
#include "run/case.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

struct Candidates {
  std::vector<Case> cases;  // the suite's or a model's, then those of the profiles
  std::vector<ProfileFacts> profiles;
};
Result<Candidates> find_candidates(const CommandLine& line);

std::vector<Case> selected_cases(const CommandLine& line, const std::vector<Case>& all);

// None without --expectations. Nothing is run with a file that says what does not hold.
Result<std::vector<Expectation>> read_expectations(const CommandLine& line,
                                                   const std::vector<Case>& all);

}  // namespace backplane::conformance
