#include "report/summary.hpp"

#include <algorithm>
#include <functional>
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

// A level is worth what its least exact kernel is worth.
void add_class(const Record& record, DeviceSummary* device) {
  if (record.one->kind != CaseKind::kProblem || record.outcome.verdict != Verdict::kPass) return;
  const char its = precision_class(record.outcome.declared);
  if (its <= device->worst_class) return;
  device->worst_class = its;
  device->worst_words = declaration_text(record.outcome.declared);
}

std::string name_of(const DeviceSummary& device, Level level) {
  std::string name = level_name(level);
  if (level != Level::kOperators || device.worst_class == 0) return name;
  name += std::string(" (class ") + device.worst_class;
  return name + (device.worst_words.empty() ? "" : ": " + device.worst_words) + ")";
}

void add(const Record& record, ProfileSummary* profile) {
  profile->counts.add(record.outcome.verdict);
  if (record.outcome.verdict != Verdict::kMissing) return;
  const std::string& id = record.one->id;
  profile->missing.push_back(id.substr(id.find('/', id.find('/') + 1) + 1));
}

std::string why_not(const DeviceSummary& device, Level level) {
  const Counts& counts = device.levels[static_cast<size_t>(level)].counts;
  if (counts.all() == 0) return "not run";
  if (device.levels[static_cast<size_t>(level)].is_cut_short) return "cut short";
  if (const size_t expected = counts.of(Verdict::kExpectedFail); counts.failures() == 0)
    return expected == 0 ? "none passed" : std::to_string(expected) + " expected to fail";
  return std::to_string(counts.failures()) + (counts.failures() == 1 ? " failure" : " failures");
}

// The texts of those outcomes that are meant, most often first.
Reasons counted(const std::vector<Record>& records,
                const std::function<bool(const Outcome&)>& is_meant) {
  std::map<std::string, size_t> counts;
  for (const Record& record : records)
    if (is_meant(record.outcome)) ++counts[record.outcome.text];
  Reasons sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace

const char* state_text(LevelState state, Level level) {
  switch (state) {
    case LevelState::kReached:
      return "reached";
    case LevelState::kNotReached:
      return "not reached";
    case LevelState::kNotApplicable:
      return level == Level::kGraph ? "not applicable (no passes)" : "not applicable (synchronous)";
    default:
      return "not run";
  }
}

LevelState DeviceSummary::state(Level level) const {
  const LevelSummary& summary = levels[static_cast<size_t>(level)];
  if (summary.counts.all() == 0) return LevelState::kNotRun;
  if (summary.is_cut_short) return LevelState::kNotReached;
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
      reached += (reached.empty() ? "" : ", ") + name_of(*this, level);
    if (now == LevelState::kNotReached || now == LevelState::kNotRun)
      return "reached: " + (reached.empty() ? "nothing yet" : reached) +
             "; next: " + level_name(level) + " (" + why_not(*this, level) + ")";
  }
  return "reached: " + reached + "; next: more operators, and the levels that are to come";
}

bool DeviceSummary::has_reached(const ProfileFacts& profile) const {
  const auto found = profiles.find(profile.name);
  return found != profiles.end() && found->second.counts.of(Verdict::kPass) == profile.case_count;
}

std::vector<DeviceSummary> summarise(const std::vector<Record>& records, const CutShort& cut) {
  std::map<uint32_t, DeviceSummary> by_device;
  for (const Record& record : records) {
    DeviceSummary& device = by_device[record.device];
    device.device = record.device;
    add_class(record, &device);
    if (record.one->kind == CaseKind::kProfile)
      add(record, &device.profiles[profile_of(*record.one)]);
    else
      add(record.outcome, &device.levels[static_cast<size_t>(record.one->level)]);
  }
  if (cut && !records.empty())
    by_device[records.back().device]
        .levels[static_cast<size_t>(records.back().one->level)]
        .is_cut_short = true;
  std::vector<DeviceSummary> all;
  for (auto& [device, summary] : by_device) all.push_back(summary);
  return all;
}

Counts count_all(const std::vector<Record>& records) {
  Counts counts;
  for (const Record& record : records) counts.add(record.outcome.verdict);
  return counts;
}

Reasons reasons(const std::vector<Record>& records, RefusedBy by) {
  return counted(records, [by](const Outcome& outcome) {
    return outcome.verdict == Verdict::kUnsupported && outcome.refused_by == by;
  });
}

Reasons skipped_reasons(const std::vector<Record>& records) {
  return counted(records,
                 [](const Outcome& outcome) { return outcome.verdict == Verdict::kSkipped; });
}

}  // namespace backplane::conformance
