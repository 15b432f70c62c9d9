// Counts by device and level, and what they say: which levels are reached.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

enum class LevelState { kReached, kNotReached, kNotApplicable, kNotRun };

struct LevelSummary {
  Counts counts;
  size_t unsupported_by_plugin = 0;
  size_t unsupported_by_host = 0;
  size_t not_applicable = 0;
};

struct DeviceSummary {
  uint32_t device = 0;
  std::array<LevelSummary, kLevelCount> levels;

  // A level is reached when none of its cases fails, expected or not, and at least one passes; it
  // is not applicable when every case says so.
  LevelState state(Level level) const;
  // "reached: load, memory; next: stream (3 failures)"
  std::string ladder() const;
};

std::vector<DeviceSummary> summarise(const std::vector<Record>& records);
Counts count_all(const std::vector<Record>& records);

// Reasons with how often each came, most often first: "Abs: only ..." for the report's columns.
std::vector<std::pair<std::string, size_t>> reasons(const std::vector<Record>& records,
                                                    RefusedBy by);

}  // namespace backplane::conformance
