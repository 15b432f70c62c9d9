// Everything about a run as JSON Lines: a line for the run, one for each case, one for the sums or,
// of a run that was interrupted, one that says so.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "report/record.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

// Grows as the run goes: of a run that is ended from outside, what was judged until then is there.
class JsonLinesFile {
 public:
  JsonLinesFile(const RunFacts& facts, const std::string& path);  // writes the run's line
  void add(const Record& record);
  void close(const std::vector<Record>& records);  // writes the sums
  void close(const CutShort& cut);                 // or what kept the run from having any
  Status status() const;                           // a write that failed, or the opening

 private:
  const RunFacts& facts_;
  const std::string path_;
  std::ofstream out_;
};

// What `compare` and --only-failed need of such a file.
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
