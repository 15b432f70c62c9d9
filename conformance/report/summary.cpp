#include "report/summary.hpp"

#include <algorithm>
#include <map>

namespace backplane::conformance {
namespace {

bool is_not_applicable(const Outcome& outcome) {
  return outcome.verdict == Verdict::kSkipped && outcome.text.rfind("not applicable", 0) == 0;
}

void add(const Outcome& outcome, LevelSummary* level) {
  level->counts.add(outcome.verdict);
  if (is_not_applicable(outcome)) ++level->not_applicable;
  if (outcome.verdict != Verdict::kUnsupported) return;
  ++(outcome.refused_by == RefusedBy::kHost ? level->unsupported_by_host
                                            : level->unsupported_by_plugin);
}

std::string why_not(const DeviceSummary& device, Level level) {
  const Counts& counts = device.levels[static_cast<size_t>(level)].counts;
  if (counts.all() == 0) return "not run";
  if (const size_t expected = counts.of(Verdict::kExpectedFail); counts.failures() == 0)
    return expected == 0 ? "none passed" : std::to_string(expected) + " expected to fail";
  return std::to_string(counts.failures()) + (counts.failures() == 1 ? " failure" : " failures");
}

}  // namespace

LevelState DeviceSummary::state(Level level) const {
  const LevelSummary& summary = levels[static_cast<size_t>(level)];
  if (summary.counts.all() == 0) return LevelState::kNotRun;
  if (summary.not_applicable == summary.counts.all()) return LevelState::kNotApplicable;
  const bool is_reached = summary.counts.failures() == 0 &&
                          summary.counts.of(Verdict::kExpectedFail) == 0 &&
                          summary.counts.of(Verdict::kPass) > 0;
  return is_reached ? LevelState::kReached : LevelState::kNotReached;
}

std::string DeviceSummary::ladder() const {
  std::string reached;
  for (size_t i = 0; i < kLevelCount; ++i) {
    const auto level = static_cast<Level>(i);
    const LevelState now = state(level);
    if (now == LevelState::kReached)
      reached += (reached.empty() ? "" : ", ") + std::string(level_name(level));
    if (now == LevelState::kNotReached || now == LevelState::kNotRun)
      return "reached: " + (reached.empty() ? "nothing yet" : reached) +
             "; next: " + level_name(level) + " (" + why_not(*this, level) + ")";
  }
  return "reached: " + reached + "; next: more operators, and the levels that are to come";
}

std::vector<DeviceSummary> summarise(const std::vector<Record>& records) {
  std::map<uint32_t, DeviceSummary> by_device;
  for (const Record& record : records) {
    DeviceSummary& device = by_device[record.device];
    device.device = record.device;
    add(record.outcome, &device.levels[static_cast<size_t>(record.one->level)]);
  }
  std::vector<DeviceSummary> all;
  for (auto& [device, summary] : by_device) all.push_back(summary);
  return all;
}

Counts count_all(const std::vector<Record>& records) {
  Counts counts;
  for (const Record& record : records) counts.add(record.outcome.verdict);
  return counts;
}

std::vector<std::pair<std::string, size_t>> reasons(const std::vector<Record>& records,
                                                    RefusedBy by) {
  std::map<std::string, size_t> counted;
  for (const Record& record : records)
    if (record.outcome.verdict == Verdict::kUnsupported && record.outcome.refused_by == by)
      ++counted[record.outcome.text];
  std::vector<std::pair<std::string, size_t>> sorted(counted.begin(), counted.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace backplane::conformance
