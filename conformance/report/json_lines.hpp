// Everything about a run as JSON Lines: a line for the run, one for each case, one for the sums.
#pragma once

#include <string>
#include <vector>

#include "report/record.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

std::string json_lines(const RunFacts& facts, const std::vector<Record>& records);

// What `compare` and --only-failed need of a file that json_lines wrote.
struct OldRecord {
  std::string id;
  uint32_t device = 0;
  Verdict verdict = Verdict::kPass;
  std::string text;
  std::vector<std::string> operators;
};
// CORRUPT, naming file and line, for anything else.
Result<std::vector<OldRecord>> read_json_lines(const std::string& path);

}  // namespace backplane::conformance
