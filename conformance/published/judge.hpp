// The supervisor's side of a published test: what came back against what was published.
#pragma once

#include <string>

#include "run/outcome.hpp"

namespace backplane::conformance {

// Turns an outcome whose outputs came back into PASS or FAIL; others are left as they are.
void judge_published(const std::string& folder, Outcome* outcome);

}  // namespace backplane::conformance
