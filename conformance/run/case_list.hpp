// The list of all cases, the same in supervisor and worker.
#pragma once

#include <string>
#include <vector>

#include "problems/problem.hpp"
#include "run/case.hpp"
#include "run/selection.hpp"

namespace backplane::conformance {

// Every case that has a body; they live as long as the program.
const std::vector<AbiCase>& abi_cases();
// nullptr: there is none with that id.
const AbiCase* find_abi_case(const std::string& id);

// Every case in the order of levels, those of the file alone first. `onnx_data` is the folder with
// the published tests, "" for none.
std::vector<Case> all_cases(const std::string& onnx_data);
// The same without those made from problems that `selection` cannot select.
std::vector<Case> cases_for(const Selection& selection, const std::string& onnx_data);

Case case_of(const Problem& problem);

// Of the cases made from problems a few of each operator and type, other ones for another seed; of
// all other cases every one.
std::vector<Case> quick_cases(const std::vector<Case>& all, uint64_t seed);

}  // namespace backplane::conformance
