// What a run is and what came of each case: the facts that every report is made of.
#pragma once

#include <string>
#include <vector>

#include "run/case.hpp"
#include "run/expectations.hpp"
#include "run/message.hpp"
#include "run/options.hpp"
#include "run/outcome.hpp"

namespace backplane::conformance {

struct RunFacts {
  RunOptions options;
  Greeting plugin;                // its refusal says why there is none
  std::vector<uint32_t> devices;  // those that were run
  std::vector<Expectation> expectations;
  size_t published_count = 0;  // tests found, whether selected or not
  size_t plain_count = 0;      // of these with tensors of the standard domain alone
};

struct Record {
  const Case* one = nullptr;
  uint32_t device = 0;
  Outcome outcome;  // without its outputs
};

// One line that runs this case again, alone: "conformance-run --plugin ... --repro ...".
std::string repro_line(const RunFacts& facts, const Record& record);

}  // namespace backplane::conformance
