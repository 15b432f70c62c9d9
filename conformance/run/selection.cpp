#include "run/selection.hpp"

#include <algorithm>

namespace backplane::conformance {
namespace {

bool any_of(const std::vector<std::string>& wanted, const std::string& text) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), text) != wanted.end();
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

// FNV-1a, and its high bits folded in, since the low ones alone are uneven.
uint64_t shard_of(const std::string& id, uint64_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
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

}  // namespace backplane::conformance
