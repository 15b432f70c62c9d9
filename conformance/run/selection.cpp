#include "run/selection.hpp"

#include <algorithm>

#include "run/random.hpp"

namespace backplane::conformance {
namespace {

bool any_of(const std::vector<std::string>& wanted, const std::string& text) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), text) != wanted.end();
}

bool begins_with(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

}  // namespace

// Greedy, with one place to come back to: linear in practice, never exponential.
bool glob_matches(const std::string& glob, const std::string& text) {
  size_t g = 0;
  size_t t = 0;
  size_t star = std::string::npos;
  size_t after_star = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      after_star = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string::npos) {
      g = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// The high bits folded in, since the low ones alone are uneven.
uint64_t shard_of(const std::string& id, uint64_t count) {
  const uint64_t hash = hash_of(id);
  return (hash ^ (hash >> 32)) % count;
}

bool is_selected(const Selection& selection, const Case& one) {
  const bool passes_filter =
      selection.filters.empty() ||
      std::any_of(selection.filters.begin(), selection.filters.end(),
                  [&one](const std::string& glob) { return glob_matches(glob, one.id); });
  return passes_filter && any_of(selection.levels, level_name(one.level)) &&
         any_of(selection.only, one.id) &&
         shard_of(one.id, selection.shard_count) == selection.shard;
}

bool may_select(const Selection& selection, Level level, const std::string& beginning) {
  const auto may_match = [&beginning](const std::string& glob) {
    const std::string fixed = glob.substr(0, glob.find_first_of("*?"));
    return begins_with(fixed, beginning) || begins_with(beginning, fixed);
  };
  const auto begins = [&beginning](const std::string& id) { return begins_with(id, beginning); };
  return any_of(selection.levels, level_name(level)) &&
         (selection.filters.empty() ||
          std::any_of(selection.filters.begin(), selection.filters.end(), may_match)) &&
         (selection.only.empty() ||
          std::any_of(selection.only.begin(), selection.only.end(), begins));
}

}  // namespace backplane::conformance
