// A run: cases chosen, handed to workers, judged under GoogleTest, reported.
#pragma once

#include <functional>
#include <vector>

#include "report/record.hpp"
#include "run/options.hpp"
#include "support/status.hpp"

namespace backplane::conformance {

// What main returns; documented in --help.
enum ExitCode {
  kAllPassed = 0,
  kSomethingFailed = 1,
  kWrongUsage = 2,
  kNoPlugin = 3,
  kInterrupted = 128,  // and the signal's number
};

// Has the plugin tried in a process of its own, opens it in a worker and hears what it is; a
// refusal in words when it cannot be opened.
Result<Greeting> meet_plugin(const RunOptions& options);

// Runs `cases` on each of `facts.devices`; cases about the file or the whole plugin on the first
// device only. One record for each, in order; `on_record` gets each as soon as it is judged. When
// the run is to end early, `*out_planned` is more than there are records.
std::vector<Record> run_cases(const RunFacts& facts, const std::vector<Case>& cases,
                              const std::function<void(const Record&)>& on_record,
                              size_t* out_planned);

}  // namespace backplane::conformance
