// What was asked of conformance-run on its command line.
#pragma once

#include <cstdint>
#include <string>

#include "report/comparison.hpp"
#include "run/options.hpp"

namespace backplane::conformance {

struct CommandLine {
  RunOptions run;
  std::string plugin;
  std::string shard;
  std::string repro;
  std::string only_failed;
  std::string expectations;
  double timeout_seconds = 30;
  bool is_list = false;
  std::string explain;
  std::string before;
  std::string after;
  Expected expected;
};

// Fills what follows from the options; "" or what is wrong with them.
std::string complete(CommandLine* line);

// Says on standard error what is wrong; returns `code`.
int complain(const std::string& text, int code);

}  // namespace backplane::conformance
