// The ordinary run: cases put to a plugin, judged and reported.
#pragma once

#include <vector>

#include "command/command_line.hpp"
#include "run/case.hpp"
#include "run/interruption.hpp"
#include "run/supervisor.hpp"

namespace backplane::conformance {

// Of these records alone: kAllPassed or kSomethingFailed.
int exit_code_of(const std::vector<Record>& records);
// Of a run that a signal ended.
int exit_code_of(int signal);

// The devices asked for, or all; "" or why that cannot be.
std::string choose_devices(RunFacts* facts);

// Each runs `cases`, writes the reports that are asked for and returns what main returns. A plugin
// that cannot be opened still meets the cases that open it themselves, or need not.
int prove(const RunFacts& facts, const std::vector<Case>& cases, const Interruption& interruption);
int prove_refused(RunFacts* facts, const std::string& refusal, std::vector<Case> cases,
                  const Interruption& interruption);

}  // namespace backplane::conformance
