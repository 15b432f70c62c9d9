// Counts by device and level, and what they say: which levels are reached.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "report/record.hpp"

namespace backplane::conformance {

enum class LevelState { kReached, kNotReached, kNotApplicable, kNotRun };
const char* state_text(LevelState state, Level level);

struct LevelSummary {
  Counts counts;
  size_t unsupported_by_plugin = 0;
  size_t unsupported_by_host = 0;
  size_t not_applicable = 0;
  bool is_cut_short = false;  // not all of its cases may have been run
};

struct ProfileSummary {
  Counts counts;
  std::vector<std::string> missing;  // "Conv/f32"
};

struct DeviceSummary {
  uint32_t device = 0;
  std::array<LevelSummary, kLevelCount> levels;
  char worst_class = 0;     // of the kernels whose results were judged; 0: none was
  std::string worst_words;  // what the first such kernel declared
  std::map<std::string, ProfileSummary> profiles;  // their cases belong to no level

  // A level is reached when none of its cases fails, expected or not, and at least one passes; it
  // is not applicable when every case says so. One that was cut short is neither.
  LevelState state(Level level) const;
  // "reached: load, memory; next: stream (3 failures)", operators with the worst class
  std::string ladder() const;
  // A profile is reached when all of its cases were run and passed.
  bool has_reached(const ProfileFacts& profile) const;
};

// Of a run that was cut short the level of the last record is not reached.
std::vector<DeviceSummary> summarise(const std::vector<Record>& records, const CutShort& cut = {});
Counts count_all(const std::vector<Record>& records);

// Reasons with how often each came, most often first: "Abs: only ..." for the report's columns.
using Reasons = std::vector<std::pair<std::string, size_t>>;
Reasons reasons(const std::vector<Record>& records, RefusedBy by);  // of UNSUPPORTED
Reasons skipped_reasons(const std::vector<Record>& records);

}  // namespace backplane::conformance
