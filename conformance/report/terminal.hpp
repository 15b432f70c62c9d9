// The report that a person reads: failures first, in at most 40 lines, then what they add up to.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

// One line that is written over itself, on a terminal only.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* out);
  ~ProgressLine();  // leaves nothing of it behind
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(size_t done, size_t all, size_t failed, const std::string& id);
  void clear();  // before something else is written

 private:
  std::FILE* out_;
  bool is_terminal_;
  uint64_t next_ns_ = 0;
};

std::string opening_text(const RunFacts& facts);
std::string failures_text(const RunFacts& facts, const std::vector<Record>& records, bool colour);
std::string summary_text(const RunFacts& facts, const std::vector<Record>& records,
                         const CutShort& cut = {});

}  // namespace backplane::conformance
