// The list of all cases, the same in supervisor and worker.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"

namespace backplane::conformance {

// Every case that has a body; they live as long as the program.
const std::vector<AbiCase>& abi_cases();
// nullptr: there is none with that id.
const AbiCase* find_abi_case(const std::string& id);

// Every case in the order of levels, those of the file alone first. `onnx_data` is the folder with
// the published tests, "" for none.
std::vector<Case> all_cases(const std::string& onnx_data);

}  // namespace backplane::conformance
