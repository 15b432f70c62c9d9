// What the probe program writes to its result descriptor, a line each:
//   at open | at query | at table      before each stage
//   threads 2                          that bp_plugin_query started
//   refused 2 it cannot be opened: ... a status, and the reason
//   accepted
// Into its own output it puts kQueryMark where bp_plugin_query begins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loader/ask.hpp"
#include "support/status.hpp"

namespace backplane {

constexpr char kQueryMark = '\x1e';

struct ProbeReport {
  const char* where = nullptr;  // "in bp_plugin_query"; nullptr: it opened nothing
  uint32_t threads = 0;
  bool has_verdict = false;
  Status verdict;
};

std::string stage_line(Stage stage);
std::string threads_line(uint32_t count);
std::string verdict_line(const Status& verdict);

// Lines that it does not know are passed over.
ProbeReport read_report(std::string_view lines);

}  // namespace backplane
