// The supervisor's side of a problem: what came back against the reference.
#pragma once

#include <string>

#include "run/outcome.hpp"

namespace backplane::conformance {

// Turns an outcome whose outputs came back into PASS, FAIL or NON-DISCRIMINATING; others are left
// as they are.
void judge_problem(const std::string& text, uint64_t seed, Outcome* outcome);

// Everything about a case, for --explain: its node, its data, its bounds, and which faults it
// rejects under this declaration.
std::string explain_problem(const std::string& text, uint64_t seed, const Declared& declared);

}  // namespace backplane::conformance
