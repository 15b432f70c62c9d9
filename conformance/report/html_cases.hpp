// The parts of the HTML report that list cases, and count why others were not run.
#pragma once

#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

// At most so many failures are listed, shared fairly by the groups that have any: a page that
// nobody can open tells nothing. How many are left out is said; JSON Lines have them all.
constexpr size_t kMostListed = 1000;

// Every failure with its sentence, rules, text and the line that runs it again, in groups that
// have the ids that the matrix leads to.
std::string failures_html(const RunFacts& facts, const std::vector<Record>& records);
// "" for a verdict that nothing has.
std::string list_html(const std::vector<Record>& records, Verdict verdict, const std::string& title,
                      const std::string& explanation);
// Why cases are UNSUPPORTED or SKIPPED, with how often each reason came.
std::string reasons_html(const std::vector<Record>& records);

}  // namespace backplane::conformance
