// What a vendor knows not to hold yet, a line each in a file of theirs:
//
//   unsupported    operators/published/node/test_gru*                     # no recurrence planned
//   expected-fail  stream/synchronize-keeps-its-time  until=2027-03-31         # our issue 41
//
// The reason is part of the line. A line that nobody needs any more is as wrong as a failure: one
// that matches no case, that has expired, or whose case passes.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"
#include "run/outcome.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

struct Expectation {
  enum class Kind { kUnsupported, kExpectedFail };
  size_t line = 0;  // of the file, from 1
  Kind kind = Kind::kUnsupported;
  std::string glob;    // over case ids
  std::string until;   // "2027-03-31", the last day it holds; "": no end
  std::string reason;  // never ""
};

// Reads the lines of a file. `today` is "2026-11-22". Fails with every line that is wrong: not of
// the form above, without a reason, expired, an expected failure without a day, or a glob that
// matches none of `cases`, whether selected or not.
Result<std::vector<Expectation>> parse_expectations(const std::string& text,
                                                    const std::vector<Case>& cases,
                                                    const std::string& today);

// The day it is, in UTC.
std::string today_text();

// What `outcome` is once the first line that matches is held against it: a failure that is
// expected, a pass that is not, or MISSING that is known to be unsupported. Else as it was.
Outcome judged_by(const std::vector<Expectation>& expectations, const Case& one, Outcome outcome);

}  // namespace backplane::conformance
