#include "report/comparison.hpp"

#include <algorithm>
#include <map>

#include "run/selection.hpp"

namespace backplane::conformance {
namespace {

using Key = std::pair<uint32_t, std::string>;
struct Pair {
  const OldRecord* before = nullptr;
  const OldRecord* after = nullptr;
};

bool is_expected(const Expected& expected, const OldRecord& record) {
  const auto uses = [&record](const std::string& op) {
    return std::find(record.operators.begin(), record.operators.end(), op) !=
           record.operators.end();
  };
  const auto matches = [&record](const std::string& glob) { return glob_matches(glob, record.id); };
  return std::any_of(expected.operators.begin(), expected.operators.end(), uses) ||
         std::any_of(expected.globs.begin(), expected.globs.end(), matches);
}

std::string change_line(const Key& key, const Pair& pair) {
  const char* before = pair.before != nullptr ? verdict_name(pair.before->verdict) : "(not there)";
  const char* after = pair.after != nullptr ? verdict_name(pair.after->verdict) : "(not there)";
  std::string line = std::string(before) + " -> " + after + "  " + key.second + "  device " +
                     std::to_string(key.first);
  if (pair.after != nullptr && is_failure(pair.after->verdict))
    line += "\n     " + pair.after->text.substr(0, pair.after->text.find('\n'));
  return line + "\n";
}

bool is_newly_failing(const Pair& pair) {
  return pair.after != nullptr && is_failure(pair.after->verdict) &&
         (pair.before == nullptr || !is_failure(pair.before->verdict));
}

std::string changes(size_t count, const char* kind) {
  return std::to_string(count) + " " + kind + (count == 1 ? " change" : " changes");
}

}  // namespace

Comparison compare_runs(const std::vector<OldRecord>& before, const std::vector<OldRecord>& after,
                        const Expected& expected) {
  std::map<Key, Pair> pairs;
  for (const OldRecord& record : before) pairs[{record.device, record.id}].before = &record;
  for (const OldRecord& record : after) pairs[{record.device, record.id}].after = &record;
  Comparison comparison;
  for (const auto& [key, pair] : pairs) {
    if (pair.before != nullptr && pair.after != nullptr &&
        pair.before->verdict == pair.after->verdict)
      continue;
    if (is_expected(expected, pair.after != nullptr ? *pair.after : *pair.before)) {
      ++comparison.expected_changes;
      continue;
    }
    ++comparison.other_changes;
    if (is_newly_failing(pair)) ++comparison.newly_failing;
    comparison.text += change_line(key, pair);
  }
  comparison.text +=
      std::to_string(before.size()) + " cases before, " + std::to_string(after.size()) + " after\n";
  if (!expected.operators.empty() || !expected.globs.empty())
    comparison.text += changes(comparison.expected_changes, "expected") + "\n";
  comparison.text += changes(comparison.other_changes, "other") + "\n";
  return comparison;
}

}  // namespace backplane::conformance
