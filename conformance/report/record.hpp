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

// A profile that was asked for.
struct ProfileFacts {
  std::string name;
  size_t case_count = 0;  // all that it has, whether selected or not
  size_t operator_count = 0;
  std::vector<std::string> by_host;  // operators that the host runs itself
};

struct RunFacts {
  RunOptions options;
  Greeting plugin;                // its refusal says why there is none
  std::vector<uint32_t> devices;  // those that were run
  std::vector<Expectation> expectations;
  std::vector<ProfileFacts> profiles;
  size_t published_count = 0;  // tests found, whether selected or not
  size_t plain_count = 0;      // of these with tensors of the standard domain alone
};

// A run that was ended before all of its cases were run.
struct CutShort {
  std::string by;  // "SIGINT"; "": it was not
  size_t done = 0;
  size_t planned = 0;

  explicit operator bool() const { return !by.empty(); }
  std::string text() const;  // "interrupted by SIGINT after 37 of 1250 cases"
};

struct Record {
  const Case* one = nullptr;
  uint32_t device = 0;
  Outcome outcome;  // without its outputs
};

// Of a kProfile case: the profile's name.
std::string profile_of(const Case& one);

// One line that runs this case again, alone: "conformance-run --plugin ... --repro ...".
std::string repro_line(const RunFacts& facts, const Record& record);

}  // namespace backplane::conformance
