// --from-model and --model: a model as cases, and a model run node by node.
#pragma once

#include <vector>

#include "command/command_line.hpp"
#include "report/record.hpp"
#include "run/case.hpp"
#include "run/interruption.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

// Says on the way what of the model is left out.
Result<std::vector<Case>> model_cases(const CommandLine& line);
// Returns what main returns.
int walk(const RunFacts& facts, const Interruption& interruption);

}  // namespace backplane::conformance
